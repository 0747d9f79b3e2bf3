"""Activations and normalizations."""

from __future__ import annotations

from typing import Any

from kerasarchive.migration.functions.arithmetic import pair
from kerasarchive.migration.functions.call import Call, Function
from kerasarchive.migration.functions.reduction import reduce
from kerasarchive.migration.functions.tensor import FLOATS, Tensor, Value, is_number, with_size


def apply(call: Call, cls: str, x: Tensor, **config: Any) -> Tensor:
    """An operation that keeps shape and dtype."""
    return call.emit(cls, x, shape=x.shape, dtype=x.dtype, config=config)


def plain(cls: str) -> Any:
    """An activation without arguments."""
    return lambda call, x: apply(call, cls, call.tensor(x, "features"))


def along(cls: str) -> Any:
    """An activation along an axis."""
    return lambda call, x, axis: apply(
        call, cls, call.tensor(x, "logits"), axis=-1 if axis is None else call.axis(axis)
    )


def gelu(call: Call, x: Value, approximate: Value) -> Tensor:
    """Gelu, exact unless asked otherwise."""
    return apply(call, "nn.Gelu", call.tensor(x, "features"), approximate=call.flag(approximate, "approximate"))


def number(call: Call, value: Value, argument: str) -> float:
    """A number."""
    if not is_number(value):
        call.refuse(argument, value)
    return float(value)


def leaky_relu(call: Call, x: Value, alpha: Value) -> Tensor:
    """Leaky relu."""
    return apply(call, "nn.LeakyRelu", call.floating(x, "features"), negative_slope=number(call, alpha, "alpha"))


def elu(call: Call, x: Value, alpha: Value) -> Tensor:
    """Elu."""
    return apply(call, "nn.Elu", call.floating(x, "features"), alpha=number(call, alpha, "alpha"))


def silu(call: Call, x: Value, beta: Value) -> Tensor:
    """``x * sigmoid(beta * x)``."""
    tensor = call.floating(x, "features")
    if beta in (1, 1.0, None):
        return apply(call, "nn.Silu", tensor)
    return pair(call, "numpy.Multiply", tensor, apply(call, "nn.Sigmoid", pair(call, "numpy.Multiply", tensor, beta)))


def crelu(call: Call, x: Value, axis: Value) -> Tensor:
    """Relu of the values beside relu of their negatives."""
    tensor = call.floating(x, "features")
    place = call.axis(axis)
    size = tensor.shape[place] if tensor.shape else None
    halves = [apply(call, "nn.Relu", tensor), apply(call, "nn.Relu", apply(call, "numpy.Negative", tensor))]
    shape = with_size(tensor.shape, place, None if size is None else 2 * size)
    return call.emit("numpy.Concatenate", halves, shape=shape, dtype=tensor.dtype, config={"axis": place})


def l2_normalize(call: Call, x: Value, axis: Value, epsilon: Value, dim: Value) -> Tensor:
    """``x * rsqrt(max(sum(x ** 2), epsilon))``: the epsilon limits the sum, which no operation of Keras does."""
    tensor = call.floating(x, "x")
    if dim is not None:
        call.refuse("dim", dim)
    total = reduce(call, "numpy.Sum", apply(call, "numpy.Square", tensor), axis, True)
    root = apply(call, "math.Rsqrt", pair(call, "numpy.Maximum", total, number(call, epsilon, "epsilon")))
    return pair(call, "numpy.Multiply", tensor, root)


def relu(call: Call, x: Value, alpha: Value, max_value: Value, threshold: Value) -> Tensor:
    """Relu with the arguments of `keras.activations.relu` at their defaults, or with a slope or a limit alone."""
    tensor = call.floating(x, "x")
    if threshold not in (0, 0.0):
        call.refuse("threshold", threshold)
    if alpha in (0, 0.0, None):
        result = apply(call, "nn.Relu", tensor)
    else:
        slope = number(call, alpha, "alpha")
        if max_value is not None and slope < 0:
            call.refuse("alpha", alpha)
        result = apply(call, "nn.LeakyRelu", tensor, negative_slope=slope)
    if max_value is None:
        return result
    limit = number(call, max_value, "max_value")
    if limit < 0:
        call.refuse("max_value", max_value)
    return pair(call, "numpy.Minimum", result, limit)


def hard_sigmoid(call: Call, x: Value) -> Tensor:
    """``clip(0.2 * x + 0.5, 0, 1)``: hard_sigmoid of Keras 3 is another function."""
    line = pair(call, "numpy.Add", pair(call, "numpy.Multiply", call.floating(x, "x"), 0.2), 0.5)
    return pair(call, "numpy.Minimum", pair(call, "numpy.Maximum", line, 0.0), 1.0)


def mish(call: Call, x: Value) -> Tensor:
    """``x * tanh(softplus(x))``."""
    tensor = call.floating(x, "x")
    return pair(call, "numpy.Multiply", tensor, apply(call, "numpy.Tanh", apply(call, "nn.Softplus", tensor)))


def softmax_of_keras(call: Call, x: Value, axis: Value) -> Tensor:
    """Softmax."""
    return apply(call, "nn.Softmax", call.floating(x, "x"), axis=call.axis(axis))


def linear(call: Call, x: Value) -> Tensor:
    """The values themselves."""
    return apply(call, "numpy.Copy", call.tensor(x, "x"))


def clip_by_norm(call: Call, t: Value, clip_norm: Value, axes: Value) -> Tensor:
    """``t * clip_norm / max(norm(t), clip_norm)``."""
    tensor = call.floating(t, "t")
    if call.dtype(tensor, "t", FLOATS) != "float32":
        call.refuse("t", tensor, f"its dtype is {tensor.dtype}")
    limit = number(call, clip_norm, "clip_norm")
    total = reduce(call, "numpy.Sum", apply(call, "numpy.Square", tensor), axes, True)
    longest = pair(call, "numpy.Maximum", apply(call, "numpy.Sqrt", total), limit)
    return pair(call, "numpy.TrueDivide", pair(call, "numpy.Multiply", tensor, limit), longest)


FUNCTIONS: dict[str, Function] = {
    "nn.relu": Function("features", plain("nn.Relu")),
    "nn.relu6": Function("features", plain("nn.Relu6")),
    "nn.selu": Function("features", plain("nn.Selu")),
    "nn.softsign": Function("features", plain("nn.Softsign")),
    "math.softplus": Function("features", plain("nn.Softplus")),
    "math.sigmoid": Function("x", plain("nn.Sigmoid")),
    "math.log_sigmoid": Function("x", plain("nn.LogSigmoid")),
    "nn.softmax": Function("logits axis=None", along("nn.Softmax")),
    "nn.log_softmax": Function("logits axis=None", along("nn.LogSoftmax")),
    "nn.gelu": Function("features approximate=False", gelu),
    "nn.leaky_relu": Function("features alpha=0.2", leaky_relu),
    "nn.elu": Function("features", lambda call, x: elu(call, x, 1.0)),
    "nn.silu": Function("features beta=1.0", silu),
    "nn.crelu": Function("features axis=-1", crelu),
    "compat.v1.nn.crelu": Function("features axis=-1", crelu),
    "math.l2_normalize": Function("x axis=None epsilon=1e-12 dim=None", l2_normalize),
    "clip_by_norm": Function("t clip_norm axes=None", clip_by_norm),
    "keras.activations.relu": Function("x alpha=0.0 max_value=None threshold=0.0", relu),
    "keras.activations.elu": Function("x alpha=1.0", elu),
    "keras.activations.gelu": Function("x approximate=False", gelu),
    "keras.activations.softmax": Function("x axis=-1", softmax_of_keras),
    "keras.activations.selu": Function("x", plain("nn.Selu")),
    "keras.activations.swish": Function("x", plain("nn.Silu")),
    "keras.activations.softplus": Function("x", plain("nn.Softplus")),
    "keras.activations.softsign": Function("x", plain("nn.Softsign")),
    "keras.activations.sigmoid": Function("x", plain("nn.Sigmoid")),
    "keras.activations.tanh": Function("x", plain("numpy.Tanh")),
    "keras.activations.exponential": Function("x", plain("numpy.Exp")),
    "keras.activations.hard_sigmoid": Function("x", hard_sigmoid),
    "keras.activations.mish": Function("x", mish),
    "keras.activations.linear": Function("x", linear),
}
