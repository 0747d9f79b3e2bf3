"""Arithmetic, comparisons and other functions that work element by element."""

from __future__ import annotations

from typing import Any

from kerasarchive.migration.functions.call import Call, Function, array, constant_shape
from kerasarchive.migration.functions.tensor import (
    FLOATS,
    INTEGERS,
    Shape,
    Tensor,
    Value,
    broadcast,
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


def add(call: Call, x: Value, y: Value) -> Tensor:
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
    return call.emit(
        "numpy.Subtract", x, call.emit("numpy.Negative", y, shape=second, dtype=like), shape=shape, dtype=like
    )


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
    if tensor.dtype == dtype:
        return tensor
    return call.emit("core.Cast", tensor, shape=tensor.shape, dtype=dtype, config={"dtype": dtype})


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
    one, nothing = array(1.0, str(like)), array(0.0, str(like))
    zero = _zeros(call, y, str(like))
    if isinstance(y, Tensor):
        y = call.emit("numpy.Where", zero, one, y, shape=y.shape, dtype=like)
    else:
        y = mapped(y, lambda value: float(value) or 1.0)
    quotient = pair(call, "numpy.TrueDivide", x, y)
    return call.emit("numpy.Where", zero, nothing, quotient, shape=quotient.shape, dtype=like)


def _zeros(call: Call, y: Value, dtype: str) -> Value:
    """Where `y` is 0: a tensor, or an array of what is known before."""
    if isinstance(y, Tensor):
        return call.emit("numpy.Equal", y, array(0.0, dtype), shape=y.shape, dtype="bool")
    call.operand(y, "y", dtype)
    return array(mapped(y, lambda value: value == 0), "bool")


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


def mapped(value: Any, convert: Any) -> Any:
    """Nested lists with every scalar converted."""
    return [mapped(item, convert) for item in value] if isinstance(value, list) else convert(value)


def multiply_no_nan(call: Call, x: Value, y: Value) -> Tensor:
    """A product that is 0 where `y` is 0, whatever `x` is."""
    like = common(call, x, y)
    if like not in FLOATS:
        call.refuse("x", x, f"its dtype is {like or 'not known'}")
    nothing = _zeros(call, y, str(like))
    product = pair(call, "numpy.Multiply", x, y)
    return call.emit("numpy.Where", nothing, array(0.0, str(like)), product, shape=product.shape, dtype=like)


FUNCTIONS: dict[str, Function] = {
    "math.multiply_no_nan": Function("x y", multiply_no_nan),
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
}  # fmt: skip
