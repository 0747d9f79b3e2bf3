"""What a name holds while a library's constructors are replayed on a config.

Numbers, text, None, lists, tuples, dicts and sets are Python's own. Tensors are known by their shapes. Everything else
is one of the classes here; `UNKNOWN` is what nobody can tell without running the library.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from kerasarchive.layout.shapes import Shape
from kerasarchive.layout.variables import Variable

Value = Any


class Raised(Exception):  # noqa: N818 - it is what the library or Keras raises
    """The release certainly raises here. `kind` is the class of the exception; `at` the path of the object that it hits."""

    def __init__(self, kind: str, message: str = "") -> None:
        super().__init__(message)
        self.kind = kind
        self.message = message
        self.at: tuple[str | int, ...] | None = None


class Lost(Exception):  # noqa: N818 - nothing went wrong
    """What comes next cannot be told."""


class _Unknown:
    __slots__ = ()

    def __repr__(self) -> str:
        return "UNKNOWN"


UNKNOWN = _Unknown()
"""Anything."""


@dataclass(frozen=True, slots=True)
class Array:
    """A tensor or array of that shape; None: of any."""

    shape: Shape | None = None


@dataclass(frozen=True, slots=True)
class Named:
    """Something that is not the library's own, by its dotted name: ``keras.layers.Dense``."""

    name: str

    @property
    def last(self) -> str:
        """The name without what stands before it."""
        return self.name.rpartition(".")[2]


@dataclass(frozen=True, slots=True, eq=False)
class Class:
    """A class of the library. `order` is the order of inheritance, itself first; Keras's and Python's are `Named`."""

    name: str
    module: str
    node: ast.ClassDef = field(repr=False)
    order: tuple[Class | Named, ...] = ()
    kind: str = ""
    """The class of Keras that it descends from: ``Layer``, ``Model`` or another; empty for none."""

    def is_a(self, other: Value) -> bool:
        """Whether it is `other` or descends from it."""
        return any(cls is other or (isinstance(cls, Named) and cls == other) for cls in (self, *self.order))


@dataclass(slots=True, eq=False)
class Weight:
    """A variable that an object made."""

    variable: Variable


@dataclass(slots=True, eq=False)
class Thing:
    """An object. `cls` is its class if that is the library's; else `name` is that of its class in Keras, or another's.

    `config` is what a class of Keras was made with, `shape` what it was built with. Where an object is `opaque`,
    nothing is known of its state.
    """

    name: str
    cls: Class | None = None
    kind: str = ""
    config: dict[str, Value] = field(default_factory=dict)
    attributes: dict[str, Value] = field(default_factory=dict)
    weights: list[Weight] = field(default_factory=list)
    shape: Any = None
    built: bool = False
    opaque: bool = False
    at: tuple[str | int, ...] = ()
    """Where its config stands, of objects that have one."""


@dataclass(slots=True, eq=False)
class Scope:
    """Where names are looked up."""

    module: str
    parent: Scope | None = None
    owner: Class | None = None
    names: dict[str, Value] = field(default_factory=dict)
    outer: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True, eq=False)
class Function:
    """A function of the library; `owner` is the class in whose body it stands, `wrapped` what it stands in for."""

    node: ast.FunctionDef | ast.Lambda
    scope: Scope
    owner: Class | None = None
    wrapped: Value = None


@dataclass(frozen=True, slots=True, eq=False)
class Method:
    """A function together with what it is called on."""

    function: Value
    on: Value


@dataclass(frozen=True, slots=True, eq=False)
class Native:
    """A method of Keras or Python, `name` as found on `on`; `inherited`: through ``super()``, past what overrides it."""

    on: Value
    name: str
    inherited: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Super:
    """``super()``: what comes after `owner` in the order of inheritance."""

    on: Value
    owner: Class


@dataclass(frozen=True, slots=True, eq=False)
class Dispatcher:
    """A function under ``functools.singledispatch``."""

    function: Function


@dataclass(frozen=True, slots=True, eq=False)
class Namespace:
    """A plain bunch of attributes, such as what ``inspect.signature`` gives."""

    attributes: Mapping[str, Value]
