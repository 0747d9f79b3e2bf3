"""Read one constructor argument out of a config that nobody has checked: the wrong type gives None, never an error."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Shape = tuple[int | None, ...]
"""Dimensions of a tensor; None where a dimension is free or unknown."""

MAX_RANK = 32
"""NumPy and TensorFlow stop here or earlier, so a longer list is no shape."""

MAX_DIM = 1 << 62


def is_int(value: Any) -> bool:
    """Whether `value` is an integer that can be a size or an index (a bool is not)."""
    return isinstance(value, int) and not isinstance(value, bool) and -MAX_DIM < value < MAX_DIM


def integer(config: Mapping[str, Any], key: str, default: int | None = None) -> int | None:
    """An integer argument; `default` where it is absent. A bool is what it is to Python's arithmetic."""
    value = config.get(key, default)
    return int(value) if is_int(value) or isinstance(value, bool) else None


def integers(config: Mapping[str, Any], key: str, count: int, default: int | None = None) -> tuple[int, ...] | None:
    """An argument that is one integer for all `count` axes or a list of them."""
    value = config.get(key, default)
    if is_int(value):
        return (value,) * count
    value = sequence(value)
    if value is None or len(value) != count or not all(map(is_int, value)):
        return None
    return tuple(value)


def axes(config: Mapping[str, Any], key: str, default: Any = None) -> tuple[int, ...] | None:
    """An argument that names one axis or several."""
    value = config.get(key, default)
    if is_int(value):
        return (value,)
    value = sequence(value)
    return tuple(value) if value is not None and all(map(is_int, value)) else None


def text(config: Mapping[str, Any], key: str, default: str = "") -> str:
    """A string argument; `default` where it is absent, null or something else."""
    value = config.get(key, default)
    return value if isinstance(value, str) else default


def padding(config: Mapping[str, Any]) -> str:
    """How a window treats the edges, in lower case as Keras reads it."""
    return text(config, "padding", "valid").lower()


def flag(config: Mapping[str, Any], key: str, default: bool) -> bool:
    """A switch, with Python's idea of truth, as Keras's constructors have it."""
    return bool(config.get(key, default))


def channels_first(config: Mapping[str, Any]) -> bool:
    """Whether the channels come before the space. Absent or null: Keras's default, which is channels_last."""
    return str(config.get("data_format")).lower() == "channels_first"


def sequence(value: Any) -> list[Any] | tuple[Any, ...] | None:
    """A short list or tuple, also as ``{"class_name": "__tuple__", "items": [...]}`` writes one."""
    if isinstance(value, dict) and value.get("class_name") in ("__tuple__", "TensorShape"):
        value = value.get("items")
    return value if isinstance(value, (list, tuple)) and len(value) <= MAX_RANK else None


def shape_of(value: Any) -> Shape | None:
    """A shape as configs write it: a list of sizes and nulls. None for anything else."""
    items = sequence(value)
    if items is None:
        return None
    for item in items:
        if item is not None and (type(item) is not int or not 0 <= item < MAX_DIM):
            return None
    return tuple(items)


def shapes_of(value: Any) -> tuple[Shape, ...] | None:
    """Several shapes: a list of them, or the values of a dict; one shape gives a tuple of one."""
    single = shape_of(value)
    if single is not None and (single or not value):
        return (single,)
    items = list(value.values())[:1024] if isinstance(value, dict) and "class_name" not in value else sequence(value)
    shapes = [shape_of(item) for item in items or ()]
    return tuple(shape for shape in shapes if shape is not None) if shapes and None not in shapes else None


def dim(shape: Shape | None, axis: int) -> int | None:
    """The size along `axis`; None where the shape, the axis or the size is unknown."""
    return shape[axis] if shape is not None and -len(shape) <= axis < len(shape) else None


def product(dims: Shape | list[int | None]) -> int | None:
    """Number of elements; None as soon as one dimension is unknown."""
    total = 1
    for size in dims:
        if size is None:
            return None
        total *= size
    return total


def times(*factors: int | None) -> int | None:
    """The product of sizes of which some may be unknown."""
    return product(factors)
