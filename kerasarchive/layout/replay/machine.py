"""Follows the functions of a library on known values: a small Python that gives up where it cannot tell."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from kerasarchive.layout.replay.source import Library
from kerasarchive.layout.replay.values import Dispatcher, Function, Lost, Named, Scope, Thing, Value

MOST_STEPS = 50_000
"""The largest real archive known takes 8,000."""
DEEPEST = 40


class Machine:
    """What is followed, and how much of it so far. The parts that call each other in a circle are put in by `replay`."""

    evaluate: Callable[[ast.expr, Scope, Machine], Value]
    execute: Callable[[list[ast.stmt], Scope, Machine], Any]
    call: Callable[..., Value]
    attribute: Callable[[Value, str, Machine], Value]
    assign: Callable[[ast.expr, Value, Scope, Machine], None]

    def __init__(self, library: Library, keras: Keras, context: Context) -> None:
        self.library = library
        self.keras = keras
        self.context = context
        self.steps = 0
        self.depth = 0
        self.constants: dict[tuple[str, str], Value] = {}
        self.shared: dict[int, Thing] = {}
        self.reading: tuple[str | int, ...] = ()
        """The path of the object that is being read."""

    def step(self) -> None:
        """Count a statement or call."""
        self.steps += 1
        if self.steps > MOST_STEPS:
            raise Lost

    @contextmanager
    def deeper(self) -> Iterator[None]:
        """A call is under way."""
        self.depth += 1
        if self.depth > DEEPEST:
            self.depth -= 1
            raise Lost
        try:
            yield
        finally:
            self.depth -= 1

    def look_up(self, name: str, scope: Scope) -> Value:
        """What a bare name holds."""
        inner: Scope | None = scope
        while inner is not None:
            if name in inner.names:
                return inner.names[name]
            inner = inner.parent
        return self.of_module(scope.module, name)

    def of_module(self, module: str, name: str) -> Value:
        """What a name means at the top of a module."""
        found = self.library.find(module, name)
        if found is None:
            raise Lost
        if isinstance(found, Named):
            return self.named(found.name)
        return self._settled(*found, name)

    def named(self, dotted: str) -> Value:
        """What a full dotted name means."""
        found = self.library.absolute(dotted)
        if isinstance(found, Named):
            return found
        return self._settled(*found, dotted.rpartition(".")[2])

    def _settled(self, module: str, node: ast.AST, name: str) -> Value:
        if isinstance(node, ast.ClassDef):
            return self.library.made(module, node)
        if isinstance(node, ast.Module):
            return Named(module)
        key = (module, str(id(node)))
        if key not in self.constants:
            if isinstance(node, ast.FunctionDef):
                self.constants[key] = decorated(Function(node, Scope(module)), Scope(module), self)
            elif isinstance(node, ast.expr):
                self.constants[key] = self.evaluate(node, Scope(module), self)
            else:
                raise Lost
        return self.constants[key]


@dataclass(frozen=True, slots=True)
class Context:
    """What one archive and the release beside it say.

    `registered` gives the path of the class that goes by a registered name, or nothing. `prefix` marks text that names a
    class. `places` are the paths of the serialized objects by the identity of their dicts.
    """

    registered: Callable[[str], str]
    prefix: str
    places: Mapping[int, tuple[str | int, ...]]


class Keras:
    """What is to be known of Keras itself; see `keras.py`."""

    def refuses(self, name: str, config: dict[str, Any]) -> str:
        """Why the constructor of a class certainly refuses its arguments; empty if it does not."""
        raise NotImplementedError

    def is_policy(self, name: str) -> bool:
        """Whether a dtype policy goes by that name."""
        raise NotImplementedError

    def is_class(self, dotted: str) -> bool:
        """Whether Keras has a class of that public name."""
        raise NotImplementedError

    def role(self, dotted: str) -> str:
        """What kind of class it is."""
        raise NotImplementedError

    def defaults(self, dotted: str) -> dict[str, Any]:
        """What the constructor takes for what it is not given."""
        raise NotImplementedError

    def parameters(self, dotted: str) -> tuple[str, ...]:
        """The constructor's parameters in order."""
        raise NotImplementedError

    def called_with(self, dotted: str) -> tuple[str, ...]:
        """The parameters of the class's `call`."""
        raise NotImplementedError

    def built_with(self, dotted: str) -> tuple[str, ...]:
        """The parameters of the class's `build`."""
        raise NotImplementedError


PLAIN_DECORATORS = frozenset({
    "property", "staticmethod", "classmethod", "abstractmethod", "overload", "cached_property", "setter", "override",
    "deprecated", "singledispatchmethod",
})  # fmt: skip


def decorated(function: Function, scope: Scope, machine: Machine) -> Value:
    """The function after its decorators."""
    value: Value = function
    if isinstance(function.node, ast.Lambda):
        return value
    for decorator in reversed(function.node.decorator_list):
        text = ast.unparse(decorator)
        last = text.partition("(")[0].rpartition(".")[2]
        if last == "singledispatch":
            return Dispatcher(function)
        if last in PLAIN_DECORATORS or last == "register":
            continue
        made = machine.evaluate(decorator, scope, machine)
        value = machine.call(made, [value], {}, machine)
    return value
