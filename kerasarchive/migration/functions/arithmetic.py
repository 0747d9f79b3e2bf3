"""Arithmetic, comparisons and other functions that work element by element."""

from __future__ import annotations

from typing import Any

from kerasarchive.migration.functions.call import Call, Function, array, constant_shape
from kerasarchive.migration.functions.tensor import (
    FLOATS,
    INTEGERS,
    Shape,
    Sizes,
    Tensor,
    Value,
    broadcast,
    is_constant,
    is_integer,
    numbers,
)

SIGNED = frozenset({"int8", "int16", "int32", "int64"})


def common(call: Call, x: Value, y: Value) -> str | None:
    """The dtype of two operands, one of them a tensor; TensorFlow does not mix dtypes."""
    kinds = {value.dtype for value in (x, y) if isinstance(value, Tensor)}
    if not kinds:
        call.refuse("x", x, "neither argument is a tensor of the graph")
    known = kinds - {None}
    if len(known) > 1:
        call.refuse("y", y, f"it mixes {' and '.join(sorted(str(kind) for kind in known))}")
    return next(iter(known), None)


def pair(call: Call, cls: str, x: Value, y: Value, *, strict: bool = False, dtype: str | None = None) -> Tensor:
    """An operation on two operands. `dtype` is the result's where it is not theirs."""
    like = common(call, x, y)
    x, y = call.operand(x, "x", like, strict=strict), call.operand(y, "y", like, strict=strict)
    return call.emit(cls, x, y, shape=broadcast(constant_shape(x), constant_shape(y)), dtype=dtype or like)


def binary(cls: str) -> Any:
    """A function that Keras has under another name."""
    return lambda call, x, y: pair(call, cls, x, y)


def numeric(cls: str) -> Any:
    """Such a function where Keras would promote bool, or convert a plain number before it looks at the other."""
    return lambda call, x, y: pair(call, cls, x, y, strict=True)


def compare(cls: str) -> Any:
    """A comparison."""
    return lambda call, x, y: pair(call, cls, x, y, strict=True, dtype="bool")


def logical(cls: str) -> Any:
    """A function of booleans."""

    def translate(call: Call, x: Value, y: Value) -> Tensor:
        if common(call, x, y) != "bool":
            call.refuse("x", x, "it is not known to be boolean")
        return pair(call, cls, x, y, strict=True)

    return translate


def unary(cls: str, dtype: str | None = None) -> Any:
    """A function of one tensor that Keras has and that keeps the dtype (or gives `dtype`)."""

    def translate(call: Call, x: Value) -> Tensor:
        tensor = call.tensor(x, "x")
        return call.emit(cls, tensor, shape=tensor.shape, dtype=dtype or tensor.dtype)

    return translate


def add(call: Call, x: Value, y: Value) -> Tensor | Sizes:
    """Addition. Keras 3.14 and later adds what looks like a bias to the last axis, whatever axis it belongs to
    (``keras/src/backend/tensorflow/numpy.py::add``), so that other shapes are added as ``x - (-y)``, the same number."""
    like = common(call, x, y)
    x, y = call.operand(x, "x", like), call.operand(y, "y", like)
    first, second = constant_shape(x), constant_shape(y)
    shape = broadcast(first, second)
    if harmless(first, second):
        return call.emit("numpy.Add", x, y, shape=shape, dtype=like)
    if harmless(second, first):
        return call.emit("numpy.Add", y, x, shape=shape, dtype=like)
    if not isinstance(y, Tensor):
        x, y, first, second = y, x, second, first
    assert isinstance(y, Tensor)
    if like == "bool":
        call.refuse("x", x, "it is boolean")
    return call.emit("numpy.Subtract", x, call.emit("numpy.Negative", y, shape=second, dtype=like), shape=shape, dtype=like)


def harmless(x: Shape | None, y: Shape | None) -> bool:
    """Whether Keras's shortcut for biases adds `y` to `x` along the right axis, whatever the sizes that are not known."""
    if y == () or x == ():
        return True
    if x is None or y is None:
        return False
    if x == y:
        return True
    if len(y) == 1 and y[0] is not None:
        return len(x) == 1 or (len(x) > 1 and x[-1] == y[0])
    # The shortcut wants at most one axis that is not 1.
    return sum(size is not None and size > 1 for size in y) > 1 and len(y) <= len(x)


def add_n(call: Call, inputs: Value) -> Tensor:
    """The sum of a list."""
    values = inputs if isinstance(inputs, list) else [inputs]
    total = call.tensor(values[0], "inputs") if values else None
    if total is None:
        call.refuse("inputs", inputs)
    for value in values[1:]:
        total = add(call, total, value)
    assert isinstance(total, Tensor)
    return total if len(values) > 1 else call.emit("numpy.Copy", total, shape=total.shape, dtype=total.dtype)


def cast(call: Call, tensor: Tensor, dtype: str) -> Tensor:
    """The tensor in another dtype."""
    return tensor if tensor.dtype == dtype else call.emit("core.Cast", tensor, shape=tensor.shape, dtype=dtype, config={"dtype": dtype})


def divide(call: Call, x: Value, y: Value) -> Tensor:
    """True division. Integers of up to 16 bits are divided as float32, larger ones as float64; Keras takes float32."""
    like = common(call, x, y)
    if like is None:
        if not any(isinstance(value, float) for value in (x, y)):
            call.refuse("x", x, "the result depends on its dtype, which is not known")
        return pair(call, "numpy.TrueDivide", x, y)
    if like in FLOATS:
        return pair(call, "numpy.TrueDivide", x, y)
    if like not in INTEGERS:
        call.refuse("x", x, f"its dtype is {like}")
    wide = "float32" if like in ("int8", "uint8", "int16", "uint16") else "float64"
    operands = []
    for value in (x, y):
        if isinstance(value, Tensor):
            operands.append(cast(call, value, wide))
        else:
            call.operand(value, "y", like)
            operands.append(value)
    return pair(call, "numpy.TrueDivide", *operands)


def divide_no_nan(call: Call, x: Value, y: Value) -> Tensor:
    """Division that gives 0 where `y` is 0."""
    like = common(call, x, y)
    if like not in FLOATS:
        call.refuse("x", x, f"its dtype is {like or 'not known'}")
    divisor = call.operand(y, "y", like)
    shape = constant_shape(divisor)
    zero = call.emit("numpy.Equal", divisor, array(0.0, str(like)), shape=shape, dtype="bool")
    one, nothing = array(1.0, str(like)), array(0.0, str(like))
    safe = call.emit("numpy.Where", zero, one, divisor, shape=shape, dtype=like)
    quotient = pair(call, "numpy.TrueDivide", x, safe)
    return call.emit("numpy.Where", zero, nothing, quotient, shape=quotient.shape, dtype=like)


def remainder(call: Call, x: Value, y: Value) -> Tensor:
    """The remainder with the sign of the divisor."""
    if common(call, x, y) not in FLOATS | INTEGERS:
        call.refuse("x", x, "its dtype is not known")
    return pair(call, "numpy.Mod", x, y, strict=True)


def squared_difference(call: Call, x: Value, y: Value) -> Tensor:
    """The square of the difference."""
    difference = pair(call, "numpy.Subtract", x, y)
    return call.emit("numpy.Square", difference, shape=difference.shape, dtype=difference.dtype)


def scalar_mul(call: Call, scalar: Value, x: Value) -> Tensor:
    """Multiplication by a scalar."""
    return pair(call, "numpy.Multiply", scalar, x)


def to_dtype(call: Call, x: Value, dtype: Value) -> Value:
    """A cast."""
    if not isinstance(dtype, str) or dtype not in FLOATS | INTEGERS | {"bool"}:
        call.refuse("dtype", dtype)
    if isinstance(x, Sizes):
        return _cast_sizes(x, dtype)
    if not isinstance(x, Tensor) and is_constant(x):
        return _mapped(x, float if dtype in FLOATS else int if dtype in INTEGERS else bool)
    tensor = call.tensor(x, "x")
    # A cast to the same dtype gives the very same tensor in both, with the mask that it may carry.
    return call.emit("core.Cast", tensor, shape=tensor.shape, dtype=dtype, config={"dtype": dtype})


def _cast_sizes(x: Sizes, dtype: str) -> Value:
    if dtype in INTEGERS:
        return x
    convert = float if dtype in FLOATS else bool
    return _mapped(x.value, convert) if x.known else x


def _mapped(value: Any, convert: Any) -> Any:
    return [_mapped(item, convert) for item in value] if isinstance(value, list) else convert(value)


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


def multiply_no_nan(call: Call, x: Value, y: Value) -> Tensor:
    """A product that is 0 where `y` is 0, whatever `x` is."""
    like = common(call, x, y)
    if like not in FLOATS:
        call.refuse("x", x, f"its dtype is {like or 'not known'}")
    factor, zero = call.operand(y, "y", like), array(0.0, str(like))
    nothing = call.emit("numpy.Equal", factor, zero, shape=constant_shape(factor), dtype="bool")
    product = pair(call, "numpy.Multiply", x, y)
    return call.emit("numpy.Where", nothing, zero, product, shape=product.shape, dtype=like)


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
        return filled if dtype is None else to_dtype(call, filled, dtype)

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
    "math.multiply_no_nan": Function("x y", multiply_no_nan),
    "math.floor": Function("x", on_floats("numpy.Floor")),
    "math.ceil": Function("x", on_floats("numpy.Ceil")),
    "math.rsqrt": Function("x", on_floats("math.Rsqrt")),
    "math.erf": Function("x", on_floats("math.Erf")),
    "math.is_nan": Function("x", unary("numpy.Isnan", "bool")),
    "math.is_inf": Function("x", unary("numpy.Isinf", "bool")),
    "math.is_finite": Function("x", unary("numpy.Isfinite", "bool")),
    "math.logical_not": Function("x", unary("numpy.LogicalNot", "bool")),
    "math.add": Function("x y", add),
    "__operators__.add": Function("x y", add),
    "math.subtract": Function("x y", binary("numpy.Subtract")),
    "math.multiply": Function("x y", binary("numpy.Multiply")),
    "math.truediv": Function("x y", divide),
    "math.divide": Function("x y", divide),
    "realdiv": Function("x y", divide),
    "math.divide_no_nan": Function("x y", divide_no_nan),
    "math.floordiv": Function("x y", binary("numpy.FloorDivide")),
    "compat.v1.floor_div": Function("x y", binary("numpy.FloorDivide")),
    "math.floormod": Function("x y", remainder),
    "math.pow": Function("x y", binary("numpy.Power")),
    "math.maximum": Function("x y", binary("numpy.Maximum")),
    "math.minimum": Function("x y", binary("numpy.Minimum")),
    "math.atan2": Function("y x", lambda call, y, x: numeric("numpy.Arctan2")(call, y, x)),
    "math.squared_difference": Function("x y", squared_difference),
    "math.scalar_mul": Function("scalar x", scalar_mul),
    "compat.v1.math.scalar_mul": Function("scalar x", scalar_mul),
    "math.add_n": Function("inputs", add_n),
    "math.accumulate_n": Function("inputs shape=None tensor_dtype=None", lambda call, inputs, shape, kind: add_n(call, inputs)),
    **{
        f"math.{name}": Function("x y", compare(f"numpy.{cls}"))
        for name, cls in {
            "greater": "Greater", "greater_equal": "GreaterEqual", "less": "Less", "less_equal": "LessEqual",
            "equal": "Equal", "not_equal": "NotEqual",
        }.items()
    },
    "__operators__.eq": Function("self other", compare("numpy.Equal")),
    "__operators__.ne": Function("self other", compare("numpy.NotEqual")),
    "math.logical_and": Function("x y", logical("numpy.LogicalAnd")),
    "math.logical_or": Function("x y", logical("numpy.LogicalOr")),
    "math.logical_xor": Function("x y", logical("numpy.LogicalXor")),
    "cast": Function("x dtype", to_dtype, sizes=True),
    "clip_by_value": Function("t clip_value_min clip_value_max", clip_by_value),
    "where": Function("condition x=None y=None", where),
    "compat.v1.where": Function("condition x=None y=None", where_v1),
    "identity": Function("input", copy),
    "stop_gradient": Function("input", stop_gradient),
    "convert_to_tensor": Function("value dtype=None", converted),
    "zeros_like": Function("input dtype=None", like("numpy.ZerosLike")),
    "ones_like": Function("input dtype=None", like("numpy.OnesLike")),
}  # fmt: skip
