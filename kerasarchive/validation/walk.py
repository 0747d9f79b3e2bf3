"""Walks every serialized object of a config, judging each by the definition of its own class."""

from __future__ import annotations

import marshal
from collections.abc import Iterator, Mapping
from functools import lru_cache, partial
from typing import Any

from kerasarchive.model.config import ObjectNode
from kerasarchive.model.finding import Finding
from kerasarchive.model.location import Location
from kerasarchive.model.release import Release
from kerasarchive.schema import ClassSchema, ReleaseSchema
from kerasarchive.schema.release_schema import nearest
from kerasarchive.validation import rule
from kerasarchive.validation.building import check_build
from kerasarchive.validation.checker import Checker
from kerasarchive.validation.compilation import check_compilation
from kerasarchive.validation.containers import check_container
from kerasarchive.validation.envelope import is_marker, open_named, open_object
from kerasarchive.validation.explanation import explain, ignored, unheard_of
from kerasarchive.validation.graph import check_chain, check_graph
from kerasarchive.validation.legacy import as_read, named_object
from kerasarchive.validation.library import check_object
from kerasarchive.validation.loader import loader
from kerasarchive.validation.reference import judge_name

Trail = tuple[Any, ...] | None
"""A place as a linked list (parent trail, parts...): a Location is made only where there is something to say."""

Entry = tuple[Any, Trail, str]
"""A value to look at, its place, and the role that is expected there."""

CHILD_ROLES = {
    "layers": "layer",
    "layer": "wrapped",
    "backward_layer": "wrapped",
    "forward_layer": "wrapped",
    "cell": "cell",
    "cells": "cell",
    "learning_rate": "schedule",
    "inner_optimizer": "optimizer",
    "optimizer": "optimizer",
    "quantization_config": "quantization",
}
"""What is expected at a key whose definition does not say."""

REMEMBERED = 3
"""So deep inside one another objects are remembered: below that each would be read again for every one around it."""

STRUCTURES = frozenset({"loss", "metric"})
"""Roles of which there may be a dict or list of several."""


class Walk:
    """One pass over a config by one release. An object that was clean once is not looked at again, whatever its name.

    `native` is the schema of the release that wrote the config, if known: it tells what was built in there. `legacy`:
    the archive is of a format that knows no modules. `libraries` are the releases of libraries that may have written it.
    """

    def __init__(
        self,
        schema: ReleaseSchema,
        *,
        own: bool,
        native: ReleaseSchema | None = None,
        legacy: bool = False,
        libraries: frozenset[Release] = frozenset(),
    ) -> None:
        self.schema = schema
        self.own = own
        self.native = native
        self.legacy = legacy
        self.older = legacy and schema.release.major < 3
        """Whether the readers of Keras 1 and 2 for such formats, which know classes by name alone, are what judges."""
        self.loader = loader(schema.release)
        self.incomplete = False
        """Whether an object without a config was let pass, as if it had an empty one."""
        self.libraries = libraries
        self._clean: set[bytes] = set()
        self._shared: set[int] = set()

    def objects(self, root: Any, at: Location, role: str) -> Iterator[Finding]:
        """Findings at and below `root`, where a `role` is expected, in document order."""
        # `marks` are subtrees under way: once the stack is back at that height without a finding, the object was clean.
        stack: list[Entry] = [(root, None, role)]
        marks: list[tuple[int, bytes | None]] = []
        while stack:
            while marks and len(stack) <= marks[-1][0]:
                fingerprint = marks.pop()[1]
                if fingerprint is not None:
                    self._clean.add(fingerprint)
            value, trail, expected = stack.pop()
            if isinstance(value, list):
                stack += [(value[index], (trail, index), expected) for index in range(len(value) - 1, -1, -1)
                          if isinstance(value[index], (dict, list))]
            elif not isinstance(value, dict):
                continue
            elif expected == "compile":
                yield from check_compilation(value, _location(at, trail), self)
            elif is_marker(value):
                if value["class_name"] == "__lambda__" and not self.legacy:
                    yield self._bytecode(_location(at, trail))
            elif self.older and (named := named_object(value, expected, self.schema)) is not None:
                yield from self._named(named, _location(at, trail), expected)
            elif not self._is_object(value, expected):
                if self.older and "class_name" in value:
                    message = "the class of a serialized object must be text"
                    yield rule.MALFORMED_OBJECT.finding(message, _location(at, trail) / "class_name")
                inner = expected if expected in STRUCTURES and not self.older else ""
                stack += [(child, (trail, key), inner) for key, child in reversed(value.items())
                          if isinstance(child, (dict, list))]
            elif not self._is_shared(value):
                if len(marks) < REMEMBERED and not _is_container(value):
                    fingerprint = _fingerprint(value, expected)
                    if fingerprint in self._clean:
                        continue
                    marks.append((len(stack), fingerprint))
                children: list[Entry] = []
                for finding in self._object(value, trail, expected, at, children):
                    marks = [(height, None) for height, _ in marks]
                    yield finding
                stack += children

    def _is_shared(self, value: dict[str, Any]) -> bool:
        """Whether Keras 3 takes the object that was made for the same number before, and does not look at this one."""
        number = value.get("shared_object_id")
        if self.schema.release.major < 3 or not isinstance(number, int):
            return False
        known = number in self._shared
        self._shared.add(number)
        return known

    def _object(
        self, value: dict[str, Any], trail: Trail, role: str, at: Location, below: list[Entry]
    ) -> Iterator[Finding]:
        """Judge one object by itself; what stands below it is put on `below`, last first."""
        place = partial(_location, at, trail)
        if self.older:
            opened = open_named(value, place, role, self.schema, self.native)
        else:
            opened = open_object(value, place, role, self.schema, self.loader, self.native, legacy=self.legacy)
        yield from opened.found
        if not self.older and value.get("compile_config") and not (self.loader.layers_by_name and trail is not None):
            if isinstance(value["compile_config"], dict):
                # What `compile` of a library's model takes is the library's affair: see `check_object`.
                foreign = opened.cls is not None and self.schema.owner(opened.cls) is not self.schema
                below.append((value["compile_config"], (trail, "compile_config"), "" if foreign else "compile"))
            else:
                yield from check_compilation(value["compile_config"], _location(at, (trail, "compile_config")), self)
        cls, config, node = opened.cls, opened.config, ObjectNode(value, at)
        self.incomplete = self.incomplete or (cls is not None and not isinstance(value.get("config"), (dict, list)))
        if cls is None:
            if isinstance(config, (dict, list)):
                _descend(config, (trail, "config"), OF_STRANGERS, below, own=False)
            return
        if self.older and isinstance(config, list) and "array" in cls.raw.get("x-kav-config", ()):
            yield from check_container(config, _location(at, (trail, "config")), cls, self.schema)
            below.append((config, (trail, "config"), "layer"))
            return
        if not self.older and isinstance(config, list) and cls.role == "model" and self.loader.sequential_lists:
            below.append((config, (trail, "config"), "layer"))
            return
        if not isinstance(config, dict) or (self.older and "object" not in cls.raw.get("x-kav-config", ("object",))):
            message = f"the config of {cls.name} must be an object"
            yield rule.MALFORMED_OBJECT.finding(message, _location(at, (trail, "config")))
            return
        read = config if "module" in value else as_read(config, cls, self.schema.release)
        # Judged by its own release an archive may hold whatever that release writes.
        owner = self.schema.owner(cls)
        own = self.own if owner is self.schema else owner.release in self.libraries
        more = _written(self.schema, cls) if own else NONE
        checker = _checker(self.schema, cls.name)
        if not checker.accepts(read, more):
            yield from explain(checker.errors(read, more), node, cls, _location(at, (trail, "config")), owner)
        if owner is not self.schema:
            yield from check_object(value, cls, _location(at, trail), owner)
        if not self.older and self.schema.is_lenient("regularizer"):
            yield from unheard_of(read, node, cls, _location(at, (trail, "config")), self.schema)
        if not self.older and cls.class_name in ("TFOpLambda", "SlicingOpLambda"):
            yield from _function(read, _location(at, (trail, "config", "function")), self.schema)
        if cls.class_name == "Lambda" and read.get("function_type") == "lambda" and not self.legacy:
            yield self._bytecode(_location(at, (trail, "config", "function")))
        if checker.open and cls.role != "model":
            yield from ignored(read, more, node, cls, _location(at, (trail, "config")))
        if opened.builds and value.get("build_config"):
            yield from check_build(value["build_config"], config, cls, _location(at, (trail, "build_config")), self.loader)
        if cls.role == "model" and self.older:
            yield from check_container(config, _location(at, (trail, "config")), cls, self.schema)
        elif cls.role == "model" and "layers" in config:
            if "input_layers" in config and cls.class_name != "Sequential":
                yield from check_graph(config, _location(at, (trail, "config")), self.schema, self.loader)
            else:
                yield from check_chain(config, _location(at, (trail, "config")), self.loader)
            _descend({"layers": config["layers"]}, (trail, "config"), {}, below)
            return
        _descend(config, (trail, "config"), _roles(self.schema, cls), below)

    def _is_object(self, value: dict[str, Any], role: str) -> bool:
        """Whether the reader makes an object of it, or fails to: anywhere else a dict is a dict."""
        if self.older:
            return isinstance(value.get("class_name"), str)
        if "class_name" in value:
            return "config" in value or (bool(role) and role not in STRUCTURES)
        return bool(role) and role not in STRUCTURES

    def _named(self, data: dict[str, Any], at: Location, role: str) -> Iterator[Finding]:
        """A small object of Keras 1: its class stands under ``name``, among its arguments."""
        node = ObjectNode(data, at)
        cls = self.schema.find(node, role)
        if cls is None:
            yield from judge_name(node.class_name, at / "name", role, self.schema)
        elif not _checker(self.schema, cls.name).accepts(node.config, NONE):
            yield from explain(_checker(self.schema, cls.name).errors(node.config, NONE), node, cls, at, self.schema)

    def _bytecode(self, at: Location) -> Finding:
        message = f"load_model of {self.schema.release} refuses Python bytecode in its default safe mode"
        remedy = "load it with safe_mode=False, which runs what the file holds, only if you trust the file"
        return rule.UNSAFE_LAMBDA.finding(message, at, remedy=remedy)


NONE: frozenset[str] = frozenset()


def _function(config: dict[str, Any], at: Location, schema: ReleaseSchema) -> Iterator[Finding]:
    """An op layer of tf.keras names a function of TensorFlow."""
    name, known = config.get("function"), schema.tensorflow_functions
    if isinstance(name, str) and name in schema.functions:
        return
    if known and (not isinstance(name, str) or name not in known):
        close = nearest(name, list(known)) if isinstance(name, str) else ""
        remedy = f"did you mean {close!r}?" if close else ""
        yield rule.UNKNOWN_FUNCTION.finding(f"TensorFlow beside {schema.release} has no function {name!r}", at, remedy=remedy)


def _is_container(value: dict[str, Any]) -> bool:
    config = value.get("config")
    return isinstance(config, dict) and "layers" in config


def _fingerprint(value: dict[str, Any], role: str) -> bytes | None:
    """The object without its name and its place in the graph; None for what is not worth remembering."""
    config = value.get("config")
    if not isinstance(config, dict) or "compile_config" in value:
        return None
    name = config.get("name", "")
    if not isinstance(name, str) or "/" in name:
        return None
    # A dtype policy has nothing but a name, and there it matters.
    plain = {key: item for key, item in config.items() if key != "name"} if len(config) > 1 else config
    try:
        return marshal.dumps((role, value.get("class_name"), value.get("module"), "module" in value,
                              value.get("registered_name"), "registered_name" in value, plain, "name" in config), 2)
    except ValueError:
        return None


OF_STRANGERS = {"dtype": "policy"}
"""What every layer reads of its config, whoever wrote it; the rest of a custom object's config is its own affair."""


def _descend(config: Any, trail: Trail, roles: Mapping[str, str], below: list[Entry], *, own: bool = True) -> None:
    if isinstance(config, list):
        below.append((config, trail, ""))
        return
    for key in reversed(config):
        child = config[key]
        if isinstance(child, (dict, list)) and child:
            below.append((child, (trail, key), roles.get(key) or (CHILD_ROLES.get(key, "") if own else "")))


@lru_cache(maxsize=4096)
def _checker(schema: ReleaseSchema, name: str) -> Checker:
    cls = schema.get(name)
    assert cls is not None
    return Checker(schema.definition(cls))


@lru_cache(maxsize=4096)
def _written(schema: ReleaseSchema, cls: ClassSchema) -> frozenset[str]:
    return frozenset(cls.stored)


@lru_cache(maxsize=4096)
def _roles(schema: ReleaseSchema, cls: ClassSchema) -> Mapping[str, str]:
    return {key: parameter.words for key, parameter in cls.parameters.items() if parameter.words}


def _location(at: Location, trail: Trail) -> Location:
    parts: list[str | int] = []
    while trail is not None:
        parts.extend(reversed(trail[1:]))
        trail = trail[0]
    return at.at(*reversed(parts)) if parts else at
