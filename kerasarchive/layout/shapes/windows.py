"""Output shapes of layers with a window over space: convolution, pooling, padding, cropping, upsampling, resizing."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from kerasarchive.layout.shapes.convolution import strided, upsampled
from kerasarchive.layout.shapes.setting import Shape, channels_first, flag, integer, integers, padding, sequence, times

Rule = Callable[[Mapping[str, Any], Sequence[Shape | None]], Shape | None]


def split(config: Mapping[str, Any], shape: Shape | None, rank: int) -> tuple[Shape, int | None] | None:
    """(space, channels) of an input with `rank` spatial dimensions; None if it is no such input."""
    if shape is None or len(shape) != rank + 2:
        return None
    return (shape[2:], shape[1]) if channels_first(config) else (shape[1:-1], shape[-1])


def join(config: Mapping[str, Any], batch: int | None, space: Sequence[int | None], channels: int | None) -> Shape:
    """The inverse of `split`."""
    return (batch, channels, *space) if channels_first(config) else (batch, *space, channels)


def convolution(rank: int) -> Rule:
    """Conv, SeparableConv, LocallyConnected: `filters` channels."""

    def rule(config: Mapping[str, Any], inputs: Sequence[Shape | None]) -> Shape | None:
        return _slide(config, inputs[0], rank, "kernel_size", integer(config, "filters"))

    return rule


def depthwise(rank: int) -> Rule:
    """DepthwiseConv: every channel `depth_multiplier` times."""

    def rule(config: Mapping[str, Any], inputs: Sequence[Shape | None]) -> Shape | None:
        parts = split(config, inputs[0], rank)
        channels = None if parts is None else times(parts[1], integer(config, "depth_multiplier", 1))
        return _slide(config, inputs[0], rank, "kernel_size", channels)

    return rule


def pooling(rank: int) -> Rule:
    """MaxPooling, AveragePooling: the stride is the window unless given."""

    def rule(config: Mapping[str, Any], inputs: Sequence[Shape | None]) -> Shape | None:
        parts = split(config, inputs[0], rank)
        return None if parts is None else _slide(config, inputs[0], rank, "pool_size", parts[1])

    return rule


def transposed(rank: int) -> Rule:
    """ConvTranspose."""

    def rule(config: Mapping[str, Any], inputs: Sequence[Shape | None]) -> Shape | None:
        shape = inputs[0]
        parts = split(config, shape, rank)
        sizes, strides = integers(config, "kernel_size", rank), integers(config, "strides", rank, 1)
        dilations = integers(config, "dilation_rate", rank, 1)
        given = config.get("output_padding") is not None
        extra = integers(config, "output_padding", rank) if given else (None,) * rank
        if parts is None or shape is None or not (sizes and strides and dilations and extra):
            return None
        mode = padding(config)
        space = [
            upsampled(length, sizes[i], strides[i], mode, extra[i], dilations[i]) for i, length in enumerate(parts[0])
        ]
        return join(config, shape[0], space, integer(config, "filters"))

    return rule


def everywhere(rank: int) -> Rule:
    """GlobalMaxPooling, GlobalAveragePooling."""

    def rule(config: Mapping[str, Any], inputs: Sequence[Shape | None]) -> Shape | None:
        shape = inputs[0]
        parts = split(config, shape, rank)
        if parts is None or shape is None:
            return None
        return join(config, shape[0], (1,) * rank if flag(config, "keepdims", False) else (), parts[1])

    return rule


def adaptive(rank: int) -> Rule:
    """AdaptivePooling: the output's size is given."""

    def rule(config: Mapping[str, Any], inputs: Sequence[Shape | None]) -> Shape | None:
        shape = inputs[0]
        parts, space = split(config, shape, rank), integers(config, "output_size", rank)
        return None if parts is None or shape is None or space is None else join(config, shape[0], space, parts[1])

    return rule


def bordered(rank: int, key: str, sign: int) -> Rule:
    """ZeroPadding (`sign` 1) and Cropping (-1): an amount on either side of each axis."""

    def rule(config: Mapping[str, Any], inputs: Sequence[Shape | None]) -> Shape | None:
        shape = inputs[0]
        parts, amounts = split(config, shape, rank), _sides(config.get(key, 1), rank)
        if parts is None or shape is None or amounts is None:
            return None
        space = [
            None if length is None else length + sign * amount for length, amount in zip(parts[0], amounts, strict=True)
        ]
        return join(config, shape[0], space, parts[1]) if all(s is None or s >= 0 for s in space) else None

    return rule


def repeated(rank: int) -> Rule:
    """UpSampling: each axis `size` times."""

    def rule(config: Mapping[str, Any], inputs: Sequence[Shape | None]) -> Shape | None:
        shape = inputs[0]
        parts, sizes = split(config, shape, rank), integers(config, "size", rank, 2)
        if parts is None or shape is None or sizes is None:
            return None
        return join(config, shape[0], [times(*pair) for pair in zip(parts[0], sizes, strict=True)], parts[1])

    return rule


def resized(config: Mapping[str, Any], inputs: Sequence[Shape | None]) -> Shape | None:
    """Resizing, CenterCrop, RandomCrop: `height` and `width` are given; the batch may be missing."""
    shape = inputs[0]
    size = (integer(config, "height"), integer(config, "width"))
    if shape is None or len(shape) not in (3, 4):
        return None
    batch, image = shape[:-3], shape[-3:]
    return (*batch, image[0], *size) if channels_first(config) else (*batch, *size, image[2])


def _slide(config: Mapping[str, Any], shape: Shape | None, rank: int, key: str, channels: int | None) -> Shape | None:
    parts, sizes = split(config, shape, rank), integers(config, key, rank, 2 if key == "pool_size" else None)
    if parts is None or shape is None or sizes is None:
        return None
    strides = sizes if key == "pool_size" and config.get("strides") is None else integers(config, "strides", rank, 1)
    dilations = integers(config, "dilation_rate", rank, 1)
    if strides is None or dilations is None:
        return None
    mode = padding(config)
    space = [strided(length, sizes[i], strides[i], mode, dilations[i]) for i, length in enumerate(parts[0])]
    return join(config, shape[0], space, channels)


def _sides(value: Any, rank: int) -> list[int] | None:
    """Both sides of each axis together: of one number, a number per axis or a pair per axis."""
    outer = sequence(value)
    if outer is None:
        single = integers({"": value}, "", 2)
        return None if single is None else [sum(single)] * rank
    if rank == 1 and len(outer) == 2:
        outer = [list(outer)]
    pairs = [integers({"": side}, "", 2) for side in outer]
    return [sum(pair) for pair in pairs if pair] if len(pairs) == rank and None not in pairs else None
