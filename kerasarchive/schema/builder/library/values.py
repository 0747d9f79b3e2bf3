"""What a name may hold while a library's source is followed: what is known, and honestly what is not.

Numbers, text, None and lists stand for themselves. Everything else is one of the classes here.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from kerasarchive.schema.builder.classes import SourceClass

Value = Any


class Refused(Exception):  # noqa: N818 - it is the source that raises; this says where it certainly does
    """What is being followed ends in an error here."""


@dataclass(frozen=True, slots=True)
class Unknown:
    """Anything. `of` names the argument that it came from unchanged, if it is one; `text` if it is some text."""

    of: str = ""
    text: bool = False


UNKNOWN = Unknown()
TEXT = Unknown(text=True)
"""Some text, such as a key of a dict."""


def is_text(value: Value) -> bool:
    """Whether a value is text, known or not."""
    return isinstance(value, str) or (isinstance(value, Unknown) and value.text)


@dataclass(frozen=True, slots=True)
class Rest:
    """Keys of a dict that are not known: any but the `removed`; only those in `limit`, if that is given."""

    limit: frozenset[str] | None = None
    removed: frozenset[str] = frozenset()

    def may_hold(self, key: str) -> bool:
        """Whether `key` can be among them."""
        return key not in self.removed and (self.limit is None or key in self.limit)

    def without(self, keys: Iterable[str]) -> Rest:
        """The same after `keys` were taken out."""
        return Rest(self.limit, self.removed | frozenset(keys))

    def within(self, keys: Iterable[str]) -> Rest:
        """Those of them that are among `keys`."""
        wanted = frozenset(keys)
        return Rest(wanted if self.limit is None else wanted & self.limit, self.removed)


@dataclass(frozen=True, slots=True)
class Record:
    """A dict: its `entries`, those of them that `maybe` are not there, and the `rest` where there can be others."""

    entries: Mapping[str, Value] = field(default_factory=dict)
    maybe: frozenset[str] = frozenset()
    rest: Rest | None = None
    computed: bool = False
    """Whether there may be keys that nobody can foresee: the source computes them."""

    def merged(self, other: Record) -> Record:
        """``{**self, **other}``."""
        entries = dict(self.entries)
        for key, value in other.entries.items():
            entries[key] = join((entries[key], value)) if key in other.maybe and key in entries else value
        maybe = {key for key in entries
                 if (key not in self.entries or key in self.maybe) and (key not in other.entries or key in other.maybe)}
        return Record(entries, frozenset(maybe), _both(self.rest, other.rest), self.computed or other.computed)

    def having(self, key: str, value: Value) -> Record:
        """The same with one more key."""
        rest = self.rest.without([key]) if self.rest else None
        return Record({**self.entries, key: value}, self.maybe - {key}, rest, self.computed)

    def without(self, keys: Iterable[str]) -> Record:
        """The same without `keys`."""
        gone = frozenset(keys)
        entries = {key: value for key, value in self.entries.items() if key not in gone}
        return Record(entries, self.maybe - gone, self.rest.without(gone) if self.rest else None, self.computed)

    def within(self, keys: Iterable[str]) -> Record:
        """What of it is among `keys`."""
        wanted = frozenset(keys)
        entries = {key: value for key, value in self.entries.items() if key in wanted}
        return Record(entries, self.maybe & wanted, self.rest.within(wanted) if self.rest else None)

    def perhaps(self) -> Record:
        """The same, where each key may be missing."""
        return Record(self.entries, frozenset(self.entries), self.rest, self.computed)


SOME_DICT = Record(computed=True)
"""A dict of a config that may hold anything; its keys are text."""


def _both(one: Rest | None, other: Rest | None) -> Rest | None:
    if one is None or other is None:
        return one or other
    limit = None if one.limit is None or other.limit is None else one.limit | other.limit
    return Rest(limit, one.removed & other.removed)


@dataclass(frozen=True, slots=True)
class ClassValue:
    """A class of the library or of Keras."""

    cls: SourceClass = field(repr=False)


@dataclass(frozen=True, slots=True, eq=False)
class Instance:
    """An object of a class; what its attributes hold is in the `Run`."""

    cls: SourceClass = field(repr=False)
    serial: int = field(default_factory=count().__next__)


@dataclass(frozen=True, slots=True, eq=False)
class FunctionValue:
    """A function or lambda. `scope` is where it was made, for closures; `owner` and `index` serve ``super()``."""

    node: ast.FunctionDef | ast.Lambda
    module: str
    scope: Any = None
    owner: SourceClass | None = None
    index: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class Bound:
    """A method together with what it is called on."""

    function: FunctionValue
    on: Value


@dataclass(frozen=True, slots=True)
class Expression:
    """What a name of a module is bound to, not evaluated yet."""

    node: ast.expr
    module: str


@dataclass(frozen=True, slots=True, eq=False)
class Dispatcher:
    """A function under `functools.singledispatch`; others are registered with it for other types."""

    function: FunctionValue


@dataclass(frozen=True, slots=True)
class External:
    """Something outside the library, or of Keras but no class, by its full dotted name."""

    name: str


@dataclass(frozen=True, slots=True)
class Next:
    """``super()``: the order of inheritance of `cls` from `index` on."""

    on: Value
    cls: SourceClass
    index: int


@dataclass(frozen=True, slots=True, eq=False)
class KerasMethod:
    """A method that a class has from Keras: what `index`-th ancestor of `cls` it is found at, or none."""

    on: Value
    cls: SourceClass
    index: int
    name: str


@dataclass(frozen=True, slots=True)
class Registrar:
    """``register_keras_serializable(package, name)``, not yet applied to anything."""

    package: Value
    name: Value


@dataclass(frozen=True, slots=True)
class ModuleFrame:
    """A stack frame in a module, or the module: for decorators that ask who called them."""

    module: str


@dataclass(frozen=True, slots=True)
class Items:
    """``record.items()``."""

    record: Record


@dataclass(frozen=True, slots=True)
class Several:
    """A list or the values of a dict, of unknown length, that are all like `item`."""

    item: Value


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several values."""

    values: tuple[Value, ...]


MOST_CHOICES = 8


def join(values: Iterable[Value]) -> Value:
    """What is known of a value that is one of `values`."""
    found: list[Value] = []
    for value in values:
        for one in value.values if isinstance(value, Choice) else (value,):
            if not any(_same(one, known) for known in found):
                found.append(one)
    if not found:
        return UNKNOWN
    if len(found) == 1:
        return found[0]
    records = [value for value in found if isinstance(value, Record)]
    if len(records) == len(found):
        return _joined(records)
    return Choice(tuple(found)) if len(found) <= MOST_CHOICES else UNKNOWN


def _joined(records: list[Record]) -> Record:
    entries: dict[str, Value] = {}
    for record in records:
        for key, value in record.entries.items():
            entries[key] = join((entries[key], value)) if key in entries else value
    maybe = {key for key in entries if any(key not in record.entries or key in record.maybe for record in records)}
    rest: Rest | None = None
    for record in records:
        rest = _both(rest, record.rest)
    return Record(entries, frozenset(maybe), rest, any(record.computed for record in records))


def _same(one: Value, other: Value) -> bool:
    return one is other or (type(one) is type(other) and bool(one == other))


def is_known(value: Value) -> bool:
    """Whether it is a plain value through and through, so that Python itself can say what happens to it."""
    if isinstance(value, (list, tuple)):
        return all(map(is_known, value))
    if isinstance(value, Record):
        return not (value.maybe or value.rest or value.computed) and all(map(is_known, value.entries.values()))
    return value is None or isinstance(value, (bool, int, float, str))


def plain(value: Value) -> Any:
    """The Python value of what `is_known`."""
    if isinstance(value, (list, tuple)):
        return type(value)(map(plain, value))
    if isinstance(value, Record):
        return {key: plain(item) for key, item in value.entries.items()}
    return value


def lifted(value: Any) -> Value:
    """A Python value as a `Value`; what is none of the plain ones is unknown."""
    if isinstance(value, dict):
        if not all(isinstance(key, str) for key in value):
            return UNKNOWN
        return Record({key: lifted(item) for key, item in value.items()})
    if isinstance(value, (list, tuple)):
        return type(value)(map(lifted, value))
    return value if value is None or isinstance(value, (bool, int, float, str)) else UNKNOWN


_UNLIKE = count()


def fingerprint(value: Value) -> str:
    """What a value is, as text: the same for values that nothing can tell apart."""
    if isinstance(value, (list, tuple)):
        return f"{type(value).__name__}({','.join(map(fingerprint, value))})"
    if isinstance(value, Record):
        inner = ",".join(f"{key}{'?' if key in value.maybe else ''}:{fingerprint(value.entries[key])}" for key in value.entries)
        return f"{{{inner}{'+' if value.computed else ''}{value.rest or ''}}}"
    if isinstance(value, (Instance, ClassValue)):
        return f"{type(value).__name__} {value.cls.path} {value.serial if isinstance(value, Instance) else ''}"
    if isinstance(value, Choice):
        return f"[{'|'.join(map(fingerprint, value.values))}]"
    if value is None or isinstance(value, (bool, int, float, str, Unknown, External)):
        return repr(value)
    if isinstance(value, FunctionValue) and value.scope is None:
        return f"function {value.module} {id(value.node)}"
    return f"like no other {next(_UNLIKE)}"
