"""Functions of one tensor that work element by element, casts and choices."""

from __future__ import annotations

from typing import Any

from kerasarchive.migration.functions.arithmetic import common, mapped, pair
from kerasarchive.migration.functions.call import Call, Function, array, constant_shape
from kerasarchive.migration.functions.tensor import (
    FLOATS,
    INTEGERS,
    Sizes,
    Tensor,
    Value,
    broadcast,
    is_constant,
    is_integer,
    numbers,
)


def unary(cls: str, dtype: str | None = None) -> Any:
    """A function of one tensor that Keras has and that keeps the dtype (or gives `dtype`)."""

    def translate(call: Call, x: Value) -> Tensor:
        tensor = call.tensor(x, "x")
        return call.emit(cls, tensor, shape=tensor.shape, dtype=dtype or tensor.dtype)

    return translate


def to_dtype(call: Call, x: Value, dtype: Value) -> Tensor | Sizes:
    """A cast."""
    if not isinstance(dtype, str) or dtype not in FLOATS | INTEGERS | {"bool"}:
        call.refuse("dtype", dtype)
    if isinstance(x, Sizes):
        return _cast_sizes(x, dtype)
    if not isinstance(x, Tensor) and is_constant(x):
        return _cast_sizes(Sizes(x), dtype)
    tensor = call.tensor(x, "x")
    # A cast to the same dtype gives the very same tensor in both, with the mask that it may carry.
    return call.emit("core.Cast", tensor, shape=tensor.shape, dtype=dtype, config={"dtype": dtype})


def _cast_sizes(x: Sizes, dtype: str) -> Sizes:
    convert = float if dtype in FLOATS else int if dtype in INTEGERS else bool
    return Sizes(mapped(x.value, convert)) if x.known else x


def clip_by_value(call: Call, t: Value, low: Value, high: Value) -> Tensor:
    """First the upper limit, then the lower one, as TensorFlow does it."""
    tensor = call.tensor(t, "t")
    scalars = not any(isinstance(limit, (Tensor, list)) for limit in (low, high))
    if scalars and tensor.dtype == "float32" and float(low) <= float(high):
        limits = {"x_min": float(low), "x_max": float(high)}
        return call.emit("numpy.Clip", tensor, shape=tensor.shape, dtype="float32", config=limits)
    return pair(call, "numpy.Maximum", pair(call, "numpy.Minimum", tensor, high), low)


def where(call: Call, condition: Value, x: Value, y: Value) -> Tensor:
    """A choice, element by element, with broadcasting."""
    if x is None or y is None:
        call.refuse("x", x, "the places where it holds are as many as the run finds, which no graph of Keras 3 says")
    if isinstance(condition, Tensor) and condition.dtype != "bool":
        call.refuse("condition", condition, "it is not known to be boolean")
    choice = condition if isinstance(condition, Tensor) else call.operand(condition, "condition", "bool")
    if isinstance(x, Tensor) or isinstance(y, Tensor):
        like = common(call, x, y)
    else:
        whole = all(is_integer(item) for item in (*numbers(x), *numbers(y)))
        like = "int32" if whole else "float32"
        if any(isinstance(item, bool) for item in (*numbers(x), *numbers(y))):
            like = "bool"
    strict = not (isinstance(x, Tensor) or isinstance(y, Tensor))
    first, second = call.operand(x, "x", like), call.operand(y, "y", like)
    if strict and not isinstance(first, dict):
        first, second = array(first, str(like)), array(second, str(like))
    shape = broadcast(constant_shape(choice), constant_shape(first), constant_shape(second))
    return call.emit("numpy.Where", choice, first, second, shape=shape, dtype=like)


def where_v1(call: Call, condition: Value, x: Value, y: Value) -> Tensor:
    """A choice without broadcasting; a vector as condition chooses whole rows."""
    shapes = {value.shape for value in (condition, x, y) if isinstance(value, Tensor)}
    if len(shapes) != 1 or None in shapes or not all(isinstance(value, Tensor) for value in (condition, x, y)):
        call.refuse("condition", condition, "its shape is not that of the others, or not known")
    return where(call, condition, x, y)


def rounded(call: Call, x: Value) -> Tensor:
    """Halves go to the even neighbour."""
    tensor = call.floating(x, "x")
    return call.emit("numpy.Round", tensor, shape=tensor.shape, dtype=tensor.dtype, config={"decimals": 0})


def copy(call: Call, x: Value) -> Tensor:
    """The same values as a tensor of their own."""
    tensor = call.tensor(x, "input")
    return call.emit("numpy.Copy", tensor, shape=tensor.shape, dtype=tensor.dtype)


def converted(call: Call, value: Value, dtype: Value) -> Tensor:
    """A conversion of what is a tensor already."""
    tensor = call.tensor(value, "value")
    if dtype is not None and dtype != tensor.dtype:
        call.refuse("dtype", dtype)
    return copy(call, tensor)


def stop_gradient(call: Call, x: Value) -> Tensor:
    """The same values, through which no gradient flows."""
    tensor = call.tensor(x, "input")
    return call.emit("core.StopGradient", tensor, shape=tensor.shape, dtype=tensor.dtype)


def like(cls: str) -> Any:
    """Zeros or ones in the shape of a tensor."""

    def translate(call: Call, x: Value, dtype: Value) -> Tensor:
        tensor = call.tensor(x, "input")
        filled = call.emit(cls, tensor, shape=tensor.shape, dtype=tensor.dtype)
        if dtype is None:
            return filled
        converted = to_dtype(call, filled, dtype)
        assert isinstance(converted, Tensor)
        return converted

    return translate


def on_floats(cls: str) -> Any:
    """A function of one tensor that Keras computes alike for floats only."""

    def translate(call: Call, x: Value) -> Tensor:
        tensor = call.floating(x, "x")
        return call.emit(cls, tensor, shape=tensor.shape, dtype=tensor.dtype)

    return translate


_UNARY = {
    "Absolute": "math.abs", "Exp": "math.exp", "Expm1": "math.expm1", "Log": "math.log", "Log1p": "math.log1p",
    "Sqrt": "math.sqrt", "Sin": "math.sin", "Cos": "math.cos", "Tan": "math.tan", "Arcsin": "math.asin",
    "Arccos": "math.acos", "Arctan": "math.atan", "Sinh": "math.sinh", "Cosh": "math.cosh", "Tanh": "math.tanh",
    "Arcsinh": "math.asinh", "Arccosh": "math.acosh", "Arctanh": "math.atanh", "Reciprocal": "math.reciprocal",
    "Negative": "math.negative", "Square": "math.square", "Sign": "math.sign",
}  # fmt: skip
_KEEPING = ("Negative", "Square", "Sign", "Absolute")

FUNCTIONS: dict[str, Function] = {
    **{
        function: Function("x", unary(f"numpy.{cls}") if cls in _KEEPING else on_floats(f"numpy.{cls}"))
        for cls, function in _UNARY.items()
    },
    "math.round": Function("x", rounded),
    "math.rint": Function("x", rounded),
    "math.floor": Function("x", on_floats("numpy.Floor")),
    "math.ceil": Function("x", on_floats("numpy.Ceil")),
    "math.rsqrt": Function("x", on_floats("math.Rsqrt")),
    "math.erf": Function("x", on_floats("math.Erf")),
    "math.is_nan": Function("x", unary("numpy.Isnan", "bool")),
    "math.is_inf": Function("x", unary("numpy.Isinf", "bool")),
    "math.is_finite": Function("x", unary("numpy.Isfinite", "bool")),
    "math.logical_not": Function("x", unary("numpy.LogicalNot", "bool")),
    "cast": Function("x dtype", to_dtype, sizes=True),
    "clip_by_value": Function("t clip_value_min clip_value_max", clip_by_value),
    "where": Function("condition x=None y=None", where),
    "compat.v1.where": Function("condition x=None y=None", where_v1),
    "identity": Function("input", copy),
    "stop_gradient": Function("input", stop_gradient),
    "convert_to_tensor": Function("value dtype=None", converted),
    "zeros_like": Function("input dtype=None", like("numpy.ZerosLike")),
    "ones_like": Function("input dtype=None", like("numpy.OnesLike")),
}
