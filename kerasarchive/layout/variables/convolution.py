"""Variables of the convolutions, with those that Keras 2 had and Keras 3 dropped (locally connected layers)."""

from __future__ import annotations

import re

from kerasarchive.layout.shapes.convolution import strided
from kerasarchive.layout.shapes.setting import Shape, channels_first, dim, flag, integer, integers, padding, times
from kerasarchive.layout.variables.variable import Given, Variable


def rank_of(class_name: str) -> int:
    """Number of spatial dimensions, from the class's name (``Conv2DTranspose``)."""
    found = re.search(r"([123])D", class_name)
    return int(found[1]) if found else 2


def convolution(given: Given, rank: int) -> tuple[Variable, ...]:
    """``kernel (*kernel_size, channels // groups, filters)``, ``bias (filters,)``; LoRA's pair is never stored."""
    filters, groups = integer(given.config, "filters"), integer(given.config, "groups", 1)
    channels = _channels(given)
    inputs = channels // groups if channels is not None and groups else None
    lora = integer(given.config, "lora_rank") or None
    kernel = given.variable("kernel", _kernel(given, rank, inputs, filters), trainable=lora is None)
    pair: tuple[Variable, ...] = ()
    if lora is not None:
        first = given.variable("lora_kernel_a", _kernel(given, rank, inputs, lora), dtype="float32", key=None)
        pair = (first, given.variable("lora_kernel_b", (lora, filters), dtype="float32", key=None))
    return (kernel, *_bias(given, (filters,)), *pair)


def transposed(given: Given, rank: int) -> tuple[Variable, ...]:
    """``kernel (*kernel_size, filters, channels)``, ``bias (filters,)``."""
    filters = integer(given.config, "filters")
    return (given.variable("kernel", _kernel(given, rank, filters, _channels(given))), *_bias(given, (filters,)))


def depthwise(given: Given, rank: int) -> tuple[Variable, ...]:
    """``kernel (*kernel_size, channels, depth_multiplier)``, ``bias (channels * depth_multiplier,)``."""
    channels, multiplier = _channels(given), integer(given.config, "depth_multiplier", 1)
    name = "depthwise_kernel" if given.major < 3 else "kernel"
    bias = _bias(given, (times(channels, multiplier),))
    return (given.variable(name, _kernel(given, rank, channels, multiplier)), *bias)


def separable(given: Given, rank: int) -> tuple[Variable, ...]:
    """``depthwise_kernel``, ``pointwise_kernel (1, .., channels * depth_multiplier, filters)``, ``bias (filters,)``."""
    channels, multiplier = _channels(given), integer(given.config, "depth_multiplier", 1)
    filters = integer(given.config, "filters")
    return (
        given.variable("depthwise_kernel", _kernel(given, rank, channels, multiplier)),
        given.variable("pointwise_kernel", (1,) * rank + (times(channels, multiplier), filters)),
        *_bias(given, (filters,)),
    )


def locally_connected(given: Given, rank: int) -> tuple[Variable, ...]:
    """Keras 2's convolution without shared weights: a kernel for every place of the output."""
    filters, sizes = integer(given.config, "filters"), integers(given.config, "kernel_size", rank)
    strides = integers(given.config, "strides", rank, 1)
    shape, channels = given.shape, _channels(given)
    if sizes is None or strides is None or shape is None or len(shape) != rank + 2:
        unknown = [given.variable("kernel", None)]
        return (*unknown, *_bias(given, None))
    space = shape[2:] if channels_first(given.config) else shape[1:-1]
    mode = padding(given.config)
    places = [strided(*axis, mode) for axis in zip(space, sizes, strides, strict=True)]
    kernel: Shape | None = None
    if integer(given.config, "implementation", 1) == 1:
        kernel = (times(*places), times(*sizes, channels), filters)
    elif integer(given.config, "implementation") == 2:
        before, after = [*space, channels], [*places, filters]
        if channels_first(given.config):
            before, after = [channels, *space], [filters, *places]
        kernel = (*before, *after)
    return (given.variable("kernel", kernel), *_bias(given, (*places, filters)))


def _channels(given: Given) -> int | None:
    return dim(given.shape, 1 if channels_first(given.config) else -1)


def _kernel(given: Given, rank: int, *last: int | None) -> Shape | None:
    sizes = integers(given.config, "kernel_size", rank)
    return None if sizes is None else (*sizes, *last)


def _bias(given: Given, shape: Shape | None) -> tuple[Variable, ...]:
    return (given.variable("bias", shape),) if flag(given.config, "use_bias", True) else ()
