"""What changed between two releases, class by class: the raw material of migrations and of `kav releases`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from kerasarchive.model.release import Release
from kerasarchive.schema.catalogue import load
from kerasarchive.schema.class_schema import ClassSchema


@dataclass(frozen=True, slots=True)
class ClassChange:
    """One difference. `kind` is ``+`` added, ``-`` removed or ``~`` changed.

    `parameter` is empty where the class as a whole came or went. `what` says which property differs: ``class``,
    ``parameter``, ``default``, ``required``, ``types``, ``stored``, ``path`` or ``words``.
    """

    kind: str
    name: str
    parameter: str = ""
    what: str = "class"
    before: Any = None
    after: Any = None

    def __str__(self) -> str:
        place = f"{self.name}({self.parameter})" if self.parameter else self.name
        if self.kind != "~":
            return f"{self.kind} {place}" + (f" {self.what}" if self.what not in ("class", "parameter") else "")
        return f"~ {place} {self.what}: {self.before!r} -> {self.after!r}"


def diff(a: Release | str, b: Release | str) -> tuple[ClassChange, ...]:
    """Every difference from release `a` to release `b`, sorted by class."""
    old, new = load(a), load(b)
    changes: list[ClassChange] = []
    for name in sorted({*old.names, *new.names}):
        before, after = old.get(name), new.get(name)
        if before is not None and before.name != name:
            before = None
        if after is not None and after.name != name:
            after = None
        if before is None:
            changes.append(ClassChange("+", name))
        elif after is None:
            changes.append(ClassChange("-", name))
        elif before.raw is not after.raw:
            changes.extend(_class_changes(name, before, after))
    for table in sorted(key for key in {*old.raw, *new.raw} if key.startswith("names.")):
        was, now = (set(schema.raw.get(table, {}).get("enum", ())) for schema in (old, new))
        changes += [ClassChange("-", table, word, "words") for word in sorted(was - now)]
        changes += [ClassChange("+", table, word, "words") for word in sorted(now - was)]
    return tuple(changes)


def _class_changes(name: str, before: ClassSchema, after: ClassSchema) -> list[ClassChange]:
    changes: list[ClassChange] = []
    for key in (*before.parameters, *(key for key in after.parameters if key not in before.parameters)):
        was, now = before.parameters.get(key), after.parameters.get(key)
        if was is None:
            changes.append(ClassChange("+", name, key, "parameter"))
        elif now is None:
            changes.append(ClassChange("-", name, key, "parameter"))
        else:
            changes += [
                ClassChange("~", name, key, what, getattr(was, what), getattr(now, what))
                for what in ("default", "required", "types")
                if getattr(was, what) != getattr(now, what)
            ]
    changes += [ClassChange("-", name, key, "stored") for key in before.stored if key not in after.stored]
    changes += [ClassChange("+", name, key, "stored") for key in after.stored if key not in before.stored]
    if before.path != after.path:
        changes.append(ClassChange("~", name, "", "path", before.path, after.path))
    return changes
