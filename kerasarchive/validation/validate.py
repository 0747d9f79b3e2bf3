"""Walks every serialized object of a config, each with the definition of its own class."""

from __future__ import annotations

import marshal
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from kerasarchive.model.archive import Archive
from kerasarchive.model.config import MARKERS, ObjectNode
from kerasarchive.model.finding import Finding
from kerasarchive.model.location import Location
from kerasarchive.schema import ClassSchema, ReleaseSchema, written_with
from kerasarchive.schema.release_schema import is_keras
from kerasarchive.validation import rule
from kerasarchive.validation.checker import Checker
from kerasarchive.validation.explanation import explain
from kerasarchive.validation.graph import check_graph
from kerasarchive.validation.reference import judge_function, judge_unknown

Trail = tuple[Any, ...] | None
"""A place as a linked list (parent trail, part): a Location is made only where there is something to say."""

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
    "optimizer_config": "optimizer",
    "loss": "loss",
    "metrics": "metric",
    "weighted_metrics": "metric",
    "quantization_config": "quantization",
}
"""What is expected at a key whose definition does not say."""

COMPILE_WORDS = {"metric": frozenset({"accuracy", "acc", "crossentropy", "ce"})}
"""Words that ``compile`` understands beside those of ``keras.metrics.get``."""


def validate(archive: Archive, schema: ReleaseSchema) -> tuple[Finding, ...]:
    """Everything in the archive's config that `schema`'s release does not accept, in document order.

    An archive judged by the release that wrote it may hold whatever that release writes, even keys that its own
    constructors refuse; judged by another release only what that release's loader takes passes.
    """
    written = {known.release for known in written_with(archive) if known.release}
    own = schema.asked in written
    walk = _Walk(schema, own)
    findings: list[Finding] = []
    if schema.relaxed:
        message = f"{schema.asked} is newer than the newest release that kav knows; judged by {schema.release}"
        findings.append(rule.NEWER_RELEASE.finding(message, Location(archive.config_at.member)))
    if archive.config is not None:
        findings += walk.objects(archive.config, archive.config_at, "layer")
    if archive.training is not None:
        findings += walk.compiled(archive.training, archive.training_at)
    return tuple(findings)


def validate_config(config: Any, at: Location, schema: ReleaseSchema, *, own: bool = True) -> tuple[Finding, ...]:
    """The same for one serialized object at `at`. `own` lets pass what the release itself writes."""
    return tuple(_Walk(schema, own).objects(config, at, "layer"))


@lru_cache(maxsize=4096)
def _checker(schema: ReleaseSchema, name: str) -> Checker:
    cls = schema.get(name)
    assert cls is not None
    return Checker(schema.definition(cls))


class _Walk:
    """One pass over a config. Objects that were clean once are not looked at again, whatever their name."""

    def __init__(self, schema: ReleaseSchema, own: bool) -> None:
        self.schema = schema
        self.own = own
        self.clean: set[bytes] = set()

    def objects(self, root: Any, at: Location, role: str) -> Iterator[Finding]:
        """Findings at and below `root`."""
        # Entries: (value, trail, role, key of a clean subtree to remember once everything below has passed)
        stack: list[tuple[Any, Trail, str]] = [(root, None, role)]
        while stack:
            value, trail, expected = stack.pop()
            if isinstance(value, dict):
                if isinstance(value.get("class_name"), str) and "config" in value:
                    if value["class_name"] in MARKERS:
                        continue
                    key = self._fingerprint(value, expected)
                    if key is not None and key in self.clean:
                        continue
                    children: list[tuple[Any, Trail, str]] = []
                    found = list(self._object(value, trail, expected, at, children))
                    yield from found
                    if key is not None and not found:
                        if not children:
                            self.clean.add(key)
                        elif not self._container(value):
                            below = [f for child in reversed(children) for f in self._below(child, at)]
                            yield from below
                            if not below:
                                self.clean.add(key)
                            continue
                    stack += children
                elif expected == "compile" and trail is not None:
                    yield from self.compiled(value, _location(at, trail))
                else:
                    stack += [(child, (trail, k), "") for k, child in reversed(value.items())
                              if isinstance(child, (dict, list))]
            elif isinstance(value, list):
                stack += [(value[index], (trail, index), expected) for index in range(len(value) - 1, -1, -1)
                          if isinstance(value[index], (dict, list))]

    def _below(self, child: tuple[Any, Trail, str], at: Location) -> list[Finding]:
        value, trail, role = child
        place = _location(at, trail)
        return list(self.objects(value, place, role))

    @staticmethod
    def _container(value: dict[str, Any]) -> bool:
        config = value["config"]
        return isinstance(config, list) or "layers" in config or "layer" in config

    def _fingerprint(self, value: dict[str, Any], role: str) -> bytes | None:
        """The object without its name and its place in the graph; None for what is not worth remembering."""
        config = value["config"]
        if not isinstance(config, dict) or "layers" in config or "layer" in config or "compile_config" in value:
            return None
        plain = {key: item for key, item in config.items() if key != "name"}
        if not isinstance(config.get("name", ""), str) or "/" in config.get("name", ""):
            return None
        try:
            return marshal.dumps((role, value["class_name"], value.get("module"), value.get("registered_name"),
                                  value.get("build_config"), plain, "name" in config), 2)
        except ValueError:
            return None

    def _object(
        self, value: dict[str, Any], trail: Trail, role: str, at: Location, children: list[tuple[Any, Trail, str]]
    ) -> Iterator[Finding]:
        """Judge one object by itself; what stands below it is appended to `children`, last first."""
        node = ObjectNode(value, at)
        config = value["config"]
        if value["class_name"] == "function":
            yield from judge_function(node, _location(at, trail), role, self.schema)
            return
        cls = self.schema.find(node, _expected(role))
        if cls is None:
            yield from judge_unknown(node, _location(at, trail), _expected(role), self.schema)
            self._descend(config, (trail, "config"), {}, children)
            self._extras(value, trail, children)
            return
        if isinstance(config, list) and cls.role == "model" and self.schema.release.major < 3:
            children += [(layer, (trail, "config", index), "layer") for index, layer in reversed(list(enumerate(config)))]
            return
        if not isinstance(config, dict):
            if config is not None:
                message = f"the config of {cls.name} must be an object"
                yield rule.MALFORMED_OBJECT.finding(message, _location(at, (trail, "config")))
            return
        more = self._more(cls, value)
        checker = _checker(self.schema, cls.name)
        if not checker.accepts(config, more):
            place = _location(at, (trail, "config"))
            yield from explain(checker.errors(config, more), node, cls, place, self.schema)
        if cls.role == "model" and "input_layers" in config:
            yield from check_graph(config, _location(at, (trail, "config")))
        roles = {key: parameter.words for key, parameter in cls.parameters.items() if parameter.words}
        self._descend(config, (trail, "config"), roles, children)
        self._extras(value, trail, children)

    def _more(self, cls: ClassSchema, value: dict[str, Any]) -> frozenset[str]:
        """Keys to let pass beside those that the loader takes."""
        if self.own:
            stored = _stored(self.schema, cls.name)
            return stored if not cls.raw.get("x-kav-writes-more") else stored | frozenset(value["config"])
        if "module" not in value and cls.role in ("layer", "model", "cell"):
            return LEGACY
        return frozenset()

    @staticmethod
    def _descend(config: Any, trail: Trail, roles: Mapping[str, str], children: list[tuple[Any, Trail, str]]) -> None:
        if not isinstance(config, dict):
            if isinstance(config, list):
                children.append((config, trail, ""))
            return
        for key in reversed(config):
            child = config[key]
            if isinstance(child, (dict, list)) and child:
                children.append((child, (trail, key), roles.get(key) or CHILD_ROLES.get(key, "")))

    @staticmethod
    def _extras(value: dict[str, Any], trail: Trail, children: list[tuple[Any, Trail, str]]) -> None:
        compiled = value.get("compile_config")
        if isinstance(compiled, dict):
            children.insert(0, (compiled, (trail, "compile_config"), "compile"))

    def compiled(self, config: Any, at: Location) -> Iterator[Finding]:
        """Findings about how the model was compiled: ``compile_config`` or a legacy ``training_config``."""
        if not isinstance(config, dict):
            yield rule.MALFORMED_OBJECT.finding("the compile configuration must be an object", at)
            return
        for key, value in config.items():
            role = CHILD_ROLES.get(key, "")
            if role in ("loss", "metric", "optimizer"):
                yield from self._words(value, at / key, role)
            yield from self.objects(value, at / key, role)

    def _words(self, value: Any, at: Location, role: str) -> Iterator[Finding]:
        """Strings that stand for losses, metrics or an optimizer, however nested in lists and dicts."""
        stack = [(value, at)]
        words = self.schema.words(role)
        while stack:
            current, place = stack.pop()
            if isinstance(current, list):
                stack += [(current[index], place / index) for index in range(len(current) - 1, -1, -1)]
            elif isinstance(current, dict):
                if not isinstance(current.get("class_name"), str):
                    stack += [(child, place / key) for key, child in reversed(current.items())]
            elif isinstance(current, str) and ">" not in current:
                folded = current.lower() if role == "optimizer" else current
                if folded not in words and current not in COMPILE_WORDS.get(role, ()):
                    yield from judge_word(current, place, role, self.schema)


LEGACY = frozenset({"batch_input_shape"})
"""What Keras 3's reader of objects without a module (`model_from_config`) renames by itself."""


@lru_cache(maxsize=4096)
def _stored(schema: ReleaseSchema, name: str) -> frozenset[str]:
    cls = schema.get(name)
    return frozenset(cls.stored if cls else ())


def _expected(role: str) -> str:
    return "layer" if role == "wrapped" else role


def _location(at: Location, trail: Trail) -> Location:
    parts: list[str | int] = []
    while trail is not None:
        parts.extend(reversed(trail[1:]))
        trail = trail[0]
    return at.at(*reversed(parts))


def judge_word(word: str, at: Location, role: str, schema: ReleaseSchema) -> Iterator[Finding]:
    """A word that no built-in object goes by: a mistake in Keras 3, perhaps a user's own function in Keras 2."""
    from kerasarchive.schema.release_schema import nearest

    close = nearest(word, [*schema.words(role), *COMPILE_WORDS.get(role, ())])
    remedy = f"did you mean {close!r}?" if close else ""
    if schema.release.major < 3 and not close:
        yield rule.CUSTOM_OBJECT.finding(f"{word!r} is no {role} of {schema.release}; a function of the user's own?", at)
    else:
        yield rule.UNKNOWN_NAME.finding(f"{schema.release} has no {role} {word!r}", at, remedy=remedy)


__all__ = ["is_keras", "validate", "validate_config"]
