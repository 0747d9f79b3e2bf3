"""One run through some of a library's source: what its names hold by now, and what was found out on the way."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from kerasarchive.schema.builder.classes import SourceClass
from kerasarchive.schema.builder.library.values import Record, Refused, Rest, Unknown, Value, join

if TYPE_CHECKING:
    from kerasarchive.schema.builder.library.world import World

FRESH = "\0fresh"
"""A word that no source can know."""

MOST_STEPS = 40_000
DEEPEST = 30


class TooLong(Exception):  # noqa: N818 - the run is given up; nothing went wrong
    """The source goes on longer than is worth following."""


@dataclass(frozen=True, slots=True, eq=False)
class Scope:
    """Where names are looked up: a call of a function of `module`, inside `parent` for closures."""

    module: str
    parent: Scope | None = None
    owner: SourceClass | None = None
    index: int = 0
    on: Value = None
    returns: list[Value] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    captured: list[bool] = field(default_factory=list)
    """Not empty once a function was made inside."""
    outer: set[str] = field(default_factory=set)
    """Names declared `nonlocal`."""


def capture(scope: Scope) -> None:
    """A function is made in `scope`: the names there and around it stay."""
    inner: Scope | None = scope
    while inner is not None:
        inner.captured.append(True)
        inner = inner.parent


@dataclass(frozen=True, slots=True)
class Receipt:
    """Somebody took the unknown keys `rest` of the config: the keywords `names` by name -> (default, required).

    `closed` if it takes no others. `by` is where: the signature of a constructor (empty), ``kwargs`` or ``from_config``.
    """

    names: dict[str, tuple[Any, bool, dict[str, Any]]]
    rest: Rest
    closed: bool
    by: str = ""


@dataclass(slots=True)
class Notes:
    """What a run found out."""

    receipts: list[Receipt] = field(default_factory=list)
    touched: set[str] = field(default_factory=set)
    """Arguments whose values something depends on."""
    words: set[str] = field(default_factory=set)
    """Text that the fresh word was compared with."""
    numbers: set[float] = field(default_factory=set)
    """Numbers that the tried one was compared with."""
    roles: set[str] = field(default_factory=set)
    """Roles whose names the fresh word is none of."""
    registered: list[tuple[Any, str]] = field(default_factory=list)
    modules: set[str] = field(default_factory=set)
    """Modules of the library that were looked into."""


class Follow(Protocol):
    """How things are followed, for the parts that call each other in a circle; see `engine`."""

    def evaluate(self, node: ast.expr, scope: Scope, run: Run) -> Value:
        """The value of an expression."""

    def execute(self, body: list[ast.stmt], scope: Scope, run: Run) -> str:
        """Run a block and say how it ends."""

    def call(self, target: Value, arguments: list[Value], keywords: Record, run: Run) -> Value:
        """What a call gives."""

    def settle(self, found: Value, run: Run) -> Value:
        """The value of what a name was found to be."""

    def attribute(self, base: Value, name: str, run: Run) -> Value:
        """What an attribute of a value is."""


class Run:
    """What is known so far. `tracked` is the value under trial, if one is."""

    def __init__(self, world: World, follow: Follow, *, tracked: Any = None) -> None:
        self.world = world
        self.follow = follow
        self.tracked = tracked
        self.cells: dict[tuple[Any, str], Value] = {}
        self.uncertain = 0
        self.stack: list[str] = []
        self.steps = 0
        self.notes = Notes()

    def step(self) -> None:
        """Count a statement or call."""
        self.steps += 1
        if self.steps > MOST_STEPS:
            raise TooLong

    def touch(self, value: Value) -> None:
        """Something depends on this value."""
        if isinstance(value, Unknown) and value.of:
            self.notes.touched.add(value.of)

    def compared(self, one: Value, other: Value) -> None:
        """Note what the value under trial is compared with."""
        for value, against in ((one, other), (other, one)):
            if isinstance(value, str) and FRESH in value.lower():
                self.notes.words |= {word for word in _flat(against) if isinstance(word, str)}
            elif value is self.tracked and isinstance(value, (int, float)):
                self.notes.numbers |= {item for item in _flat(against) if isinstance(item, (int, float))}

    def receive(
        self, rest: Rest | None, names: dict[str, tuple[Any, bool, dict[str, Any]]], *, closed: bool, by: str = ""
    ) -> None:
        """Unknown keys of the config arrive where `names` are taken."""
        if rest is None:
            return
        sure = self.uncertain == 0
        taken = {key: (default, required and sure, schema) for key, (default, required, schema) in names.items()
                 if rest.may_hold(key)}
        self.notes.receipts.append(Receipt(taken, rest, closed and sure, by))

    @contextmanager
    def perhaps(self) -> Iterator[None]:
        """Inside, nothing is sure to happen."""
        self.uncertain += 1
        try:
            yield
        finally:
            self.uncertain -= 1

    def either(self, ways: Iterable[Any]) -> list[Any]:
        """Go each of the ways (functions without arguments) from here; go on with what any of them may have led to.

        Returns what those gave that do not end in an error; Refused if all do.
        """
        before = self.cells
        results, states = [], []
        for way in ways:
            self.cells = dict(before)
            with self.perhaps():
                try:
                    results.append(way())
                except Refused:
                    continue
            states.append(self.cells)
        if not states:
            self.cells = before
            raise Refused
        self.meet(states)
        return results

    def meet(self, states: list[dict[tuple[Any, str], Value]]) -> None:
        """Go on with what any of these states may be."""
        self.cells = states[0] if len(states) == 1 else _merged(states)

    def bind(self, scope: Scope, name: str, value: Value) -> None:
        """Give a local name its value."""
        self.cells[scope, name] = value
        scope.names.append(name)

    def forget(self, scope: Scope) -> None:
        """A call is over: its names are gone, unless a function that was made in it may still use them."""
        if not scope.captured:
            for name in scope.names:
                self.cells.pop((scope, name), None)


def _flat(value: Value) -> Iterator[Any]:
    if isinstance(value, (list, tuple, Record)):
        for item in value.entries if isinstance(value, Record) else value:
            yield from _flat(item)
    else:
        yield value


def _merged(states: list[dict[tuple[Any, str], Value]]) -> dict[tuple[Any, str], Value]:
    merged = states[0]
    for state in states[1:]:
        for key, value in state.items():
            if key not in merged:
                merged[key] = value
            elif (known := merged[key]) is not value:
                merged[key] = join((known, value))
    return merged


def defaults_of(spec: ast.arguments) -> dict[str, ast.expr]:
    """The defaults of a signature by parameter."""
    names = [argument.arg for argument in (*spec.posonlyargs, *spec.args)]
    found = dict(zip(names[len(names) - len(spec.defaults) :], spec.defaults, strict=True))
    found.update({a.arg: d for a, d in zip(spec.kwonlyargs, spec.kw_defaults, strict=True) if d is not None})
    return found
