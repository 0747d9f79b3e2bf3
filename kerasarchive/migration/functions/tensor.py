"""What is known of a value in a graph: its shape and dtype, or its numbers where it says the size of something."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from kerasarchive.model.objects import Ref

Shape = tuple[int | None, ...]

FLOATS = frozenset({"float16", "bfloat16", "float32", "float64"})
INTEGERS = frozenset({"int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"})


@dataclass(frozen=True, slots=True)
class Tensor:
    """A tensor of the graph. `shape` and `dtype` are None where they are not known."""

    ref: Ref
    shape: Shape | None = None
    dtype: str | None = None

    @property
    def rank(self) -> int | None:
        """How many axes it has."""
        return None if self.shape is None else len(self.shape)


@dataclass(frozen=True, slots=True)
class Unknown:
    """A size that only a run tells. `source` says which axis of which tensor, if it is one, so that two can be equal."""

    source: tuple[Ref, int] | None = None

    def __repr__(self) -> str:
        return "?"


@dataclass(frozen=True, slots=True)
class Sizes:
    """What `tf.shape` gives, or numbers computed from it: a number or a list, with `Unknown` where only a run tells."""

    value: Any

    @property
    def known(self) -> bool:
        """Whether nothing of it is left to the run."""
        return not any(isinstance(item, Unknown) for item in numbers(self.value))


class Broken:
    """What a call that was refused gives: what depends on it need not be refused again."""


Value = Any
"""A Tensor, Sizes, Broken, or plain JSON: a constant, or a list of values."""


def is_number(value: object) -> bool:
    """Whether this is a number (True and False are none)."""
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def is_integer(value: object) -> bool:
    """Whether this is a whole number written as one."""
    return isinstance(value, int) and not isinstance(value, bool)


def is_constant(value: object) -> bool:
    """Whether this is a scalar, or an array of scalars as nested lists."""
    if isinstance(value, list):
        return all(is_constant(item) for item in value) and len({shape_of(item) for item in value}) < 2
    return isinstance(value, (bool, int, float))


def shape_of(value: Value) -> Shape | None:
    """The shape of a tensor or of a constant; None where it is not known."""
    if isinstance(value, Tensor):
        return value.shape
    shape = []
    while isinstance(value, list):
        shape.append(len(value))
        value = value[0] if value else 0
    return tuple(shape)


def numbers(value: Any) -> Any:
    """Every scalar of nested lists."""
    if isinstance(value, list):
        for item in value:
            yield from numbers(item)
    else:
        yield value


def broadcast(*shapes: Shape | None) -> Shape | None:
    """The shape of an elementwise function of tensors of those shapes."""
    if not shapes or any(shape is None for shape in shapes):
        return None
    known = [shape for shape in shapes if shape is not None]
    rank = max(len(shape) for shape in known)
    result: list[int | None] = []
    for place in range(-rank, 0):
        sizes = {shape[place] for shape in known if len(shape) >= -place} - {1}
        if not sizes:
            result.append(1)
        else:
            fixed = sizes - {None}
            result.append(next(iter(fixed)) if len(fixed) == 1 else None)
    return tuple(result)


def reduced(shape: Shape | None, axes: Sequence[int] | None, *, keepdims: bool) -> Shape | None:
    """The shape after a reduction over `axes`, all of them if None."""
    if shape is None:
        return None
    gone = set(range(len(shape))) if axes is None else {axis % len(shape) if shape else 0 for axis in axes}
    if keepdims:
        return tuple(1 if place in gone else size for place, size in enumerate(shape))
    return tuple(size for place, size in enumerate(shape) if place not in gone)


def with_size(shape: Shape | None, axis: int, size: int | None) -> Shape | None:
    """`shape` with another size at `axis`."""
    if shape is None:
        return None
    place = axis % len(shape)
    return (*shape[:place], size, *shape[place + 1 :])
