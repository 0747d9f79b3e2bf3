"""The operations of TensorFlow's graphs (``tf.raw_ops``), by the functions that make them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from kerasarchive.migration.functions.arithmetic import divide
from kerasarchive.migration.functions.call import ADVICE, Call, Function
from kerasarchive.migration.functions.filling import filled
from kerasarchive.migration.functions.indexing import ELLIPSIS, FULL, getitem
from kerasarchive.migration.functions.nodes import GraphNode
from kerasarchive.migration.functions.reduction import FUNCTIONS
from kerasarchive.migration.functions.resizing import bilinear, nearest
from kerasarchive.migration.functions.sizes import sizes_of
from kerasarchive.migration.functions.tensor import Tensor, Value
from kerasarchive.migration.operations.operation import Refuse
from kerasarchive.model.objects import Node, Ref


@dataclass(frozen=True, slots=True)
class Raw:
    """An operation: its inputs and attributes in order, and the function that it is.

    ``*values`` is as many inputs as the attribute `N` says. `to` names the function's parameter for each of them,
    where they are not its first ones; ``-`` is one that changes nothing, ``.`` one that must have its default.
    """

    inputs: str
    function: str | Function
    attributes: str = ""
    to: str = ""

    @property
    def names(self) -> list[str]:
        """The inputs' names."""
        return self.inputs.replace("*", "").split()


def _strided(
    call: Call, x: Value, begin: Value, end: Value, strides: Value,
    begin_mask: int, end_mask: int, ellipsis_mask: int, new_axis_mask: int, shrink_axis_mask: int,
) -> Value:  # fmt: skip
    """A subscription: bit i of each mask is about the i-th of its items."""
    starts, stops, steps = (sizes_of(call, value, "begin") for value in (begin, end, strides))
    items: list[Any] = []
    for place, (start, stop, step) in enumerate(zip(starts, stops, steps, strict=True)):
        bit = 1 << place
        if ellipsis_mask & bit:
            items.append({"class_name": ELLIPSIS})
        elif new_axis_mask & bit:
            items.append(None)
        elif shrink_axis_mask & bit:
            items.append(start)
        else:
            ends = (None if begin_mask & bit else start, None if end_mask & bit else stop, step)
            items.append(dict(zip(FULL, ends, strict=True)))
    return getitem(call, x, items, None)


def _einsum(call: Call, inputs: Value, equation: Value) -> Tensor:
    """Sums of products over named axes."""
    tensors = [call.floating(value, "inputs") for value in inputs]
    if len({tensor.dtype for tensor in tensors}) != 1 or not isinstance(equation, str) or equation.count("->") != 1:
        call.refuse("equation", equation)
    left, right = equation.replace(" ", "").split("->")
    sizes: dict[str, int | None] = {}
    for letters, tensor in zip(left.split(","), tensors, strict=True):
        shape = call.shape(tensor, "inputs")
        if len(letters) != len(shape) or not letters.isalpha():
            call.refuse("equation", equation)
        sizes |= {letter: size for letter, size in zip(letters, shape, strict=True) if sizes.get(letter) is None}
    if not set(right) <= set(sizes):
        call.refuse("equation", equation)
    shape = tuple(sizes[letter] for letter in right)
    return call.emit("numpy.Einsum", *tensors, shape=shape, dtype=tensors[0].dtype, config={"subscripts": equation})


def _diagonal(call: Call, x: Value, k: Value, padding_value: Value, align: Value) -> Value:
    """The main diagonal of each matrix; `align` is about several at once."""
    if k not in (0, [0], [0, 0]):
        call.refuse("k", k)
    return FUNCTIONS["linalg.diag_part"].translate(call, x)


def _divide(call: Call, x: Value, y: Value) -> Tensor:
    """Division of floats: that of integers cuts the rest off, or is another operation."""
    for value in (x, y):
        if isinstance(value, Tensor):
            call.floating(value, "x")
    return divide(call, x, y)


_X, _XY = "x", "x y"
_PLAIN = {
    "math.": {
        _XY: """AddV2=add Add=add Sub=subtract Mul=multiply FloorDiv=floordiv FloorMod=floormod Maximum=maximum
                Minimum=minimum Pow=pow SquaredDifference=squared_difference DivNoNan=divide_no_nan
                MulNoNan=multiply_no_nan Greater=greater GreaterEqual=greater_equal Less=less LessEqual=less_equal
                LogicalAnd=logical_and LogicalOr=logical_or""",
        _X: """Neg=negative Abs=abs Exp=exp Expm1=expm1 Log=log Log1p=log1p Sqrt=sqrt Rsqrt=rsqrt Square=square Sign=sign
               Sin=sin Cos=cos Tan=tan Asin=asin Acos=acos Atan=atan Sinh=sinh Cosh=cosh Tanh=tanh Asinh=asinh
               Acosh=acosh Atanh=atanh Reciprocal=reciprocal Inv=reciprocal Sigmoid=sigmoid Softplus=softplus Erf=erf
               Floor=floor Ceil=ceil Round=round Rint=rint IsNan=is_nan IsInf=is_inf IsFinite=is_finite
               LogicalNot=logical_not""",
    },
    "nn.": {
        _X: "Relu=relu Relu6=relu6 Elu=elu Selu=selu Softsign=softsign Softmax=softmax LogSoftmax=log_softmax L2Loss=l2_loss"
    },
    "": {
        _X: "Identity=identity Snapshot=identity StopGradient=stop_gradient ZerosLike=zeros_like OnesLike=ones_like Rank=rank"
    },
}
"""Operations that are a function of the same inputs and nothing more."""
_REDUCTIONS = "Sum=sum Mean=mean Max=max Min=min Prod=prod Any=any All=all EuclideanNorm=euclidean_norm"
_POOL = Raw("input", "", "ksize strides padding data_format='NHWC'")
_RESIZE = "align_corners=False half_pixel_centers=False"
_CONV = "strides padding data_format='NHWC' dilations=None"
_MASKS = "begin_mask=0 end_mask=0 ellipsis_mask=0 new_axis_mask=0 shrink_axis_mask=0"

OPERATIONS: Mapping[str, Raw] = {
    **{
        op: Raw(inputs, prefix + function)
        for prefix, groups in _PLAIN.items()
        for inputs, names in groups.items()
        for op, _, function in (name.partition("=") for name in names.split())
    },
    **{
        op: Raw("input axis", f"math.reduce_{function}", "keep_dims=False")
        for op, _, function in (name.partition("=") for name in _REDUCTIONS.split())
    },
    "RealDiv": Raw(_XY, Function(_XY, _divide)),
    "Div": Raw(_XY, Function(_XY, _divide)),
    "Atan2": Raw("y x", "math.atan2"),
    "Equal": Raw(_XY, "math.equal", "incompatible_shape_error=True", "x y ."),
    "NotEqual": Raw(_XY, "math.not_equal", "incompatible_shape_error=True", "x y ."),
    "AddN": Raw("*inputs", "math.add_n"),
    "LeakyRelu": Raw("features", "nn.leaky_relu", "alpha=0.2"),
    "BiasAdd": Raw("value bias", "nn.bias_add", "data_format='NHWC'"),
    "ClipByValue": Raw("t clip_value_min clip_value_max", "clip_by_value"),
    "Cast": Raw("x", "cast", "DstT Truncate=False", "x dtype ."),
    "Select": Raw("condition x y", "compat.v1.where"),
    "SelectV2": Raw("condition x y", "where"),
    "ArgMax": Raw("input dimension", "math.argmax", "output_type='int64'"),
    "ArgMin": Raw("input dimension", "math.argmin", "output_type='int64'"),
    "TopKV2": Raw("input k", "math.top_k", "sorted=True"),
    "Cumsum": Raw("x axis", "math.cumsum", "exclusive=False reverse=False"),
    "Cumprod": Raw("x axis", "math.cumprod", "exclusive=False reverse=False"),
    "Reshape": Raw("tensor shape", "reshape"),
    "Transpose": Raw("x perm", "transpose"),
    "ExpandDims": Raw("input axis", "expand_dims"),
    "Squeeze": Raw("input", "squeeze", "squeeze_dims=None"),
    "ConcatV2": Raw("*values axis", "concat"),
    "Concat": Raw("concat_dim *values", "concat", "", "axis values"),
    "Pack": Raw("*values", "stack", "axis=0"),
    "Unpack": Raw("value", "unstack", "num axis=0"),
    "Split": Raw("axis value", "split", "num_split", "axis value num_or_size_splits"),
    "SplitV": Raw("value size_splits axis", "split", "num_split=None", "value num_or_size_splits axis -"),
    "Tile": Raw("input multiples", "tile"),
    "Pad": Raw("input paddings", "pad"),
    "PadV2": Raw("input paddings constant_values", "pad", "", "tensor paddings constant_values"),
    "MirrorPad": Raw("input paddings", "pad", "mode"),
    "Slice": Raw("input begin size", "slice"),
    "StridedSlice": Raw(
        "input begin end strides", Function(f"input begin end strides {_MASKS}", _strided, sizes=True), _MASKS
    ),
    "Gather": Raw("params indices", "gather", "validate_indices=True", "params indices -"),
    "GatherV2": Raw("params indices axis", "gather", "batch_dims=0", "params indices axis batch_dims"),
    "OneHot": Raw("indices depth on_value off_value", "one_hot", "axis=-1 T=None", "indices depth on_value off_value axis dtype"),
    "BroadcastTo": Raw("input shape", "broadcast_to"),
    "Fill": Raw("dims value", Function("dims value T", filled, sizes=True), "T='float32'"),
    "Shape": Raw("input", "shape", "out_type='int32'"),
    "Size": Raw("input", "size", "out_type='int32'"),
    "Range": Raw("start limit delta", "range"),
    "ReverseV2": Raw("tensor axis", "reverse"),
    "Roll": Raw("input shift axis", "roll"),
    "MatMul": Raw("a b", "linalg.matmul", "transpose_a=False transpose_b=False"),
    "BatchMatMul": Raw("x y", "linalg.matmul", "adj_x=False adj_y=False", "a b adjoint_a adjoint_b"),
    "BatchMatMulV2": Raw("x y", "linalg.matmul", "adj_x=False adj_y=False", "a b adjoint_a adjoint_b"),
    "MatrixDiagPart": Raw("input", "linalg.diag_part"),
    "MatrixDiagPartV3": Raw("input k padding_value", Function("input k padding_value", _diagonal), "align='RIGHT_LEFT'"),
    "MatrixBandPart": Raw("input num_lower num_upper", "linalg.band_part"),
    "Einsum": Raw("*inputs", Function("inputs equation", _einsum), "equation"),
    "MaxPool": replace(_POOL, function="nn.max_pool2d"),
    "AvgPool": replace(_POOL, function="nn.avg_pool2d"),
    "MaxPool3D": replace(_POOL, function="nn.max_pool3d"),
    "AvgPool3D": replace(_POOL, function="nn.avg_pool3d"),
    "Conv2D": Raw(
        "input filter", "nn.conv2d", f"{_CONV} use_cudnn_on_gpu=True explicit_paddings=None",
        "input filters strides padding data_format dilations - -",
    ),
    "Conv3D": Raw("input filter", "nn.conv3d", _CONV),
    "DepthwiseConv2dNative": Raw("input filter", "nn.depthwise_conv2d", _CONV),
    "DepthToSpace": Raw("input", "nn.depth_to_space", "block_size data_format='NHWC'"),
    "SpaceToDepth": Raw("input", "nn.space_to_depth", "block_size data_format='NHWC'"),
    "ResizeBilinear": Raw("images size", Function(f"images size {_RESIZE}", bilinear), _RESIZE),
    "ResizeNearestNeighbor": Raw("images size", Function(f"images size {_RESIZE}", nearest), _RESIZE),
}  # fmt: skip
"""Every operation that kav translates."""


def table(functions: Mapping[str, Function]) -> dict[str, Function]:
    """The functions ``tf.raw_ops.*``, given those of TensorFlow."""
    return {f"raw_ops.{op}": _function(raw, functions) for op, raw in OPERATIONS.items()}


def _function(raw: Raw, functions: Mapping[str, Function]) -> Function:
    own = f"{' '.join(raw.names)} {raw.attributes}"
    if isinstance(raw.function, Function):
        return replace(raw.function, parameters=own)
    target, signature = functions[raw.function], Function(own, _divide).signature
    defaults = dict(target.signature)
    names = raw.to.split() or list(defaults)[: len(own.split())]

    def translate(call: Call, *values: Value) -> Value:
        for name, (argument, default), value in zip(names, signature, values, strict=True):
            if name == "." and value != default:
                call.refuse(argument, value)
        given = dict(zip(names, values, strict=True))
        return target.translate(call, *(given.get(name, default) for name, default in defaults.items()))

    return Function(own, translate, target.sizes)


_KINDS = frozenset({"N", "SrcT", "Index", "index_type"})
_DTYPES = ("int32", "float32", "bool")
_PLAIN_CONSTANTS = frozenset({"Select", "SelectV2", "Gather", "GatherV2"})
"""Operations of which the dtype of constants is guessed from how JSON spells them."""


def as_call(node: GraphNode) -> Node:
    """The node as a call of ``tf.raw_ops``: inputs and attributes by their names. Raises Refuse where it is unknown."""
    raw = OPERATIONS.get(node.op)
    if raw is None:
        reason = f"it calls the graph operation {node.op}, which has no exact counterpart in Keras 3 that kav knows"
        raise Refuse(reason, ADVICE)
    kind = node.attributes.get("Tparams", node.attributes.get("T", "float32"))
    if node.op in _PLAIN_CONSTANTS and kind not in _DTYPES and not all(isinstance(item, Ref) for item in node.inputs):
        reason = f"it calls {node.op} with constants of the dtype {kind}, which kav takes for another"
        raise Refuse(reason, ADVICE)
    left, arguments = list(node.inputs), {}
    names = raw.inputs.split()
    for name in names:
        count = len(left) - len(names) + 1 if name.startswith("*") else 1
        if len(left) < max(count, 1):
            reason = f"it calls {node.op} with {len(node.inputs)} inputs"
            raise Refuse(reason, ADVICE)
        arguments[name.removeprefix("*")] = left[:count] if name.startswith("*") else left[0]
        del left[:count]
    if left:
        reason = f"it calls {node.op} with {len(node.inputs)} inputs"
        raise Refuse(reason, ADVICE)
    known = {text.partition("=")[0] for text in raw.attributes.split()}
    for name, value in node.attributes.items():
        if name in known or not (name.startswith(("_", "T")) or name in _KINDS):
            arguments[name] = value
    return Node((), arguments)
