"""Products of matrices, windows over images and sequences, and resizing."""

from __future__ import annotations

from typing import Any

from kerasarchive.layout.shapes.convolution import strided
from kerasarchive.migration.functions.arithmetic import common
from kerasarchive.migration.functions.arrangement import expanded, last_two_swapped, pad
from kerasarchive.migration.functions.call import Call, Function, constant_shape
from kerasarchive.migration.functions.tensor import FLOATS, Shape, Tensor, Value, broadcast, is_integer

LAST = {None: True, "NWC": True, "NHWC": True, "NDHWC": True, "channels_last": True}


def matmul(
    call: Call, a: Value, b: Value, ta: Value, tb: Value, aa: Value, ab: Value, sa: Value, sb: Value, kind: Value
) -> Tensor:
    """A product of matrices or of stacks of them."""
    if kind is not None:
        call.refuse("output_type", kind)
    dtype = common(call, a, b)
    if dtype not in FLOATS | {"int32", "int64"}:
        call.refuse("a", a, f"its dtype is {dtype or 'not known'}")
    if dtype not in FLOATS:
        call.refuse("a", a, "Keras multiplies matrices of integers as floats")
    flags = [call.flag(value, name) for value, name in ((ta, "transpose_a"), (tb, "transpose_b"))]
    adjoint = [call.flag(value, name) for value, name in ((aa, "adjoint_a"), (ab, "adjoint_b"))]
    operands = []
    for value, name, swapped in ((a, "a", flags[0] or adjoint[0]), (b, "b", flags[1] or adjoint[1])):
        if isinstance(value, Tensor):
            if len(call.shape(value, name)) < 2:
                call.refuse(name, value, "it is no matrix")
            operands.append(last_two_swapped(call, value, name) if swapped else value)
        else:
            found = constant_shape(value) or ()
            if len(found) != 2:
                call.refuse(name, value)
            turned = [list(row) for row in zip(*value, strict=True)] if swapped else value
            operands.append(call.operand(turned, name, dtype))
    first, second = (constant_shape(operand) for operand in operands)
    assert first is not None and second is not None
    outer = broadcast(first[:-2], second[:-2]) or ()
    return call.emit("numpy.Matmul", *operands, shape=(*outer, first[-2], second[-1]), dtype=dtype)


def matvec(call: Call, a: Value, b: Value, ta: Value, aa: Value, sa: Value, sb: Value) -> Tensor:
    """Matrices times vectors."""
    vectors = call.floating(b, "b")
    product = matmul(call, a, expanded(call, vectors, -1), ta, False, aa, False, sa, sb, None)
    return call.emit(
        "numpy.Squeeze", product, shape=(product.shape or ())[:-1], dtype=product.dtype, config={"axis": -1}
    )


def tensordot(call: Call, a: Value, b: Value, axes: Value) -> Tensor:
    """A contraction over given axes."""
    dtype = common(call, a, b)
    if dtype not in FLOATS:
        call.refuse("a", a, f"its dtype is {dtype or 'not known'}")
    first, second = call.operand(a, "a", dtype), call.operand(b, "b", dtype)
    left, right = constant_shape(first), constant_shape(second)
    if left is None or right is None:
        call.refuse("a", a, "how many axes it has is not known")
    assert left is not None and right is not None
    if is_integer(axes):
        gone: list[list[int]] = [list(range(len(left) - axes, len(left))), list(range(axes))]
    else:
        if not isinstance(axes, list) or len(axes) != 2:
            call.refuse("axes", axes)
        gone = [[item] if is_integer(item) else call.integers(item, "axes") for item in axes]
    kept = [
        tuple(size for place, size in enumerate(shape) if place not in {axis % len(shape) for axis in taken})
        for shape, taken in ((left, gone[0]), (right, gone[1]))
    ]
    return call.emit("numpy.Tensordot", first, second, shape=kept[0] + kept[1], dtype=dtype, config={"axes": gone})


def spatial(call: Call, value: Value, rank: int, argument: str) -> list[int]:
    """Sizes of a window or stride for each spatial axis; TensorFlow may name batch and channels too."""
    if is_integer(value):
        return [value] * rank
    sizes = call.integers(value, argument)
    if len(sizes) == 1:
        return sizes * rank
    if len(sizes) == rank + 2 and sizes[0] == sizes[-1] == 1:
        return sizes[1:-1]
    if len(sizes) != rank:
        call.refuse(argument, value)
    return sizes


def single(values: list[int]) -> int | list[int]:
    """One number where it says the same: some backends add a list to a tuple (a tuple is read back as a list)."""
    return values[0] if len(set(values)) == 1 else values


def padded(call: Call, padding: Value) -> str:
    """How the borders are treated."""
    if not isinstance(padding, str) or padding.upper() not in ("SAME", "VALID"):
        call.refuse("padding", padding)
    return str(padding).lower()


def channels_last(call: Call, data_format: Value) -> None:
    """Refuse channels anywhere but last."""
    if data_format not in LAST:
        call.refuse("data_format", data_format)


def image_of(call: Call, x: Value, rank: int | None) -> tuple[Tensor, int]:
    """A batch of signals with `rank` spatial axes."""
    tensor = call.floating(x, "input")
    axes = len(call.shape(tensor, "input")) - 2
    if axes not in (1, 2, 3) or (rank is not None and axes != rank):
        call.refuse("input", tensor, f"it has {axes + 2} axes")
    return tensor, axes


def slid(
    shape: Shape, window: list[int], steps: list[int], how: str, dilation: list[int], channels: int | None
) -> Shape:
    """The shape after a window slid over the spatial axes."""
    space = (
        strided(length, size, step, how, rate)
        for length, size, step, rate in zip(shape[1:-1], window, steps, dilation, strict=True)
    )
    return (shape[0], *space, channels)


def pool(cls: str, rank: int | None) -> Any:
    """Maximum or average over windows."""

    def translate(call: Call, x: Value, ksize: Value, strides: Value, padding: Value, data_format: Value) -> Tensor:
        tensor, axes = image_of(call, x, rank)
        channels_last(call, data_format)
        window, steps = spatial(call, ksize, axes, "ksize"), spatial(call, strides, axes, "strides")
        how = padded(call, padding)
        shape = call.shape(tensor, "input")
        said = [single(values) for values in (window, steps)]
        config = {"pool_size": said[0], "strides": said[1], "padding": how, "data_format": "channels_last"}
        result = slid(shape, window, steps, how, [1] * axes, shape[-1])
        return call.emit(cls, tensor, shape=result, dtype=tensor.dtype, config=config)

    return translate


def general_pool(
    call: Call,
    x: Value,
    window: Value,
    kind: Value,
    strides: Value,
    padding: Value,
    data_format: Value,
    dilations: Value,
) -> Tensor:
    """`tf.nn.pool`."""
    _, axes = image_of(call, x, None)
    if kind not in ("MAX", "AVG"):
        call.refuse("pooling_type", kind)
    if dilations is not None and spatial(call, dilations, axes, "dilations") != [1] * axes:
        call.refuse("dilations", dilations)
    cls = "nn.MaxPool" if kind == "MAX" else "nn.AveragePool"
    steps = [1] * axes if strides is None else strides
    result = pool(cls, axes)(call, x, window, steps, padding, data_format)
    assert isinstance(result, Tensor)
    return result


def convolution(rank: int | None, cls: str = "nn.Conv") -> Any:
    """A convolution with constants (or another tensor of the graph) as its kernel."""

    def translate(
        call: Call, x: Value, filters: Value, strides: Value, padding: Value, data_format: Value, dilations: Value
    ) -> Tensor:
        tensor, axes = image_of(call, x, rank)
        channels_last(call, data_format)
        kernel = call.operand(filters, "filters", tensor.dtype)
        sizes = constant_shape(kernel)
        if sizes is None or len(sizes) != axes + 2 or None in sizes:
            call.refuse("filters", "an array", "its shape is not known to fit")
        assert sizes is not None
        steps = spatial(call, 1 if strides is None else strides, axes, "strides")
        rates = spatial(call, 1 if dilations is None else dilations, axes, "dilations")
        if cls == "nn.DepthwiseConv" and (rates != [1] * axes or len(set(steps)) != 1):
            call.refuse("strides", strides)
        if isinstance(padding, list) and cls == "nn.Conv" and len(padding) == axes + 2:
            tensor, padding = pad(call, tensor, padding, "constant", 0), "VALID"
        how, shape = padded(call, padding), call.shape(tensor, "input")
        last = sizes[-1]
        if cls == "nn.DepthwiseConv":
            last = None if sizes[-2] is None or sizes[-1] is None else sizes[-2] * sizes[-1]
        window = [size or 1 for size in sizes[:-2]]
        said = [single(values) for values in (steps, rates)]
        config = {"strides": said[0], "padding": how, "data_format": "channels_last", "dilation_rate": said[1]}
        result = slid(shape, window, steps, how, rates, last)
        return call.emit(cls, tensor, kernel, shape=result, dtype=tensor.dtype, config=config)

    return translate


_MATMUL = (
    "a b transpose_a=False transpose_b=False adjoint_a=False adjoint_b=False a_is_sparse=False b_is_sparse=False"
    " output_type=None"
)
_POOL = "input ksize strides padding data_format=None"

FUNCTIONS: dict[str, Function] = {
    "linalg.matmul": Function(_MATMUL, matmul),
    "linalg.matvec": Function("a b transpose_a=False adjoint_a=False a_is_sparse=False b_is_sparse=False", matvec),
    "tensordot": Function("a b axes", tensordot),
    "nn.max_pool": Function(_POOL, pool("nn.MaxPool", None)),
    "nn.avg_pool": Function(_POOL, pool("nn.AveragePool", None)),
    **{f"nn.max_pool{rank}d": Function(_POOL, pool("nn.MaxPool", rank)) for rank in (1, 2, 3)},
    **{f"nn.avg_pool{rank}d": Function(_POOL, pool("nn.AveragePool", rank)) for rank in (1, 2, 3)},
    "nn.pool": Function(
        "input window_shape pooling_type strides=None padding='VALID' data_format=None dilations=None", general_pool
    ),
    "nn.conv1d": Function("input filters stride padding data_format=None dilations=None", convolution(1)),
    "nn.conv2d": Function("input filters strides padding data_format=None dilations=None", convolution(2)),
    "nn.conv3d": Function("input filters strides padding data_format=None dilations=None", convolution(3)),
    "nn.convolution": Function(
        "input filters strides=None padding='VALID' data_format=None dilations=None", convolution(None)
    ),
    "nn.depthwise_conv2d": Function(
        "input filter strides padding data_format=None dilations=None", convolution(2, "nn.DepthwiseConv")
    ),
    "compat.v1.nn.conv1d": Function(
        "value filters stride padding data_format=None dilations=None use_cudnn_on_gpu=True input=None",
        lambda call, *values: convolution(1)(call, *values[:6]),
    ),
    "compat.v1.nn.conv2d": Function(
        "input filter strides padding data_format=None dilations=None use_cudnn_on_gpu=True filters=None",
        lambda call, *values: convolution(2)(call, *values[:6]),
    ),
    "compat.v1.nn.depthwise_conv2d": Function(
        "input filter strides padding data_format=None rate=None dilations=None",
        lambda call, *values: convolution(2, "nn.DepthwiseConv")(call, *values[:5], values[5] or values[6]),
    ),
    "compat.v1.nn.pool": Function(
        "input window_shape pooling_type padding dilation_rate=None strides=None data_format=None dilations=None",
        lambda call, x, window, kind, how, rate, strides, last, rates: general_pool(
            call, x, window, kind, strides, how, last, rate if rates is None else rates
        ),
    ),
}
