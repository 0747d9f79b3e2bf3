"""Definitions of one release that the next one can take over, because nothing that they were read from has changed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from kerasarchive.schema.builder.library.values import ClassValue, Expression, External, FunctionValue, Value
from kerasarchive.schema.builder.library.world import World

Question = tuple[str, str]


@dataclass(frozen=True, slots=True)
class _Kept:
    definition: dict[str, Any]
    itself: str
    answers: dict[Question, str]
    """What every name that was looked up meant, with the digest of its source."""


@dataclass(slots=True)
class Memory:
    """What earlier releases' classes came to; only for releases read beside the same Keras."""

    kept: dict[str, list[_Kept]] = field(default_factory=dict)

    def recall(self, world: World, path: str) -> dict[str, Any] | None:
        """The definition of the class at `path`, if an earlier one was read from the same source."""
        itself = _answer(world, ClassValue(world.classes[path]))
        for kept in self.kept.get(path, ()):
            if kept.itself == itself and all(
                _answer(world, world.found(*question)) == answer for question, answer in kept.answers.items()
            ):
                return kept.definition
        return None

    def keep(self, world: World, path: str, definition: dict[str, Any], asked: set[Question]) -> None:
        """Remember a definition together with what was looked up for it."""
        answers = {question: _answer(world, world.found(*question)) for question in sorted(asked)}
        itself = _answer(world, ClassValue(world.classes[path]))
        self.kept.setdefault(path, []).append(_Kept(definition, itself, answers))


def _answer(world: World, found: Value) -> str:
    if isinstance(found, FunctionValue):
        return f"function {found.module}.{getattr(found.node, 'name', '')} {world.digest(found.node)}"
    if isinstance(found, ClassValue):
        parts = [f"{each.path} {world.digest(each.node) if world.is_own(each) else ''}" for each in found.cls.ancestors]
        return f"class {', '.join(parts)}"
    if isinstance(found, External):
        return f"outside {found.name}"
    return f"{found.module} {world.digest(found.node)}" if isinstance(found, Expression) else repr(found)
