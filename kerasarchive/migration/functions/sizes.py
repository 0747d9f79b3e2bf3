"""Sizes of tensors, and numbers computed from them: what is known of them before a run takes their place."""

from __future__ import annotations

from math import prod
from typing import Any

from kerasarchive.migration.functions.call import LARGEST, Call, Function
from kerasarchive.migration.functions.tensor import Sizes, Tensor, Unknown, Value, is_integer


def shape(call: Call, x: Value, out_type: Value) -> Sizes:
    """The sizes that are known before a run."""
    return Sizes(own_sizes(call, call.tensor(x, "input")))


def own_sizes(call: Call, tensor: Tensor) -> list[int | Unknown]:
    """The sizes of a tensor, those that only a run tells as its own."""
    found = enumerate(call.shape(tensor, "input"))
    return [Unknown((tensor.ref, axis)) if size is None else size for axis, size in found]


def rank(call: Call, x: Value) -> Sizes:
    """The number of axes."""
    return Sizes(len(call.shape(call.tensor(x, "input"), "input")))


def size(call: Call, x: Value, out_type: Value) -> Sizes:
    """The number of values."""
    sizes = call.shape(call.tensor(x, "input"), "input")
    return Sizes(Unknown() if None in sizes else prod(size for size in sizes if size is not None))


def sizes_of(call: Call, value: Value, argument: str) -> list[int | Unknown]:
    """A shape that is given as a list of numbers and sizes, or as the sizes of a tensor."""
    if isinstance(value, Sizes):
        value = value.value
    if isinstance(value, (list, tuple)):
        items = [item.value if isinstance(item, Sizes) else item for item in value]
        if all(isinstance(item, Unknown) or is_integer(item) for item in items):
            return items
    call.refuse(argument, value)
    raise AssertionError


def number_range(call: Call, start: Value, limit: Value, delta: Value, dtype: Value) -> Value:
    """Numbers that are known before a run: a constant."""
    ends = [value.value if isinstance(value, Sizes) else value for value in (start, limit, delta)]
    if ends[1] is None:
        ends = [0, ends[0], ends[2]]
    if not all(is_integer(value) for value in ends) or not ends[2] or dtype not in (None, "int32", "int64"):
        call.refuse("limit", limit, "kav knows ranges of whole numbers that are known before a run")
    if len(range(*ends)) > LARGEST:
        call.refuse("limit", limit, "it is too large for a constant in a config")
    return Sizes(list(range(*ends)))


def arithmetic_of_sizes(compute: Any, otherwise: Function) -> Function:
    """A function of two numbers that may both be sizes."""

    def translate(call: Call, x: Value, y: Value) -> Value:
        if not any(isinstance(value, Sizes) for value in (x, y)) or any(isinstance(v, Tensor) for v in (x, y)):
            return otherwise.translate(call, *(_plain(call, value) for value in (x, y)))
        first, second = (value.value if isinstance(value, Sizes) else value for value in (x, y))
        if isinstance(first, list) and is_integer(second):
            return Sizes([_computed(call, compute, item, second) for item in first])
        if not all(isinstance(value, Unknown) or is_integer(value) for value in (first, second)):
            call.refuse("y", second, "kav computes with single sizes only")
        return Sizes(_computed(call, compute, first, second))

    return Function(otherwise.parameters, translate, sizes=True)


def _computed(call: Call, compute: Any, x: Any, y: Any) -> int | Unknown:
    if isinstance(x, Unknown) or isinstance(y, Unknown):
        return Unknown()
    if y == 0 and compute in (int.__floordiv__, int.__mod__):
        call.refuse("y", y)
    return int(compute(x, y))


def _plain(call: Call, value: Value) -> Value:
    if isinstance(value, Sizes):
        if not value.known:
            call.refuse("y", value.value, "it is a size that is only known at run time")
        return value.value
    return value


FUNCTIONS: dict[str, Function] = {
    "shape": Function("input out_type=None", shape),
    "compat.v1.shape": Function("input out_type=None optimize=None", lambda call, x, kind, _: shape(call, x, kind)),
    "rank": Function("input", rank),
    "compat.v1.rank": Function("input", rank),
    "size": Function("input out_type=None", size),
    "compat.v1.size": Function("input out_type=None", size),
    "range": Function("start limit=None delta=1 dtype=None", number_range, sizes=True),
}
