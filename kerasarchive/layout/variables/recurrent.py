"""Variables of the recurrent cells; the layers around them have none of their own."""

from __future__ import annotations

from kerasarchive.layout.shapes.setting import channels_first, dim, flag, integer, integers, times
from kerasarchive.layout.variables.variable import Given, Variable


def gated(given: Given, gates: int) -> tuple[Variable, ...]:
    """``kernel (inputs, gates * units)``, ``recurrent_kernel (units, gates * units)``, ``bias (gates * units,)``."""
    units = integer(given.config, "units")
    width = times(gates, units)
    bias = (given.variable("bias", (width,)),) if flag(given.config, "use_bias", True) else ()
    return (*_kernels(given, units, width), *bias)


def gru(given: Given) -> tuple[Variable, ...]:
    """As `gated` with three gates; with ``reset_after`` the bias has two rows."""
    units = integer(given.config, "units")
    width = times(3, units)
    if not flag(given.config, "use_bias", True):
        return _kernels(given, units, width)
    shape = (2, width) if flag(given.config, "reset_after", False) else (width,)
    return (*_kernels(given, units, width), given.variable("bias", shape))


def cudnn(given: Given, gates: int) -> tuple[Variable, ...]:
    """Keras 2's CuDNNLSTM and CuDNNGRU: the bias of both kernels, and no cell."""
    units = integer(given.config, "units")
    width = times(gates, units)
    return (*_kernels(given, units, width), given.variable("bias", (times(2, width),)))


def convolutional(given: Given) -> tuple[Variable, ...]:
    """ConvLSTM's cell: kernels over the window, four gates."""
    filters = integer(given.config, "filters")
    shape = given.shape
    channels = dim(shape, 1 if channels_first(given.config) else -1)
    window = given.config.get("kernel_size")
    rank = len(window) if isinstance(window, (list, tuple)) else len(shape) - 2 if shape and len(shape) > 2 else 0
    sizes = integers(given.config, "kernel_size", rank) if rank else None
    width = times(4, filters)
    bias = (given.variable("bias", (width,)),) if flag(given.config, "use_bias", True) else ()
    return (
        given.variable("kernel", None if sizes is None else (*sizes, channels, width)),
        given.variable("recurrent_kernel", None if sizes is None else (*sizes, filters, width)),
        *bias,
    )


def _kernels(given: Given, units: int | None, width: int | None) -> tuple[Variable, ...]:
    return (
        given.variable("kernel", (dim(given.shape, -1), width)),
        given.variable("recurrent_kernel", (units, width)),
    )
