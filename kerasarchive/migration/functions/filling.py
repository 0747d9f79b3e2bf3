"""Tensors filled with one number, whose first size may be the batch's."""

from __future__ import annotations

from math import prod
from typing import Any

from kerasarchive.migration.functions.arithmetic import cast, pair
from kerasarchive.migration.functions.arrangement import reshaped, tiled
from kerasarchive.migration.functions.call import LARGEST, Call, Function
from kerasarchive.migration.functions.indexing import FULL, getitem
from kerasarchive.migration.functions.sizes import sizes_of
from kerasarchive.migration.functions.tensor import FLOATS, Sizes, Tensor, Unknown, Value, is_number


def filled(call: Call, dims: Value, value: Value, dtype: Value) -> Tensor | Sizes:
    """A constant where all sizes are known; else as many rows as the tensor has that the first size was taken from."""
    sizes = sizes_of(call, dims, "shape")
    if not is_number(value) or dtype not in FLOATS | {"int32", "int64"}:
        call.refuse("value", value)
    known = [size for size in sizes if not isinstance(size, Unknown)]
    if len(known) == len(sizes):
        if prod(known) > LARGEST:
            call.refuse("shape", sizes, "it is too large for a constant in a config")
        number = float(value) if dtype in FLOATS else value
        return Sizes(_nested(known, number))
    first = sizes[0]
    source = first.source if isinstance(first, Unknown) else None
    if len(known) != len(sizes) - 1 or source is None or source[1] != 0:
        call.refuse("shape", sizes, "it is only known at run time")
    assert source is not None
    ones = _rows(call, Tensor(source[0], source[0].shape, source[0].dtype))
    wide = tiled(call, reshaped(call, ones, [-1] + [1] * len(known)), [1, *known])
    return pair(call, "numpy.Multiply", cast(call, wide, str(dtype)), value)


def _nested(sizes: list[int], number: Any) -> Any:
    for size in reversed(sizes):
        number = [number] * size
    return number


def _rows(call: Call, tensor: Tensor) -> Tensor:
    """A one for each row of a tensor."""
    rest = call.shape(tensor, "shape")[1:]
    if any(not size for size in rest):
        call.refuse("shape", tensor, "its size is only known at run time")
    if rest:
        found = getitem(call, tensor, [dict(FULL), *([0] * len(rest))], None)
        assert isinstance(found, Tensor)
        tensor = found
    return call.emit("numpy.OnesLike", tensor, shape=tensor.shape, dtype=tensor.dtype)


def fill(call: Call, dims: Value, value: Value, layout: Value) -> Tensor | Sizes:
    """A number everywhere."""
    return filled(call, dims, value, "float32" if isinstance(value, float) else "int32")


FUNCTIONS: dict[str, Function] = {
    "zeros": Function(
        "shape dtype='float32' layout=None", lambda call, dims, dtype, _: filled(call, dims, 0, dtype), sizes=True
    ),
    "ones": Function(
        "shape dtype='float32' layout=None", lambda call, dims, dtype, _: filled(call, dims, 1, dtype), sizes=True
    ),
    "fill": Function("dims value layout=None", fill, sizes=True),
}
