"""Operations of Keras 3 in a graph, said as functions of TensorFlow: the op layers of tf.keras, one for each operation.

Only what one function of TensorFlow computes exactly is said; the dtypes of its tensors, which the archive spells, decide,
since TensorFlow does not mix them and Keras 3 does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any, NoReturn

from kerasarchive.layout.parts import is_graph, is_operation
from kerasarchive.migration.functions.arithmetic import harmless
from kerasarchive.migration.functions.tensor import FLOATS, is_integer, is_number, shape_of
from kerasarchive.migration.operations.operation import Log, Refuse
from kerasarchive.model.objects import Node, Object, Ref, leaves

ADVICE = "replace it by a layer that both releases have, save it again, and migrate that"
MODULE = "keras.src.layers.core.tf_op_layer"

Given = dict[str, Any]
Said = tuple[str, Any, Given]
"""A function below ``tf.``, its first argument and the others by name."""
Say = Callable[[Given], Said]
"""From the operation's own arguments and those of its call, by name, to what says the same."""


def speak_back(model: Object, log: Log) -> Object:
    """`model` with an op layer in place of each operation; an operation that nothing says is refused, and stays."""
    if not is_graph(model) or not any(is_operation(layer) for layer in model.config["layers"]):
        return model
    layers = [_layer(layer, log) if is_operation(layer) else layer for layer in model.config["layers"]]
    return replace(model, config={**model.config, "layers": layers})


def _layer(operation: Object, log: Log) -> Object:
    said: list[Said] = []
    name = f"{(operation.module or '').rpartition('.')[2]}.{operation.class_name}"
    try:
        for node in operation.nodes or ():
            said.append(_said(name, operation, node))
        if not said or len({function for function, _, _ in said}) > 1:
            _no("it is called in ways that are no single function of TensorFlow")
    except Refuse as refusal:
        log.refuse(operation, refusal.reason, refusal.advice or ADVICE)
        return operation
    function = said[0][0]
    return replace(
        operation,
        class_name="SlicingOpLambda" if function.endswith("getitem") else "TFOpLambda",
        module=MODULE,
        registered_name="SlicingOpLambda" if function.endswith("getitem") else "TFOpLambda",
        config={"name": operation.name, "trainable": True, "dtype": "float32", "function": function},
        nodes=tuple(Node((first,), keywords) for _, first, keywords in said),
        extra={},
    )


def _said(name: str, operation: Object, node: Node) -> Said:
    if name not in TABLE:
        reason = f"tf.keras has no such operation, and kav knows no function of TensorFlow that computes exactly what {name} does"
        raise Refuse(reason, ADVICE)
    signature, say = TABLE[name]
    order = signature.split()
    if len(node.args) > len(order):
        reason = "it is called with more arguments than the operation takes"
        raise Refuse(reason)
    config = {key: value for key, value in dict(operation.config).items() if key not in ("name", "dtype")}
    own = operation.get("dtype")
    given = {**config, **dict(zip(order, node.args, strict=False)), **dict(node.kwargs)}
    if own is not None:
        given["dtype"] = own
    function, first, keywords = say(given)
    for value in (first, keywords):
        if any(ref.dtype is None for ref in leaves(value)):
            reason = "the archive does not say of what dtype its tensors are"
            raise Refuse(reason)
    return function, first, keywords


def _no(what: str) -> NoReturn:
    reason = f"{what}, where Keras 3 and TensorFlow may differ"
    raise Refuse(reason, ADVICE)


def _dtypes(values: Iterable[Any]) -> set[str | None]:
    return {ref.dtype for value in values for ref in leaves(value)}


def _only(given: Given, *expected: str) -> None:
    """Refuse arguments that the table does not know, unless they are left open."""
    for key, value in given.items():
        if key not in expected and value is not None:
            _no(f"it is given `{key}`")


def _operands(given: Given, *names: str, kinds: frozenset[str]) -> list[Any]:
    """Tensors of one dtype, and plain constants that TensorFlow takes for it."""
    _only(given, *names)
    values = [given.get(name) for name in names]
    found = _dtypes(values)
    if len(found) != 1 or not found <= kinds:
        shown = " and ".join(sorted(str(kind) for kind in found)) or "constants"
        _no(f"it computes with {shown}")
    floating = found <= FLOATS
    for value in values:
        if isinstance(value, Ref):
            continue
        if not (is_number(value) if floating else is_integer(value)):
            _no("one of its arguments is neither a tensor nor a number of the same kind")
    return values


WHOLE = frozenset({"int32", "int64"})


def _pair(function: str, kinds: frozenset[str] = FLOATS | WHOLE) -> tuple[str, Say]:
    def say(given: Given) -> Said:
        first, second = _operands(given, "x1", "x2", kinds=kinds)
        return function, first, {"y": second}

    return "x1 x2", say


def _add(given: Given) -> Said:
    first, second = _operands(given, "x1", "x2", kinds=FLOATS | WHOLE)
    shapes = [value.shape if isinstance(value, Ref) else shape_of(value) for value in (first, second)]
    if not harmless(*shapes):
        # Keras 3.14 and later adds it to the last axis where it looks like a bias.
        _no("it adds tensors of different shapes")
    return "math.add", first, {"y": second}


def _single(function: str, argument: str = "x", **constants: Any) -> tuple[str, Say]:
    def say(given: Given) -> Said:
        _only(given, argument)
        _floating(given[argument])
        return function, given[argument], dict(constants)

    return argument, say


def _floating(*values: Any) -> None:
    found = _dtypes(values)
    if len(found) != 1 or not found <= FLOATS:
        _no("its tensors are not all of one floating dtype")


def _reduced(function: str) -> tuple[str, Say]:
    def say(given: Given) -> Said:
        _only(given, "x", "axis", "keepdims")
        _floating(given["x"])
        axis = given.get("axis")
        if not (axis is None or is_integer(axis) or (isinstance(axis, list) and all(map(is_integer, axis)))):
            _no("its axis is no number")
        return function, given["x"], {"axis": axis, "keepdims": bool(given.get("keepdims"))}

    return "x", say


def _with_axis(function: str, argument: str, *, listed: bool, floating: bool = False) -> tuple[str, Say]:
    def say(given: Given) -> Said:
        _only(given, argument, "axis")
        value = given[argument]
        if not is_integer(given.get("axis")) or isinstance(value, list) is not listed:
            _no("its axis is no number")
        if len(_dtypes([value])) != 1 or (listed and not all(isinstance(item, Ref) for item in value)):
            _no("its tensors are not all of one dtype")
        if floating:
            _floating(value)
        return function, value, {"axis": given["axis"]}

    return argument, say


def _reshape(given: Given) -> Said:
    _only(given, "x", "newshape", "new_shape")
    # Keras 3.0.4 and before call it `new_shape`, in the form of which it is by now.
    shape = given.get("newshape", given.get("new_shape"))
    if not isinstance(shape, list) or not all(map(is_integer, shape)):
        _no("its new shape is not all numbers")
    return "reshape", given["x"], {"shape": shape}


def _transpose(given: Given) -> Said:
    _only(given, "x", "axes")
    return "transpose", given["x"], {"perm": given.get("axes")}


def _swapaxes(given: Given) -> Said:
    _only(given, "x", "axis1", "axis2")
    shape = given["x"].shape if isinstance(given["x"], Ref) else None
    if shape is None:
        _no("how many axes it has is not known")
    order = list(range(len(shape)))
    one, two = given["axis1"], given["axis2"]
    order[one], order[two] = order[two], order[one]
    return "transpose", given["x"], {"perm": order}


def _clip(given: Given) -> Said:
    _only(given, "x", "x_min", "x_max")
    _floating(given["x"])
    if not is_number(given.get("x_min")) or not is_number(given.get("x_max")):
        _no("its bounds are not numbers")
    return "clip_by_value", given["x"], {"clip_value_min": given["x_min"], "clip_value_max": given["x_max"]}


def _cast(given: Given) -> Said:
    _only(given, "x", "dtype")
    if not isinstance(given.get("dtype"), str) or "bool" in {given["dtype"], *_dtypes([given["x"]])}:
        _no("it casts to or from booleans")
    return "cast", given["x"], {"dtype": given["dtype"]}


def _take(given: Given) -> Said:
    _only(given, "x", "indices", "axis")
    indices, axis = given.get("indices"), given.get("axis")
    if not isinstance(indices, list) or not indices or not is_integer(axis):
        _no("its indices are not a list of numbers along an axis")
    if not all(is_integer(index) and index >= 0 for index in indices):
        _no("its indices are not a list of numbers along an axis")
    return "gather", given["x"], {"indices": indices, "axis": axis}


def _pad(given: Given) -> Said:
    _only(given, "x", "pad_width", "mode", "constant_values")
    width = given.get("pad_width")
    if (
        given.get("mode") != "constant"
        or given.get("constant_values") not in (None, 0, 0.0)
        or not isinstance(width, list)
    ):
        _no("it pads otherwise than with zeros")
    return "pad", given["x"], {"paddings": width}


def _top_k(given: Given) -> Said:
    _only(given, "x", "k", "sorted")
    _floating(given["x"])
    return "math.top_k", given["x"], {"k": given["k"], "sorted": bool(given.get("sorted", True))}


def _leaky(given: Given) -> Said:
    _only(given, "x", "negative_slope")
    _floating(given["x"])
    return "nn.leaky_relu", given["x"], {"alpha": given.get("negative_slope", 0.2)}


def _gelu(given: Given) -> Said:
    _only(given, "x", "approximate")
    _floating(given["x"])
    return "nn.gelu", given["x"], {"approximate": bool(given.get("approximate", True))}


def _ones(function: str) -> tuple[str, Say]:
    def say(given: Given) -> Said:
        _only(given, "x")
        return function, given["x"], {}

    return "x", say


def _matmul(given: Given) -> Said:
    _only(given, "x1", "x2")
    first, second = given["x1"], given["x2"]
    _floating(first, second)
    if not all(
        isinstance(value, Ref) and value.shape is not None and len(value.shape) >= 2 for value in (first, second)
    ):
        _no("it multiplies vectors or constants")
    return "linalg.matmul", first, {"b": second}


def _get_item(given: Given) -> Said:
    _only(given, "x", "key")
    tensor, key = given["x"], given.get("key")
    spelled = key if isinstance(key, list) else [key]
    rank = len(tensor.shape) if isinstance(tensor, Ref) and tensor.shape is not None else None
    taken = sum(item is not None and not _is(item, "__ellipsis__") for item in spelled)
    slices: list[Any] = []
    for item in spelled:
        if _is(item, "__ellipsis__"):
            if rank is None:
                _no("how many axes it has is not known")
            slices += [dict.fromkeys(("start", "stop", "step"))] * (rank - taken)
        elif _is(item, "__slice__"):
            bounds = dict(item["config"]) if item is not None else {}
            if not all(value is None or is_integer(value) for value in bounds.values()):
                _no("it is cut at something that is no number")
            slices.append({name: bounds.get(name) for name in ("start", "stop", "step")})
        elif item is None or is_integer(item):
            slices.append(item)
        else:
            _no("it is indexed by something that is no number")
    return "__operators__.getitem", tensor, {"slice_spec": slices}


def _is(item: Any, marker: str) -> bool:
    return isinstance(item, Mapping) and item.get("class_name") == marker


_UNARY = {
    "Negative": "math.negative",
    "Absolute": "math.abs",
    "Exp": "math.exp",
    "Log": "math.log",
    "Log1p": "math.log1p",
    "Expm1": "math.expm1",
    "Sqrt": "math.sqrt",
    "Square": "math.square",
    "Sin": "math.sin",
    "Cos": "math.cos",
    "Tan": "math.tan",
    "Sinh": "math.sinh",
    "Cosh": "math.cosh",
    "Tanh": "math.tanh",
    "Floor": "math.floor",
    "Ceil": "math.ceil",
    "Sign": "math.sign",
    "Reciprocal": "math.reciprocal",
}
TABLE: Mapping[str, tuple[str, Say]] = {
    "numpy.Add": ("x1 x2", _add),
    "numpy.Subtract": _pair("math.subtract"),
    "numpy.Multiply": _pair("math.multiply"),
    "numpy.TrueDivide": _pair("math.truediv", FLOATS),
    "numpy.Divide": _pair("math.truediv", FLOATS),
    "numpy.FloorDivide": _pair("math.floordiv", FLOATS),
    "numpy.Mod": _pair("math.floormod", FLOATS),
    "numpy.Power": _pair("math.pow", FLOATS),
    "numpy.Maximum": _pair("math.maximum"),
    "numpy.Minimum": _pair("math.minimum"),
    "numpy.Greater": _pair("math.greater"),
    "numpy.GreaterEqual": _pair("math.greater_equal"),
    "numpy.Less": _pair("math.less"),
    "numpy.LessEqual": _pair("math.less_equal"),
    "numpy.Matmul": ("x1 x2", _matmul),
    **{f"numpy.{name}": _single(function) for name, function in _UNARY.items()},
    "numpy.Mean": _reduced("math.reduce_mean"),
    "numpy.Sum": _reduced("math.reduce_sum"),
    "numpy.Prod": _reduced("math.reduce_prod"),
    "numpy.Max": _reduced("math.reduce_max"),
    "numpy.Min": _reduced("math.reduce_min"),
    "numpy.Argsort": _with_axis("argsort", "x", listed=False),
    "numpy.ExpandDims": _with_axis("expand_dims", "x", listed=False),
    "numpy.Squeeze": _with_axis("squeeze", "x", listed=False),
    "numpy.Concatenate": _with_axis("concat", "xs", listed=True),
    "numpy.Stack": _with_axis("stack", "x", listed=True),
    "numpy.Reshape": ("x", _reshape),
    "numpy.Transpose": ("x", _transpose),
    "numpy.Swapaxes": ("x", _swapaxes),
    "numpy.Clip": ("x", _clip),
    "numpy.Take": ("x indices", _take),
    "numpy.Pad": ("x constant_values", _pad),
    "numpy.OnesLike": _ones("ones_like"),
    "numpy.ZerosLike": _ones("zeros_like"),
    "numpy.GetItem": ("x key", _get_item),
    "core.Cast": ("x", _cast),
    "math.TopK": ("x", _top_k),
    "nn.Relu": _single("nn.relu"),
    "nn.Relu6": _single("nn.relu6"),
    "nn.Sigmoid": _single("math.sigmoid"),
    "nn.Silu": _single("nn.silu"),
    "nn.Softplus": _single("math.softplus"),
    "nn.Softsign": _single("nn.softsign"),
    "nn.Selu": _single("nn.selu"),
    "nn.Gelu": ("x", _gelu),
    "nn.LeakyRelu": ("x", _leaky),
    "nn.Softmax": _with_axis("nn.softmax", "x", listed=False, floating=True),
    "nn.LogSoftmax": _with_axis("nn.log_softmax", "x", listed=False, floating=True),
}
"""Operation -> the names of what it is called with, and how it is said."""
