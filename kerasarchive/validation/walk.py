"""Walks every serialized object of a config, judging each by the definition of its own class."""

from __future__ import annotations

import marshal
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from kerasarchive.model.config import MARKERS, ObjectNode
from kerasarchive.model.finding import Finding
from kerasarchive.model.location import Location
from kerasarchive.model.release import Release
from kerasarchive.schema import ClassSchema, ReleaseSchema
from kerasarchive.schema.release_schema import TABLED
from kerasarchive.validation import rule
from kerasarchive.validation.checker import Checker
from kerasarchive.validation.compilation import check_compilation
from kerasarchive.validation.explanation import explain, ignored
from kerasarchive.validation.graph import check_calls, check_graph
from kerasarchive.validation.legacy import as_read
from kerasarchive.validation.library import check_object
from kerasarchive.validation.reference import judge_function, judge_unknown

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

KINDS = {"wrapped": "layer"}


class Walk:
    """One pass over a config by one release. An object that was clean once is not looked at again, whatever its name.

    `native` is the schema of the release that wrote the config, if known: it tells what was built in there. `libraries`
    are the releases of libraries that may have written it.
    """

    def __init__(
        self,
        schema: ReleaseSchema,
        *,
        own: bool,
        native: ReleaseSchema | None = None,
        libraries: frozenset[Release] = frozenset(),
    ) -> None:
        self.schema = schema
        self.own = own
        self.native = native
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
            elif not isinstance(value.get("class_name"), str):
                if expected == "compile":
                    yield from check_compilation(value, _location(at, trail), self)
                else:
                    stack += [(child, (trail, key), "") for key, child in reversed(value.items())
                              if isinstance(child, (dict, list))]
            elif value["class_name"] not in MARKERS and not self._is_shared(value):
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
        if "config" not in value:
            name = value["class_name"]
            if role:
                yield rule.MALFORMED_OBJECT.finding(f"the serialized {name} has no config", _location(at, trail))
            return
        node = ObjectNode(value, at)
        config = value["config"]
        if value["class_name"] == "function":
            yield from judge_function(node, _location(at, trail), role, self.schema)
            return
        expected = KINDS.get(role, role)
        cls = self._find(node, expected, role == "wrapped")
        if isinstance(value.get("compile_config"), dict):
            below.append((value["compile_config"], (trail, "compile_config"), "compile"))
        if cls is None:
            yield from judge_unknown(node, _location(at, trail), expected, self.schema, self.native)
            if isinstance(config, (dict, list)):
                _descend(config, (trail, "config"), {}, below)
            return
        if isinstance(config, list) and cls.role == "model" and self.schema.release.major < 3:
            below.append((config, (trail, "config"), "layer"))
            return
        if config is None:
            # The loader takes an empty one instead (keras/src/saving/serialization_lib.py).
            config = {}
        if not isinstance(config, dict):
            if config:
                message = f"the config of {cls.name} must be an object"
                yield rule.MALFORMED_OBJECT.finding(message, _location(at, (trail, "config")))
            return
        read = config if self.own or "module" in value else as_read(config, cls, self.schema.release)
        # Judged by its own release an archive may hold whatever that release writes.
        owner = self.schema.owner(cls)
        own = self.own if owner is self.schema else owner.release in self.libraries
        more = _written(self.schema, cls) if own else NONE
        checker = _checker(self.schema, cls.name)
        if not checker.accepts(read, more):
            place = _location(at, (trail, "config"))
            yield from explain(checker.errors(read, more), node, cls, place, owner)
        if owner is not self.schema:
            yield from check_object(value, cls, _location(at, trail), owner)
        if checker.open and cls.role != "model":
            yield from ignored(read, more, node, cls, _location(at, (trail, "config")))
        if cls.role == "model" and "layers" in config:
            place = _location(at, (trail, "config"))
            if "input_layers" in config:
                yield from check_graph(config, place, self.schema.release.major)
            if not self.own:
                yield from check_calls(config, place, self.schema)
        _descend(config, (trail, "config"), _roles(self.schema, cls), below)

    def _find(self, node: ObjectNode, role: str, wrapped: bool) -> ClassSchema | None:
        cls = self.schema.find(node, role)
        if node.module is not None or ">" in (node.registered_name or node.class_name):
            return cls
        if self.own:
            # Keras 3's own HDF5 files name operations without a module, which only their config can tell from layers.
            keys = node.config if isinstance(node.config, dict) else {}
            fits = [found for found in (*([cls] if cls else []), *self.schema.candidates(node.class_name))
                    if role in ("", found.role) or found.role in ("layer", "model", "cell", "operation")]
            return next((found for found in fits if _accepts(self.schema, found, keys)), cls)
        if cls is None or self.schema.release.major < 3:
            return cls
        if cls.role not in ("layer", "model", "cell"):
            return cls if cls.name in self.schema.words(role).values() or role in TABLED else None
        return cls if not wrapped and role != "cell" and self.schema.reads_without_module(cls) else None


NONE: frozenset[str] = frozenset()


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
        return marshal.dumps((role, value["class_name"], value.get("module"), "module" in value,
                              value.get("registered_name"), plain, "name" in config), 2)
    except ValueError:
        return None


def _descend(config: Any, trail: Trail, roles: Mapping[str, str], below: list[Entry]) -> None:
    if isinstance(config, list):
        below.append((config, trail, ""))
        return
    for key in reversed(config):
        child = config[key]
        if isinstance(child, (dict, list)) and child:
            below.append((child, (trail, key), roles.get(key) or CHILD_ROLES.get(key, "")))


def _accepts(schema: ReleaseSchema, cls: ClassSchema, config: dict[str, Any]) -> bool:
    return _checker(schema, cls.name).accepts(config, _written(schema, cls))


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
