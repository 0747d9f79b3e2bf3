"""Tries values on a class, one argument at a time: what its rebuilding certainly refuses becomes the argument's schema."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from math import isfinite
from typing import Any

from kerasarchive.schema.builder.classes import SourceClass
from kerasarchive.schema.builder.library.rebuilding import rebuild
from kerasarchive.schema.builder.library.run import FRESH
from kerasarchive.schema.builder.library.values import SOME_DICT, UNKNOWN, Record, Value
from kerasarchive.schema.builder.library.world import World

FIRST: dict[str, tuple[Value, ...]] = {
    "null": (None,), "boolean": (True,), "integer": (8,), "number": (2.5,), "string": (FRESH,), "array": ([8], [FRESH], [None]),
    "object": (SOME_DICT,),
}  # fmt: skip
"""Tried on every argument that something depends on; where nothing is refused, nothing else is tried."""

SECOND: dict[str, tuple[Value, ...]] = {
    "boolean": (False,),
    "integer": (1, 0, -3),
    "number": (0.5, 0.0, -2.5),
    "string": ("8", "", "a.b", "a:b", "a-b", "a/b", "float32"),
    "array": (
        *([UNKNOWN] * length for length in range(7)), [8, 8], [8, 8, 8], [8, 8, 8, 8], [FRESH, FRESH], [0.5], [0.5, 0.5],
        [0.5, 1.5, 0.5, 1.5], [[8]], [[8, 8]],
    ),
    "object": (Record(),),
}  # fmt: skip
ITEMS: dict[str, tuple[Value, ...]] = {
    "null": (None,), "boolean": (True,), "integer": (8, 1), "number": (0.5, 2.5), "string": (FRESH,),
    "array": ([8], [8, 8], [FRESH]),
}  # fmt: skip
FALSY: dict[str, list[Any]] = {"boolean": [False], "integer": [0], "number": [0.0], "string": [""], "array": [[]], "object": [{}]}
LONGEST = 5
MOST_WORDS = 40


@dataclass(slots=True)
class _Tried:
    """What came out for one argument."""

    accepted: list[Value] = field(default_factory=list)
    words: set[str] = field(default_factory=set)
    numbers: set[float] = field(default_factory=set)
    roles: set[str] = field(default_factory=set)


class Trial:
    """One argument of one class: a key of its config, or a `shape` that it is built with.

    What `build` refuses counts against a key only where it is `built` whatever happens: a model goes on without
    (keras/src/models/model.py, Model.build_from_config).
    """

    def __init__(self, world: World, cls: SourceClass, name: str, *, built: bool = True, shape: bool = False) -> None:
        self.world, self.cls, self.name = world, cls, name
        self.built, self.shape = built, shape
        self.tried = _Tried()

    def accepts(self, value: Value, *, tracked: Any = None) -> bool:
        """Whether rebuilding does not certainly fail with this value."""
        given = {self.name: value}
        if self.shape:
            rebuilt = rebuild(self.world, self.cls, {}, tracked=tracked, shapes=given)
        else:
            rebuilt = rebuild(self.world, self.cls, given, tracked=tracked, built=self.built)
        notes = rebuilt.run.notes
        self.tried.words |= {word for word in notes.words if FRESH not in word}
        self.tried.numbers |= notes.numbers
        if rebuilt.refused:
            self.tried.roles |= notes.roles
        return not rebuilt.refused

    def schema(self, default: Any = None) -> dict[str, Any]:
        """The argument's JSON Schema; empty if nothing is refused. `default` is a value that must pass."""
        kinds = {kind: [value for value in samples if self.accepts(value, tracked=value)] for kind, samples in FIRST.items()}
        if all(len(passed) == len(FIRST[kind]) for kind, passed in kinds.items()):
            return {}
        for kind, samples in SECOND.items():
            kinds[kind] += [value for value in samples if self.accepts(value, tracked=value)]
        if isinstance(default, list) and self.accepts(default):
            kinds["array"].append(default)
        schema: dict[str, Any] = {}
        found = {kind for kind, passed in kinds.items() if any(map(_counts, passed)) or (kind == "null" and passed)}
        if FRESH not in kinds["string"]:
            schema |= self._words(found, kinds)
        if not found:
            return {}
        schema |= self._bounds(kinds)
        if "array" in found:
            schema |= self._items(kinds["array"])
        if "x-kav-names" in schema:
            found.add("object")
        if "number" in found:
            found.discard("integer")
        seldom = [kind for kind, passed in kinds.items() if passed and kind not in found]
        falsy = [value for kind in seldom if not (kind == "integer" and "number" in found) for value in FALSY.get(kind, [])]
        whole = len(found) == (6 if "number" in found else 7)
        if not whole or set(schema) & {"x-kav-words", "x-kav-names"}:
            schema = {"type": sorted(found), **schema}
        schema = _tidied(schema)
        return {"anyOf": [schema, {"enum": falsy}]} if falsy and schema else schema

    def _words(self, found: set[str], kinds: dict[str, list[Value]]) -> dict[str, Any]:
        """Text is refused unless it is one of some words."""
        if self.tried.roles:
            found.add("string")
            return {"x-kav-names": min(self.tried.roles)} if len(self.tried.roles) == 1 else {}
        accepted = [word for word in sorted(self.tried.words)[:MOST_WORDS] if self.accepts(word)]
        if "8" in kinds["string"]:
            return {"x-kav-numeric": True}
        if not accepted:
            found.discard("string")
            return {}
        found.add("string")
        others = [other for word in accepted for other in (word.upper(), word.lower()) if other != word]
        if any(map(self.accepts, others)):
            return {"x-kav-words": sorted({word.lower() for word in accepted})}
        return {"x-kav-exact": True, "x-kav-words": accepted}

    def _bounds(self, kinds: dict[str, list[Value]]) -> dict[str, Any]:
        """The least and the largest number, where the source compares with one."""
        numbers = sorted(number for number in self.tried.numbers if not isinstance(number, bool) and isfinite(number))
        if not numbers or not (kinds["integer"] or kinds["number"]):
            return {}
        points = sorted({number + step for number in numbers[:4] for step in (-1, -0.5, 0, 0.5, 1)})
        if not kinds["number"]:
            points = sorted({int(point) for point in points if point == int(point)})
        tried = {point: self.accepts(point) for point in points}
        bounds: dict[str, Any] = {}
        for number in numbers:
            below = [tried[point] for point in points if point < number]
            above = [tried[point] for point in points if point > number]
            if below and above and not any(below) and all(above):
                bounds["minimum" if tried.get(number) else "exclusiveMinimum"] = number
            if below and above and all(below) and not any(above):
                bounds["maximum" if tried.get(number) else "exclusiveMaximum"] = number
        return bounds

    def _items(self, passed: list[Value]) -> dict[str, Any]:
        """How long a list must be, and what may be in it."""
        if not passed:
            return {}
        lengths = sorted({len(value) for value in passed})
        schema: dict[str, Any] = {}
        if 0 not in lengths:
            schema["minItems"] = lengths[0]
        if lengths[-1] < 4 and not any(self.accepts([item] * LONGEST) for item in (8, 0.5, FRESH)):
            schema["maxItems"] = lengths[-1]
        length = next((length for length in lengths if length), 0)
        if length:
            kinds = [kind for kind, samples in ITEMS.items() if any(self.accepts([item] * length) for item in samples)]
            if "number" in kinds:
                kinds = [kind for kind in kinds if kind != "integer"]
            if len(kinds) < 5 and kinds:
                # What stands for an object in a list is none of the values tried.
                schema["items"] = {"type": [*kinds, "object"]}
        return schema


def _counts(value: Value) -> bool:
    """Whether a value that passed says something of its kind: what is false is often passed over."""
    return value.computed or bool(value.entries) if isinstance(value, Record) else bool(value)


def _tidied(schema: dict[str, Any]) -> dict[str, Any]:
    """Types without a list where there is one."""
    kinds: Iterable[str] = schema.get("type", ())
    if len(list(kinds)) == 1 and "x-kav-names" not in schema:
        schema["type"] = next(iter(kinds))
    if isinstance(schema.get("items", {}).get("type"), list) and len(schema["items"]["type"]) == 1:
        schema["items"] = {"type": schema["items"]["type"][0]}
    return schema
