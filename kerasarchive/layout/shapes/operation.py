"""Output shapes of operations that stand in a graph as nodes: `keras.ops` in Keras 3, TFOpLambda in Keras 2."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from kerasarchive.layout.shapes.dense import broadcast, concatenate, fill
from kerasarchive.layout.shapes.setting import Shape, axes, flag, product

_ELEMENTWISE = """
abs absolute add add_n ceil clip cast cos divide equal erf exp expm1 floor floordivide floor_div floormod gelu
greater greaterequal greater_equal hardsigmoid hard_sigmoid hardsilu less lessequal less_equal leakyrelu
leaky_relu log log1p logicaland logicalor logical_and logical_or logsigmoid logsoftmax log_softmax maximum
minimum mod multiply negative neg normalize notequal not_equal pow power reciprocal relu relu6 round rsqrt
selu sigmoid sign silu sin softmax softplus softsign sqrt square squareddifference squared_difference sub
subtract swish tan tanh truedivide truediv where oneslike zeroslike ones_like zeros_like clip_by_value
l2_normalize elu mul identity stop_gradient band_part
"""
_REDUCING = """
sum mean max min prod std var any all amax amin median logsumexp reduce_sum reduce_mean reduce_max reduce_min
reduce_prod reduce_std reduce_variance reduce_any reduce_all reduce_logsumexp
"""
ELEMENTWISE = frozenset(_ELEMENTWISE.split())
REDUCING = frozenset(_REDUCING.split())
_SEVERAL = """
Split ArraySplit Unstack TopK Moments Meshgrid Nonzero SVD Svd Eig Eigh QR Qr LuFactor Slogdet Divmod Frexp
Scan AssociativeScan Map WhileLoop Cond Switch ForiLoop VectorizedMap Modf Histogram STFT FFT FFT2 IFFT2
RFFT IRFFT CTCDecode Unique Custom
"""
_SEVERAL_IN_TENSORFLOW = """
split unstack meshgrid math.top_k nn.top_k nn.moments linalg.svd linalg.eigh linalg.eig linalg.qr linalg.lu
linalg.slogdet unique unique_with_counts dynamic_partition nn.weighted_moments nn.sufficient_statistics
compat.v1.split nn.ctc_beam_search_decoder nn.ctc_greedy_decoder compat.v1.nn.moments map_fn cond
while_loop switch_case case nn.batch_normalization compat.v1.nn.fused_batch_norm nn.max_pool_with_argmax
unravel_index required_space_to_batch_paddings image.non_max_suppression_with_scores
image.combined_non_max_suppression
"""
INDEXING = frozenset({"argmax", "argmin"})
SEVERAL = frozenset(_SEVERAL.split())
SEVERAL_IN_TENSORFLOW = frozenset(_SEVERAL_IN_TENSORFLOW.split())
"""Operations with several outputs, or with a number of them that depends on their arguments."""


def output(name: str, options: Mapping[str, Any], inputs: Sequence[Shape | None]) -> Shape | None:
    """The shape of an operation's one output; None where the operation or its arguments are not understood.

    `name` is a class (``Sum``) or a TensorFlow function (``math.reduce_sum``); `options` its arguments by name.
    """
    short = name.rpartition(".")[2].lower()
    if not inputs or inputs[0] is None:
        return None
    if short in ELEMENTWISE:
        return broadcast(options, inputs)
    if short in REDUCING or short in INDEXING:
        default = -1 if short in INDEXING and "." in name else None
        return _reduced(options, inputs[0], default)
    if short in ("concatenate", "concat"):
        return concatenate(options, inputs)
    if short == "reshape":
        key = next((key for key in ("newshape", "shape") if key in options), "newshape")
        target = axes(options, key, ())
        return None if not target else fill(target, product(inputs[0]))
    if short in ("transpose", "permute_dimensions"):
        order = axes(options, "axes" if "axes" in options else "perm", ())
        if order and sorted(order) == list(range(len(inputs[0]))):
            return tuple(inputs[0][axis] for axis in order)
    if short in ("expanddims", "expand_dims"):
        return _expanded(options, inputs[0])
    return None


def _reduced(options: Mapping[str, Any], shape: Shape, default: int | None) -> Shape | None:
    axis = options.get("axis", default)
    named = range(len(shape)) if axis is None else axes({"axis": axis}, "axis")
    if named is None or any(not -len(shape) <= place < len(shape) for place in named):
        return None
    gone = {place % len(shape) for place in named} if shape else set()
    if flag(options, "keepdims", False):
        return tuple(1 if place in gone else size for place, size in enumerate(shape))
    return tuple(size for place, size in enumerate(shape) if place not in gone)


def _expanded(options: Mapping[str, Any], shape: Shape) -> Shape | None:
    places = axes(options, "axis")
    if places is None or len(places) != 1 or not -len(shape) - 1 <= places[0] <= len(shape):
        return None
    place = places[0] % (len(shape) + 1)
    return (*shape[:place], 1, *shape[place:])
