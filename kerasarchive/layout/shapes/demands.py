"""What a layer demands of the shapes that it is called on: where they do not fit, no release can rebuild the graph.

Sources: ``input_spec``, ``build`` and ``compute_output_shape`` of the layers of Keras 2 and 3. Only what is certain is
said: a dimension that is not known fits everything.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from kerasarchive.layout.shapes.convolution import strided
from kerasarchive.layout.shapes.setting import Shape, axes, dim, integer, integers, padding, product, sequence
from kerasarchive.layout.shapes.windows import split

Inputs = Sequence[Shape | None]
Demand = Callable[[Mapping[str, Any], Inputs], str]

OPEN = 99
OPEN_AXIS = "the size of its input's last axis is not known"


def refusal(class_name: str, config: Mapping[str, Any], inputs: Inputs) -> str:
    """Why a built-in layer cannot be called on inputs of these shapes; empty if nothing speaks against it."""
    if not inputs:
        return ""
    demand = DEMANDS.get(class_name)
    first = inputs[0]
    ranks = RANKS.get(class_name)
    if ranks is not None and first is not None and not ranks[0] <= len(first) <= ranks[1]:
        wanted = str(ranks[0]) if ranks[0] == ranks[1] else f"at least {ranks[0]}"
        return f"it takes inputs of {wanted} dimensions, this one has {_shown(first)}"
    return demand(config, inputs) if demand is not None else ""


def _shown(shape: Shape) -> str:
    return f"{len(shape)} {list(shape)}".replace("None", "null")


def _ranks() -> dict[str, tuple[int, int]]:
    table = {"Dense": (2, OPEN), "RepeatVector": (2, 2), "TimeDistributed": (3, OPEN), "Flatten": (1, OPEN)}
    table |= dict.fromkeys(("LSTM", "GRU", "SimpleRNN", "CuDNNLSTM", "CuDNNGRU"), (3, 3))
    for rank in (1, 2, 3):
        fixed = (rank + 2, rank + 2)
        for name in ("Conv", "Convolution"):
            for form in (f"{name}{rank}D", f"{name}{rank}DTranspose", f"Separable{name}{rank}D"):
                table[form] = (rank + 2, OPEN)
        table[f"DepthwiseConv{rank}D"] = (rank + 2, OPEN)
        table[f"LocallyConnected{rank}D"] = fixed
        table[f"ConvLSTM{rank}D"] = (rank + 3, rank + 3)
        for word in ("Average", "Avg", "Max"):
            for form in (f"{word}Pool{rank}D", f"{word}Pooling{rank}D"):
                table[form] = table[f"Global{form}"] = fixed
            table[f"Adaptive{word}Pooling{rank}D"] = fixed
        for word in ("ZeroPadding", "Cropping", "UpSampling", "SpatialDropout"):
            table[f"{word}{rank}D"] = fixed
    return table


RANKS = _ranks()
"""Class -> the least and the greatest number of dimensions of its input, the batch included."""


NEED_RANK = frozenset(RANKS) - {f"Cropping{rank}D" for rank in (1, 2, 3)} | {
    "BatchNormalization", "LayerNormalization", "PReLU", "Bidirectional", "Resizing", "RNN", "Permute", "MultiHeadAttention",
}  # fmt: skip
"""Layers that cannot be built on an input of which not even the number of dimensions is known."""


def _axis(config: Mapping[str, Any], inputs: Inputs) -> str:
    """Normalization layers: every named axis is one of the input's."""
    shape, named = inputs[0], axes(config, "axis", -1)
    if shape is None or named is None:
        return ""
    wrong = [axis for axis in named if not -len(shape) <= axis < len(shape)]
    return f"its axis {wrong[0]} is none of an input with {_shown(shape)} dimensions" if wrong else ""


def _groups(config: Mapping[str, Any], inputs: Inputs) -> str:
    channels, groups = dim(inputs[0], integer(config, "axis", -1) or -1), integer(config, "groups", 32)
    if channels is None or groups is None or groups == -1 or groups < 1 or channels % groups == 0:
        return ""
    return f"its {groups} groups do not divide the input's {channels} channels"


def _reshape(config: Mapping[str, Any], inputs: Inputs) -> str:
    shape, target = inputs[0], axes(config, "target_shape", ())
    total = None if not shape else product(shape[1:])
    if target is None or total is None:
        return ""
    wanted = product([size for size in target if size >= 0])
    free = sum(size < 0 for size in target)
    if free > 1:
        return "more than one dimension of its target_shape is left open"
    fits = wanted == total if not free else bool(wanted) and wanted is not None and total % wanted == 0
    return "" if fits else f"its target_shape {list(target)} does not hold the {total} elements of the input"


def _permute(config: Mapping[str, Any], inputs: Inputs) -> str:
    shape, dims = inputs[0], axes(config, "dims", ())
    if shape is None or dims is None or len(dims) == len(shape) - 1:
        return ""
    return f"its dims {list(dims)} are not those of an input with {_shown(shape)} dimensions"


def _merge(config: Mapping[str, Any], inputs: Inputs) -> str:
    """Add and its like: NumPy's broadcasting, but for the batch."""
    known = [shape for shape in inputs if shape is not None]
    rank = max((len(shape) for shape in known), default=0)
    if len({len(shape) for shape in known}) > 1:
        known = [shape[1:] for shape in known]
        rank -= 1
    for place in range(-rank, 0):
        sizes = {shape[place] for shape in known if len(shape) >= -place} - {None, 1}
        if len(sizes) > 1:
            return f"its inputs cannot be merged: sizes {sorted(size for size in sizes if size)} along axis {place}"
    return ""


def _concatenate(config: Mapping[str, Any], inputs: Inputs) -> str:
    known = [shape for shape in inputs if shape is not None]
    axis = integer(config, "axis", -1)
    if axis is None or not known:
        return ""
    if len({len(shape) for shape in known}) > 1:
        return "its inputs have different numbers of dimensions"
    rank = len(known[0])
    if not -rank <= axis < rank:
        return f"its axis {axis} is none of inputs with {rank} dimensions"
    for place in range(rank):
        sizes = {shape[place] for shape in known} - {None}
        if place != axis % rank and len(sizes) > 1:
            return f"its inputs differ along axis {place}: {sorted(size for size in sizes if size is not None)}"
    return ""


def _dot(config: Mapping[str, Any], inputs: Inputs) -> str:
    named = axes(config, "axes", ())
    if len(inputs) != 2:
        return f"it takes 2 inputs, here are {len(inputs)}"
    left, right = inputs
    if left is None or right is None or not named:
        return ""
    first, second = named[0], named[-1]
    if not (-len(left) <= first < len(left) and -len(right) <= second < len(right)):
        return f"its axes {list(named)} are none of its inputs'"
    sizes = (left[first], right[second])
    return (
        f"its inputs differ along the axes to sum over: {list(sizes)}"
        if None not in sizes and len(set(sizes)) > 1
        else ""
    )


def _window(rank: int, key: str) -> Demand:
    """Convolution and pooling: the window fits into the input."""

    def demand(config: Mapping[str, Any], inputs: Inputs) -> str:
        parts = split(config, inputs[0], rank)
        sizes = integers(config, key, rank, 2 if key == "pool_size" else None)
        strides, dilations = integers(config, "strides", rank, 1), integers(config, "dilation_rate", rank, 1)
        if strides is None and key == "pool_size":
            strides = sizes
        if parts is None or sizes is None or strides is None or dilations is None:
            return ""
        mode = padding(config)
        for place, length in enumerate(parts[0]):
            known = length is not None and min(sizes[place], strides[place], dilations[place]) > 0
            if known and strided(length, sizes[place], strides[place], mode, dilations[place]) is None:
                return f"its window {list(sizes)} is larger than the input {list(parts[0])}".replace("None", "null")
        groups = integer(config, "groups", 1)
        if key == "kernel_size" and groups and groups > 0 and parts[1] is not None and parts[1] % groups:
            return f"its {groups} groups do not divide the input's {parts[1]} channels"
        return ""

    return demand


def _cropping(rank: int) -> Demand:
    def demand(config: Mapping[str, Any], inputs: Inputs) -> str:
        parts, amounts = split(config, inputs[0], rank), sequence(config.get("cropping"))
        if parts is None or amounts is None:
            return ""
        if rank == 1:
            amounts = [amounts]
        for length, amount in zip(parts[0], amounts, strict=False):
            pair = integers({"": amount}, "", 2)
            if length is not None and pair is not None and sum(pair) >= length:
                return f"it crops {sum(pair)} off an axis of length {length}"
        return ""

    return demand


def _units(config: Mapping[str, Any], inputs: Inputs) -> str:
    last = dim(inputs[0], -1) if inputs[0] else 0
    return OPEN_AXIS if last is None else ""


def _demands() -> dict[str, Demand]:
    table: dict[str, Demand] = {
        **dict.fromkeys(
            ("BatchNormalization", "LayerNormalization", "Softmax", "RMSNormalization", "Normalization"), _axis
        ),
        "GroupNormalization": _groups,
        "Reshape": _reshape,
        "Permute": _permute,
        **dict.fromkeys(("Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum"), _merge),
        "Concatenate": _concatenate,
        "Dot": _dot,
        "Dense": _units,
    }
    for rank in (1, 2, 3):
        for name in ("Conv", "Convolution", "SeparableConv", "DepthwiseConv"):
            table[f"{name}{rank}D"] = _window(rank, "kernel_size")
        for name in ("MaxPooling", "MaxPool", "AveragePooling", "AvgPool"):
            table[f"{name}{rank}D"] = _window(rank, "pool_size")
        table[f"Cropping{rank}D"] = _cropping(rank)
    return table


DEMANDS = _demands()
"""Class -> what it demands beyond a number of dimensions."""
