"""Functions of `tf.keras.backend`, by those of TensorFlow that they call."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kerasarchive.migration.functions.activation import number
from kerasarchive.migration.functions.arrangement import expanded, reshaped
from kerasarchive.migration.functions.call import Call, Function, constant_shape
from kerasarchive.migration.functions.elementwise import to_dtype
from kerasarchive.migration.functions.tensor import Tensor, Value

_SAME = {
    "abs": "math.abs", "exp": "math.exp", "log": "math.log", "square": "math.square", "sign": "math.sign",
    "sin": "math.sin", "cos": "math.cos", "pow": "math.pow", "maximum": "math.maximum", "minimum": "math.minimum",
    "sigmoid": "math.sigmoid", "tanh": "math.tanh", "softplus": "math.softplus", "softsign": "nn.softsign",
    "greater": "math.greater", "greater_equal": "math.greater_equal", "less": "math.less",
    "less_equal": "math.less_equal", "equal": "math.equal", "not_equal": "math.not_equal", "transpose": "transpose",
    "zeros_like": "zeros_like", "ones_like": "ones_like", "stop_gradient": "stop_gradient",
    "hard_sigmoid": "keras.activations.hard_sigmoid", "relu": "keras.activations.relu",
    "elu": "keras.activations.elu", "reshape": "reshape", "squeeze": "squeeze", "expand_dims": "expand_dims",
    "permute_dimensions": "transpose", "stack": "stack", "concatenate": "concat", "one_hot": "one_hot",
    "gather": "gather", "max": "math.reduce_max", "min": "math.reduce_min", "sum": "math.reduce_sum",
    "prod": "math.reduce_prod",
}  # fmt: skip
"""What only calls a function of TensorFlow with the same arguments."""

_PARAMETERS = {
    "pow": "x a", "expand_dims": "x axis=-1", "permute_dimensions": "x pattern", "concatenate": "tensors axis=-1",
    "one_hot": "indices num_classes", "gather": "reference indices", "stack": "x axis=0", "squeeze": "x axis",
    "transpose": "x",
}  # fmt: skip
_ARGUMENTS = {
    "permute_dimensions": (False,),
    "one_hot": (None, None, None, None),
    "transpose": (None, False),
}


def table(functions: Mapping[str, Function]) -> dict[str, Function]:
    """The functions of `tf.keras.backend`, given those of TensorFlow."""
    found = {f"keras.backend.{name}": _renamed(name, functions[same]) for name, same in _SAME.items()}
    return found | {f"keras.backend.{name}": function for name, function in _others(functions).items()}


def _renamed(name: str, function: Function) -> Function:
    if name == "gather":
        return Function("reference indices", lambda call, x, i: function.translate(call, x, i, None, None, 0))
    more = _ARGUMENTS.get(name, ())
    return Function(
        _PARAMETERS.get(name, function.parameters),
        lambda call, *values: function.translate(call, *values, *more),
        sizes=function.sizes,
    )


def _others(functions: Mapping[str, Function]) -> dict[str, Function]:
    def called(name: str, call: Call, *values: Value) -> Any:
        return functions[name].translate(call, *values)

    def floats(call: Call, x: Value) -> Tensor:
        """K casts booleans for a mean; kav leaves that alone."""
        return call.floating(x, "x")

    def reduction(name: str) -> Any:
        return lambda call, x, axis, keepdims: called(name, call, floats(call, x), axis, keepdims)

    def sqrt(call: Call, x: Value) -> Tensor:
        """Negative values count as 0."""
        tensor = floats(call, x)
        positive = called("math.maximum", call, tensor, 0.0)
        result = called("math.sqrt", call, positive)
        assert isinstance(result, Tensor)
        return result

    def clip(call: Call, x: Value, low: Value, high: Value) -> Any:
        if number(call, low, "min_value") > number(call, high, "max_value"):
            call.refuse("max_value", high)
        return called("clip_by_value", call, floats(call, x), low, high)

    def repeat(call: Call, x: Value, n: Value) -> Any:
        tensor = expanded(call, call.tensor(x, "x"), 1)
        return called("tile", call, tensor, [1, call.axis(n, "n"), 1])

    def flatten(call: Call, x: Value) -> Tensor:
        return reshaped(call, call.tensor(x, "x"), [-1])

    def dot(call: Call, x: Value, y: Value) -> Any:
        tensor = floats(call, x)
        if len(constant_shape(y) or ()) != 2:
            call.refuse("y", y, "it is not known to be a matrix")
        return called("tensordot", call, tensor, y, [[len(call.shape(tensor, "x")) - 1], [0]])

    def l2_normalize(call: Call, x: Value, axis: Value) -> Any:
        return called("math.l2_normalize", call, x, axis, 1e-12, None)

    return {
        "mean": Function("x axis=None keepdims=False", reduction("math.reduce_mean")),
        "std": Function("x axis=None keepdims=False", reduction("math.reduce_std")),
        "var": Function("x axis=None keepdims=False", reduction("math.reduce_variance")),
        "argmax": Function("x axis=-1", lambda call, x, axis: called("math.argmax", call, x, axis, "int64")),
        "argmin": Function("x axis=-1", lambda call, x, axis: called("math.argmin", call, x, axis, "int64")),
        "cumsum": Function("x axis=0", lambda call, x, axis: called("math.cumsum", call, x, axis, False, False)),
        "cumprod": Function("x axis=0", lambda call, x, axis: called("math.cumprod", call, x, axis, False, False)),
        "softmax": Function("x axis=-1", lambda call, x, axis: called("nn.softmax", call, x, axis)),
        "sqrt": Function("x", sqrt),
        "clip": Function("x min_value max_value", clip),
        "cast": Function("x dtype", to_dtype, sizes=True),
        "repeat": Function("x n", repeat),
        "repeat_elements": Function("x rep axis", lambda call, x, n, axis: called("repeat", call, x, n, axis)),
        "tile": Function("x n", lambda call, x, n: called("tile", call, x, n)),
        "flatten": Function("x", flatten),
        "dot": Function("x y", dot),
        "l2_normalize": Function("x axis=None", l2_normalize),
        "shape": Function("x", lambda call, x: called("shape", call, x, None)),
    }
