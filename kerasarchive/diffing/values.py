"""Compare two values of two archives, key by key, with the true place of each in either."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from kerasarchive.diffing import canonical
from kerasarchive.diffing.canonical import DERIVED, NAMELESS, RENAMED, identity, is_object, plain, role_of
from kerasarchive.diffing.side import Path, Side
from kerasarchive.model.change import Change
from kerasarchive.model.location import Location
from kerasarchive.schema.class_schema import MISSING, ClassSchema, Parameter

ABSENT: Any = type("Absent", (), {"__repr__": lambda self: "ABSENT", "__slots__": ()})()
MAX_CHANGES = 10_000
MAX_ALIGNED = 400
"""Lists of objects that are longer, if their lengths differ, are one change."""
MAX_ALIGNMENTS = 200
"""Aligning two such lists takes up to a tenth of a second."""


@dataclass(frozen=True, slots=True)
class Pair:
    """The same thing in both archives, and where it stands in either (below the root of their configs)."""

    a: Any
    b: Any
    at_a: Path
    at_b: Path
    role: str = ""
    key: str = ""
    classes: tuple[ClassSchema | None, ClassSchema | None] = (None, None)
    layer: tuple[Path, Path] = ((), ())
    """The layers around it, for the rank of their inputs."""


class Comparison:
    """Compares values of two sides. `roots` are the Locations that paths are counted from."""

    def __init__(self, a: Side, b: Side, roots: tuple[Location, Location]) -> None:
        self.a = a
        self.b = b
        self.roots = roots

    def changes(self, start: Pair, note: str = "") -> Iterator[Change]:
        """Every difference at and below a pair, in document order; iterative."""
        stack, count = [start], 0
        while stack and count < MAX_CHANGES:
            pair = stack.pop()
            below = self.open(pair)
            if below is None:
                count += 1
                yield self.change(pair, note)
            else:
                stack.extend(reversed(below))
        if stack:
            yield self.change(replace(start, a=None, b=None), f"more than {MAX_CHANGES:,} differences")

    def open(self, pair: Pair) -> list[Pair] | None:
        """The pairs inside a pair that may differ; None if the pair as a whole is a difference."""
        if pair.a is ABSENT or pair.b is ABSENT:
            return [] if self.is_default(pair) else None
        a, b = plain(pair.a, pair.role), plain(pair.b, pair.role)
        if a is b or (type(a) is type(b) and a == b) or canonical.unspecified(pair.key, pair.role, a, b):
            return []
        if pair.key in canonical.AXES:
            ranks = self.a.rank(pair.layer[0]), self.b.rank(pair.layer[1])
            return [] if canonical.same_axes(a, b, *ranks) else None
        for one, other, which in ((a, b, "a"), (b, a, "b")):
            # Legacy files list each output's metrics, also where there is one output.
            if isinstance(one, (list, tuple)) and len(one) == 1 and (is_object(other) or isinstance(other, str)):
                at = f"at_{which}"
                return [replace(pair, **{which: one[0], at: (*getattr(pair, at), 0)})]
        if is_object(a) or is_object(b):
            return self.objects(a, b, pair)
        if isinstance(a, dict) and isinstance(b, dict):
            return self.keys(a, b, pair)
        if isinstance(a, (list, tuple)) and isinstance(b, (list, tuple)):
            return self.items(list(a), list(b), pair)
        for one, other in ((a, b), (b, a)):
            if isinstance(one, (list, tuple)) and len(one) == 1 and not isinstance(other, (list, dict)):
                return [] if canonical.same_scalar(plain(one[0], pair.role), other) else None
        return [] if canonical.same_scalar(a, b) else None

    def objects(self, a: Any, b: Any, pair: Pair) -> list[Pair] | None:
        """Two objects, or an object and a name that may stand for one."""
        a, b = self.spelled(a, self.a, pair.role), self.spelled(b, self.b, pair.role)
        if not (is_object(a) and is_object(b)) or not canonical.same_class(a, b):
            return None
        classes = self.a.describe(a, pair.role), self.b.describe(b, pair.role)
        at_a = (*pair.at_a, "config") if is_object(pair.a) else pair.at_a
        at_b = (*pair.at_b, "config") if is_object(pair.b) else pair.at_b
        return [Pair(a["config"], b["config"], at_a, at_b, pair.role, "config", classes, pair.layer)]

    def spelled(self, value: Any, side: Side, role: str) -> Any:
        """The object that a bare name stands for, all its arguments left at their defaults."""
        if not isinstance(value, str):
            return value
        name = side.word(value, role)
        if not name:
            return value
        module, _, bare = name.rpartition(".")
        return {"class_name": bare, "module": module, "config": {}, "registered_name": None}

    def keys(self, a: dict[str, Any], b: dict[str, Any], pair: Pair) -> list[Pair]:
        """Key by key, in the newer one's order, derived ones left out."""
        own = pair.key == "config"
        left = {RENAMED.get(key, key): key for key in a if key not in DERIVED}
        right = {RENAMED.get(key, key): key for key in b if key not in DERIVED}
        found = []
        for key in [*right, *(key for key in left if key not in right)]:
            if own and key == "name" and pair.role in NAMELESS:
                continue
            spelled_a, spelled_b = left.get(key, key), right.get(key, key)
            found.append(
                Pair(
                    a.get(spelled_a, ABSENT) if key in left else ABSENT,
                    b.get(spelled_b, ABSENT) if key in right else ABSENT,
                    (*pair.at_a, spelled_a), (*pair.at_b, spelled_b),
                    role_of(key, pair.role if key.isdigit() or not own else ""), key,
                    pair.classes if own else (None, None), pair.layer,
                )
            )  # fmt: skip
        return found

    def items(self, a: list[Any], b: list[Any], pair: Pair) -> list[Pair] | None:
        """Place by place if equally long; objects of lists of different lengths are matched by what they are."""
        if len(a) == len(b):
            if not any(isinstance(item, (dict, list)) for item in (*a, *b)):
                return [] if all(map(canonical.same_scalar, a, b)) else None
            return [self.item(a, b, i, i, pair) for i in range(len(a))]
        if not any(isinstance(item, dict) for item in (*a, *b)) or max(len(a), len(b)) > MAX_ALIGNED:
            return None
        self.a.alignments += 1
        if self.a.alignments > MAX_ALIGNMENTS:
            return None
        matched = aligned([fingerprint(item) for item in a], [fingerprint(item) for item in b])
        return [self.item(a, b, i, j, pair) for i, j in matched]

    def item(self, a: list[Any], b: list[Any], i: int | None, j: int | None, pair: Pair) -> Pair:
        """Item `i` of one list and `j` of the other; None where there is none."""
        return Pair(
            ABSENT if i is None else a[i], ABSENT if j is None else b[j],
            (*pair.at_a, i if i is not None else j or 0), (*pair.at_b, j if j is not None else i or 0),
            pair.role, "", (None, None), pair.layer,
        )  # fmt: skip

    def is_default(self, pair: Pair) -> bool:
        """Whether a key that only one side has says what leaving it out says, in either release."""
        value = pair.b if pair.a is ABSENT else pair.a
        if pair.key in canonical.UNSAID and plain(value, pair.role) == canonical.UNSAID[pair.key]:
            return True
        if value is None or (pair.key in canonical.OPTIONAL and pair.classes != (None, None)):
            return True
        for cls, side in zip(pair.classes, (self.a, self.b), strict=True):
            parameter: Parameter | None = cls.parameters.get(pair.key) if cls is not None else None
            if parameter is None or parameter.default is MISSING:
                continue
            if self.equals(value, parameter.default, pair.role, side):
                return True
        return False

    def equals(self, value: Any, default: Any, role: str, side: Side) -> bool:
        """Whether a stored value is a constructor's default, such as an object that a default names."""
        value = plain(value, role)
        if isinstance(default, (list, tuple)) and isinstance(value, (list, tuple)):
            return list(default) == list(value)
        if is_object(value) and isinstance(default, str):
            meant = self.spelled(default, side, role)
            if not is_object(meant) or identity(meant) != identity(value):
                return False
            cls = side.describe(value, role)
            given = value["config"] if isinstance(value["config"], dict) else {}
            return all(
                item is None or (cls is not None and key in cls.parameters and cls.parameters[key].default == item)
                for key, item in given.items()
            )
        return canonical.same_scalar(value, default)

    def change(self, pair: Pair, note: str) -> Change:
        """The change that a differing pair is."""
        at_a, at_b = self.roots[0].at(*pair.at_a), self.roots[1].at(*pair.at_b)
        if pair.a is ABSENT:
            return Change("+", at_b, None, pair.b, note)
        if pair.b is ABSENT:
            return Change("-", at_a, pair.a, None, note)
        return Change("~", at_b, pair.a, pair.b, note, None if at_a == at_b else at_a)


def fingerprint(value: Any) -> str:
    """An item of a list by which it is found again in another one: its class and name, or all of it."""
    if is_object(value):
        config = value["config"]
        name = config.get("name") if isinstance(config, dict) else config
        return f"{identity(value)}:{name}"
    try:
        return json.dumps(value, sort_keys=True, default=str)
    except (ValueError, RecursionError):
        return repr(type(value))


def aligned(a: list[str], b: list[str]) -> list[tuple[int | None, int | None]]:
    """Which items of two lists belong together, (place, place), None for one that the other lacks.

    The shorter list is always compared with the longer one, so that the answer does not depend on the order of the two.
    """
    if (len(a), a) > (len(b), b):
        return [(i, j) for j, i in aligned(b, a)]
    from deepdiff import DeepDiff

    found = DeepDiff(a, b, view="tree")
    removed = {place(level, "t1") for level in found.get("iterable_item_removed", ())}
    added = {place(level, "t2") for level in found.get("iterable_item_added", ())}
    left = [i for i in range(len(a)) if i not in removed]
    right = [j for j in range(len(b)) if j not in added]
    pairs: list[tuple[int | None, int | None]] = list(zip(left, right, strict=False))
    pairs += [(i, None) for i in (*left[len(right) :], *removed)] + [(None, j) for j in (*right[len(left) :], *added)]
    return sorted(pairs, key=lambda pair: (pair[1] if pair[1] is not None else pair[0] or 0, pair[0] is None))


def place(level: Any, side: str) -> int:
    """The place in the list that one of DeepDiff's reports is about."""
    relation = level.up.t1_child_rel if side == "t1" else level.up.t2_child_rel
    return int((relation or level.up.t1_child_rel or level.up.t2_child_rel).param)
