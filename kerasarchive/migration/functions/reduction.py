"""Functions that reduce axes, or look for something along one."""

from __future__ import annotations

from math import prod
from typing import Any

from kerasarchive.migration.functions.arithmetic import cast, pair
from kerasarchive.migration.functions.call import Call, Function, array
from kerasarchive.migration.functions.tensor import FLOATS, INTEGERS, Sizes, Tensor, Unknown, Value, reduced, with_size

WIDE = FLOATS | {"int32", "int64"}
"""Dtypes that Keras sums as they are; it widens smaller integers."""


def checked(call: Call, tensor: Tensor, axis: Value) -> list[int] | None:
    """Axes that the tensor has."""
    axes = call.axes(axis)
    if axes is not None and tensor.rank is not None and not all(-tensor.rank <= a < tensor.rank for a in axes):
        call.refuse("axis", axis, f"the tensor has {tensor.rank} axes")
    return axes


def reduce(call: Call, cls: str, tensor: Tensor, axis: Value, keepdims: Value, *, dtype: str | None = None) -> Tensor:
    """One reduction."""
    axes, keep = checked(call, tensor, axis), call.flag(keepdims, "keepdims")
    # Logsumexp takes no single number before Keras 3.9.
    single = axes is not None and len(axes) == 1 and cls != "math.Logsumexp"
    said = axes[0] if axes is not None and single else axes
    shape = reduced(tensor.shape, axes, keepdims=keep)
    return call.emit(cls, tensor, shape=shape, dtype=dtype or tensor.dtype, config={"axis": said, "keepdims": keep})


def reduction(cls: str, allowed: frozenset[str]) -> Any:
    """A reduction that Keras computes alike for the allowed dtypes."""

    def translate(call: Call, x: Value, axis: Value, keepdims: Value) -> Tensor:
        tensor = call.tensor(x, "input_tensor")
        call.dtype(tensor, "input_tensor", allowed)
        return reduce(call, cls, tensor, axis, keepdims)

    return translate


def widened(cls: str) -> Any:
    """A sum or product: Keras widens small integers, and the cast back wraps as TensorFlow does."""

    def translate(call: Call, x: Value, axis: Value, keepdims: Value) -> Tensor:
        tensor = call.tensor(x, "input_tensor")
        dtype = call.dtype(tensor, "input_tensor", FLOATS | INTEGERS)
        if dtype in WIDE:
            return reduce(call, cls, tensor, axis, keepdims)
        wide = {"int8": "int32", "int16": "int32", "uint8": "uint32", "uint16": "uint32"}.get(dtype)
        if wide is None:
            call.refuse("input_tensor", tensor, f"its dtype is {dtype}")
        return cast(call, reduce(call, cls, tensor, axis, keepdims, dtype=wide), dtype)

    return translate


def euclidean_norm(call: Call, x: Value, axis: Value, keepdims: Value) -> Tensor:
    """The root of the sum of squares."""
    tensor = call.floating(x, "input_tensor")
    square = call.emit("numpy.Square", tensor, shape=tensor.shape, dtype=tensor.dtype)
    total = reduce(call, "numpy.Sum", square, axis, keepdims)
    return call.emit("numpy.Sqrt", total, shape=total.shape, dtype=total.dtype)


def norm(call: Call, tensor: Value, order: Value, axis: Value, keepdims: Value) -> Tensor:
    """A vector norm, or the Frobenius norm."""
    x = call.floating(tensor, "tensor")
    axes = call.axes(axis)
    if order == "euclidean" or (order == "fro" and axes is not None and len(axes) == 2):
        return euclidean_norm(call, x, axis, keepdims)
    if axes is not None and len(axes) != 1:
        call.refuse("ord", order)
    if order in (2, 2.0):
        return euclidean_norm(call, x, axis, keepdims)
    if order not in (1, 1.0, float("inf")):
        call.refuse("ord", order)
    size = call.emit("numpy.Absolute", x, shape=x.shape, dtype=x.dtype)
    return reduce(call, "numpy.Max" if order == float("inf") else "numpy.Sum", size, axis, keepdims)


def count_nonzero(call: Call, x: Value, axis: Value, keepdims: Value, dtype: Value) -> Tensor:
    """How many values are not zero."""
    tensor = call.tensor(x, "input")
    kind = call.dtype(tensor, "input", FLOATS | INTEGERS)
    if dtype not in ("int64", "int32"):
        call.refuse("dtype", dtype)
    there = call.emit("numpy.NotEqual", tensor, array(0, kind), shape=tensor.shape, dtype="bool")
    return reduce(call, "numpy.Sum", cast(call, there, dtype), axis, keepdims)


def moments(call: Call, x: Value, axes: Value, shift: Value, keepdims: Value) -> list[Tensor]:
    """Mean and variance."""
    tensor = call.floating(x, "x")
    if shift is not None:
        call.refuse("shift", shift)
    return [reduce(call, cls, tensor, axes, keepdims) for cls in ("numpy.Mean", "numpy.Var")]


def extreme(cls: str, default: int) -> Any:
    """Where along an axis the extreme value stands. Keras gives int32."""

    def translate(call: Call, x: Value, axis: Value, output_type: Value) -> Tensor:
        tensor = call.tensor(x, "input")
        place = call.axis(default if axis is None else axis)
        if output_type not in ("int64", "int32"):
            call.refuse("output_type", output_type)
        found = call.emit(
            cls, tensor, shape=reduced(tensor.shape, [place], keepdims=False), dtype="int32", config={"axis": place}
        )
        return cast(call, found, output_type)

    return translate


def cumulative(cls: str) -> Any:
    """A running sum or product."""

    def translate(call: Call, x: Value, axis: Value, exclusive: Value, reverse: Value) -> Tensor:
        tensor = call.tensor(x, "x")
        dtype = call.dtype(tensor, "x", WIDE)
        place = call.axis(axis)
        if call.flag(exclusive, "exclusive"):
            call.refuse("exclusive", exclusive)

        def flipped(value: Tensor) -> Tensor:
            return call.emit("numpy.Flip", value, shape=value.shape, dtype=dtype, config={"axis": place})

        backwards = call.flag(reverse, "reverse")
        source = flipped(tensor) if backwards else tensor
        running = call.emit(cls, source, shape=tensor.shape, dtype=dtype, config={"axis": place})
        return flipped(running) if backwards else running

    return translate


def top_k(call: Call, x: Value, k: Value, in_order: Value, index_type: Value) -> list[Tensor]:
    """The k largest values along the last axis, and where they stand."""
    tensor = call.tensor(x, "input")
    if index_type not in ("int32", None):
        call.refuse("index_type", index_type)
    count = call.axis(k, "k")
    shape = with_size(tensor.shape, -1, count)
    first = call.emit(
        "math.TopK",
        tensor,
        shape=shape,
        dtype=tensor.dtype,
        config={"k": count, "sorted": call.flag(in_order, "sorted")},
    )
    return call.several(first, [shape, shape], [tensor.dtype, "int32"])


def sort(call: Call, x: Value, axis: Value, direction: Value) -> Tensor:
    """The values along an axis in order."""
    tensor = call.tensor(x, "values")
    config = {"axis": call.axis(axis)}
    ascending = call.emit("numpy.Sort", tensor, shape=tensor.shape, dtype=tensor.dtype, config=config)
    if direction == "ASCENDING":
        return ascending
    if direction != "DESCENDING":
        call.refuse("direction", direction)
    return call.emit("numpy.Flip", ascending, shape=tensor.shape, dtype=tensor.dtype, config=config)


def argsort(call: Call, x: Value, axis: Value, direction: Value, stable: Value) -> Tensor:
    """Where the values stand in ascending order (always stable in TensorFlow)."""
    tensor = call.tensor(x, "values")
    if direction != "ASCENDING":
        call.refuse("direction", direction)
    return call.emit("numpy.Argsort", tensor, shape=tensor.shape, dtype="int32", config={"axis": call.axis(axis)})


def l2_loss(call: Call, t: Value) -> Tensor:
    """Half the sum of squares."""
    tensor = call.floating(t, "t")
    square = call.emit("numpy.Square", tensor, shape=tensor.shape, dtype=tensor.dtype)
    return pair(call, "numpy.Multiply", reduce(call, "numpy.Sum", square, None, False), 0.5)


def product_of_sizes(call: Call, x: Value, axis: Value, keepdims: Value) -> Value:
    """A product, also of sizes."""
    if isinstance(x, Sizes):
        if not isinstance(x.value, list) or axis not in (None, 0, -1, [0], [-1]) or keepdims:
            call.refuse("input_tensor", x.value)
        return Sizes(prod(x.value) if x.known else Unknown())
    return widened("numpy.Prod")(call, x, axis, keepdims)


def diagonal(cls: str) -> Any:
    """What stands on the diagonals of a stack of matrices, or its sum."""

    def translate(call: Call, x: Value) -> Tensor:
        tensor = call.floating(x, "x")
        sizes = call.shape(tensor, "x")
        if len(sizes) < 2:
            call.refuse("x", tensor, "it is no matrix")
        both = [size for size in sizes[-2:] if size is not None]
        length = (min(both) if len(both) == 2 else None,) if cls == "numpy.Diagonal" else ()
        config = {"offset": 0, "axis1": len(sizes) - 2, "axis2": len(sizes) - 1}
        return call.emit(cls, tensor, shape=(*sizes[:-2], *length), dtype=tensor.dtype, config=config)

    return translate


_SIGNATURE = "input_tensor axis=None keepdims=None"
_EITHER = FLOATS | INTEGERS

FUNCTIONS: dict[str, Function] = {
    "math.reduce_sum": Function(_SIGNATURE, widened("numpy.Sum")),
    "math.reduce_prod": Function(_SIGNATURE, product_of_sizes, sizes=True),
    "math.reduce_mean": Function(_SIGNATURE, reduction("numpy.Mean", FLOATS)),
    "math.reduce_max": Function(_SIGNATURE, reduction("numpy.Max", _EITHER)),
    "math.reduce_min": Function(_SIGNATURE, reduction("numpy.Min", _EITHER)),
    "math.reduce_std": Function(_SIGNATURE, reduction("numpy.Std", FLOATS)),
    "math.reduce_variance": Function(_SIGNATURE, reduction("numpy.Var", FLOATS)),
    "math.reduce_logsumexp": Function(_SIGNATURE, reduction("math.Logsumexp", FLOATS)),
    "math.reduce_any": Function(_SIGNATURE, reduction("numpy.Any", frozenset({"bool"}))),
    "math.reduce_all": Function(_SIGNATURE, reduction("numpy.All", frozenset({"bool"}))),
    "math.reduce_euclidean_norm": Function(_SIGNATURE, euclidean_norm),
    "norm": Function("tensor ord='euclidean' axis=None keepdims=None", norm),
    "math.count_nonzero": Function("input axis=None keepdims=None dtype='int64'", count_nonzero),
    "nn.moments": Function("x axes shift=None keepdims=False", moments),
    "math.argmax": Function("input axis=None output_type='int64'", extreme("numpy.Argmax", 0)),
    "math.argmin": Function("input axis=None output_type='int64'", extreme("numpy.Argmin", 0)),
    "math.cumsum": Function("x axis=0 exclusive=False reverse=False", cumulative("numpy.Cumsum")),
    "math.cumprod": Function("x axis=0 exclusive=False reverse=False", cumulative("numpy.Cumprod")),
    "math.top_k": Function("input k=1 sorted=True index_type='int32'", top_k),
    "sort": Function("values axis=-1 direction='ASCENDING'", sort),
    "argsort": Function("values axis=-1 direction='ASCENDING' stable=False", argsort),
    "linalg.trace": Function("x", diagonal("numpy.Trace")),
    "linalg.diag_part": Function("input", diagonal("numpy.Diagonal")),
    "compat.v1.norm": Function(
        "tensor ord='euclidean' axis=None keepdims=None keep_dims=None",
        lambda call, x, order, axis, keep, keep_dims: norm(call, x, order, axis, keep or keep_dims),
    ),
    "nn.l2_loss": Function("t", l2_loss),
}
