"""The statements that validation can make: stable codes, one table."""

from __future__ import annotations

from dataclasses import dataclass

from kerasarchive.model.finding import Finding
from kerasarchive.model.location import Location


@dataclass(frozen=True, slots=True)
class Rule:
    """One statement. `help` says what it means and what to do."""

    code: str
    name: str
    severity: str
    help: str

    def finding(self, message: str, location: Location, *, remedy: str = "", severity: str = "") -> Finding:
        """This rule's finding at a place."""
        return Finding(self.code, self.name, severity or self.severity, message, location, remedy=remedy)


UNKNOWN_ARGUMENT = Rule(
    "KAV401", "unknown-argument", "high",
    "The object's config has a key that the class's constructor and from_config do not take; loading raises.")
MISSING_ARGUMENT = Rule(
    "KAV402", "missing-argument", "high",
    "The object's config lacks a key without which the class cannot be made.")
WRONG_TYPE = Rule(
    "KAV403", "wrong-type", "high",
    "A value is of a kind that the release refuses there.")
WRONG_VALUE = Rule(
    "KAV404", "wrong-value", "high",
    "A value is none of those that the release accepts there.")
UNKNOWN_CLASS = Rule(
    "KAV405", "unknown-class", "high",
    "The release has no such class where the archive looks for it.")
UNKNOWN_MODULE = Rule(
    "KAV406", "unknown-module", "high",
    "The release has no such module, so that the class cannot be imported.")
UNKNOWN_NAME = Rule(
    "KAV407", "unknown-name", "high",
    "A word stands for a built-in object (an activation, a loss, ...) that the release does not have.")
UNKNOWN_FUNCTION = Rule(
    "KAV408", "unknown-function", "high",
    "The release has no such built-in function.")
MALFORMED_OBJECT = Rule(
    "KAV409", "malformed-object", "high",
    "What stands where a serialized object belongs is none.")
CUSTOM_OBJECT = Rule(
    "KAV410", "custom-object", "info",
    "The object is not the library's own; loading needs the code that defines it. kav cannot judge its config.")
DANGLING_REFERENCE = Rule(
    "KAV411", "dangling-reference", "high",
    "A node takes its input from a layer, or from a call of a layer, that is not in the model.")
MALFORMED_NODE = Rule(
    "KAV412", "malformed-node", "high",
    "What stands where a layer's calls belong cannot be read as one.")
GRAPH_CYCLE = Rule(
    "KAV413", "graph-cycle", "high",
    "Layers wait for each other's outputs; Keras cannot rebuild the graph (some releases never return).")
DUPLICATE_NAME = Rule(
    "KAV414", "duplicate-name", "high",
    "Two layers of one model have the same name.")
NEWER_RELEASE = Rule(
    "KAV415", "newer-release", "info",
    "The archive was written by a release after the newest that this kav knows; it is judged by the newest, leniently.")
IGNORED_ARGUMENT = Rule(
    "KAV416", "ignored-argument", "low",
    "The class swallows a key that it does not know: loading goes through as if the key were not there.")
IMPOSSIBLE_CALL = Rule(
    "KAV417", "impossible-call", "high",
    "A layer is called on tensors of shapes that it does not take; the graph cannot be rebuilt.")
UNSAFE_LAMBDA = Rule(
    "KAV418", "unsafe-lambda", "medium",
    "A Python lambda is stored as bytecode: load_model raises unless it is told that the file may run code\n"
    "(safe_mode=False).")
MISSING_VARIABLE = Rule(
    "KAV421", "missing-variable", "high",
    "The weights lack a variable that a layer creates; loading stops there.")
UNEXPECTED_VARIABLE = Rule(
    "KAV422", "unexpected-variable", "high",
    "The weights hold a variable in the place of a layer that the layer does not have; loading stops there.")
WRONG_SHAPE = Rule(
    "KAV423", "wrong-shape", "high",
    "A stored variable has another shape than the one that the layer's config and input shapes imply.")
WRONG_DTYPE = Rule(
    "KAV424", "wrong-dtype", "high",
    "A stored variable holds values of another kind than the layer keeps. Low where they are merely rounded.")

RULES: tuple[Rule, ...] = (
    UNKNOWN_ARGUMENT, MISSING_ARGUMENT, WRONG_TYPE, WRONG_VALUE, UNKNOWN_CLASS, UNKNOWN_MODULE, UNKNOWN_NAME,
    UNKNOWN_FUNCTION, MALFORMED_OBJECT, CUSTOM_OBJECT, DANGLING_REFERENCE, MALFORMED_NODE, GRAPH_CYCLE, DUPLICATE_NAME,
    NEWER_RELEASE, IGNORED_ARGUMENT, IMPOSSIBLE_CALL, UNSAFE_LAMBDA, MISSING_VARIABLE, UNEXPECTED_VARIABLE, WRONG_SHAPE,
    WRONG_DTYPE,
)  # fmt: skip
