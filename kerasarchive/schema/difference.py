"""What changed between two releases, class by class, and what each change means for whoever holds archives of the older."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from kerasarchive.model.release import Release
from kerasarchive.schema.catalogue import load
from kerasarchive.schema.class_schema import ClassSchema
from kerasarchive.schema.release_schema import ReleaseSchema

EFFECTS = ("silent", "fails", "unclear", "harmless")
"""Gravest first: loads and means something else; does not load; depends on the config; nothing."""


@dataclass(frozen=True, slots=True)
class ClassChange:
    """One difference. `kind` is ``+`` added, ``-`` removed or ``~`` changed.

    `parameter` is empty where the class as a whole came or went. `what` says which property differs: ``class``,
    ``parameter``, ``default``, ``required``, ``types``, ``stored``, ``path``, ``call``, ``weights`` or ``words``.
    `effect` is one of `EFFECTS`: what it does to an archive that the older release wrote, read by the newer.
    """

    kind: str
    name: str
    parameter: str = ""
    what: str = "class"
    before: Any = None
    after: Any = None
    effect: str = "harmless"

    def __str__(self) -> str:
        place = f"{self.name}({self.parameter})" if self.parameter else self.name
        if self.kind != "~":
            return f"{self.kind} {place}" + (f" {self.what}" if self.what not in ("class", "parameter") else "")
        return f"~ {place} {self.what}: {self.before!r} -> {self.after!r}"


def diff(a: Release | str, b: Release | str, name: str = "") -> tuple[ClassChange, ...]:
    """Every difference from release `a` to release `b`, or those of one class, sorted by class."""
    old, new = load(a), load(b)
    changes: list[ClassChange] = []
    for each in (name,) if name else sorted({*old.names, *new.names}):
        changes += _of_class(each, _named(old, each), _named(new, each))
    if not name:
        changes += _words(old, new)
    return tuple(changes)


def gravest_first(changes: tuple[ClassChange, ...]) -> tuple[ClassChange, ...]:
    """The same changes, the silent ones first."""
    return tuple(sorted(changes, key=lambda change: EFFECTS.index(change.effect)))


def _named(schema: ReleaseSchema, name: str) -> ClassSchema | None:
    found = schema.get(name)
    return found if found is not None and found.name == name else None


def _of_class(name: str, before: ClassSchema | None, after: ClassSchema | None) -> Iterator[ClassChange]:
    if before is None and after is None:
        return
    if before is None:
        yield ClassChange("+", name)
    elif after is None:
        yield ClassChange("-", name, effect="fails")
    elif before.raw is not after.raw:
        for key in (*before.parameters, *(key for key in after.parameters if key not in before.parameters)):
            yield from _of_parameter(name, key, before, after)
        yield from (ClassChange("-", name, key, "stored") for key in before.stored if key not in after.stored)
        yield from (ClassChange("+", name, key, "stored") for key in after.stored if key not in before.stored)
        if before.path != after.path:
            # A class that is not exported is named by its path, and found there or nowhere.
            moved = before.path not in (after.path, *after.aliases) and before.name == before.path
            yield ClassChange("~", name, "", "path", before.path, after.path, "fails" if moved else "harmless")
        yield from _of_call(name, before, after)
        yield from _of_weights(name, before, after)


def _of_parameter(name: str, key: str, before: ClassSchema, after: ClassSchema) -> Iterator[ClassChange]:
    was, now = before.parameters.get(key), after.parameters.get(key)
    always = key in before.stored and key not in before.sometimes
    if was is None:
        yield ClassChange("+", name, key, "parameter", effect="fails" if now and now.required else "harmless")
    elif now is None:
        effect = "harmless" if key not in before.stored else "silent" if after.accepts_any else "fails"
        yield ClassChange("-", name, key, "parameter", effect=effect)
    else:
        if was.default != now.default:
            # What is stored decides; what is not, changes without a word.
            yield ClassChange("~", name, key, "default", was.default, now.default, "harmless" if always else "silent")
        if was.required != now.required:
            effect = "fails" if now.required and not always else "harmless"
            yield ClassChange("~", name, key, "required", was.required, now.required, effect)
        if was.types != now.types:
            narrower = bool(now.types) and not set(was.types) <= {*now.types, *(("integer",) if "number" in now.types else ())}
            effect = "unclear" if narrower or (now.types and not was.types) else "harmless"
            yield ClassChange("~", name, key, "types", was.types, now.types, effect)


def _of_call(name: str, before: ClassSchema, after: ClassSchema) -> Iterator[ClassChange]:
    """Arguments of calls: graphs hold values for them."""
    if before.call is None or after.call is None or "kwargs" in after.call.more:
        return
    for key in before.call.arguments:
        if key not in after.call.arguments:
            yield ClassChange("-", name, key, "call", effect="unclear")
    yield from (ClassChange("+", name, key, "call") for key in after.call.arguments if key not in before.call.arguments)


def _of_weights(name: str, before: ClassSchema, after: ClassSchema) -> Iterator[ClassChange]:
    was, now = ([str(weight) for weight in cls.weights] for cls in (before, after))
    if was != now:
        same = [weight.name for weight in before.weights] == [weight.name for weight in after.weights]
        yield ClassChange("~", name, "", "weights", "; ".join(was), "; ".join(now), "harmless" if same else "unclear")


def _words(old: ReleaseSchema, new: ReleaseSchema) -> Iterator[ClassChange]:
    for table in sorted(key for key in {*old.raw, *new.raw} if key.startswith("names.")):
        role = table.partition(".")[2]
        was, now = old.words(role), new.words(role)
        yield from (ClassChange("-", table, word, "words", effect="fails") for word in sorted(was.keys() - now.keys()))
        yield from (ClassChange("+", table, word, "words") for word in sorted(now.keys() - was.keys()))
