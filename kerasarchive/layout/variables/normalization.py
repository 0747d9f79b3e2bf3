"""Variables of the normalization layers."""

from __future__ import annotations

from kerasarchive.layout.shapes.setting import Shape, axes, dim, flag, integer
from kerasarchive.layout.variables.variable import Given, Variable

LOW = ("float16", "bfloat16")


def batch(given: Given) -> tuple[Variable, ...]:
    """``gamma beta`` trained, ``moving_mean moving_variance`` not; with ``renorm`` three more."""
    shape = _per_axis(given)
    if given.major < 3 and shape is not None and (len(shape) > 1 or integer(given.config, "virtual_batch_size")):
        shape = _broadcast(given)
    names = [name for name, option in (("gamma", "scale"), ("beta", "center")) if flag(given.config, option, True)]
    moving = ["moving_mean", "moving_variance"]
    if flag(given.config, "renorm", False):
        moving += ["moving_stddev", "renorm_mean", "renorm_stddev"]
    dtype = "float32" if given.major < 3 and given.dtype in LOW else given.dtype
    return tuple(given.variable(name, shape, trainable=name in names, dtype=dtype) for name in names + moving)


def layer(given: Given) -> tuple[Variable, ...]:
    """``gamma`` and ``beta`` over the normalized axes; Keras 3's ``rms_scaling`` has the gamma alone."""
    rms = flag(given.config, "rms_scaling", False)
    names = []
    if flag(given.config, "scale", True) or rms:
        names.append("gamma")
    if flag(given.config, "center", True) and not rms:
        names.append("beta")
    return tuple(given.variable(name, _per_axis(given)) for name in names)


def group(given: Given) -> tuple[Variable, ...]:
    """``gamma`` and ``beta`` over the channels."""
    axis = integer(given.config, "axis", -1)
    shape = (None if axis is None else dim(given.shape, axis),)
    names = [name for name, option in (("gamma", "scale"), ("beta", "center")) if flag(given.config, option, True)]
    return tuple(given.variable(name, shape) for name in names)


def root_mean_square(given: Given) -> tuple[Variable, ...]:
    """``scale`` over the normalized axes."""
    return (given.variable("scale", _per_axis(given)),)


def preprocessing(given: Given) -> tuple[Variable, ...]:
    """Normalization: ``mean variance count``, unless the config gives mean and variance. None is trained."""
    if given.config.get("mean") is not None:
        return ()
    shape: Shape | None = ()
    if given.config.get("axis", -1) is not None:
        found = axes(given.config, "axis", -1)
        rank = None if given.shape is None else len(given.shape)
        kept = None if found is None or rank is None else sorted(axis % rank for axis in found if rank)
        shape = None if kept is None else tuple(dim(given.shape, axis) for axis in kept)
    return (
        given.variable("mean", shape, trainable=False),
        given.variable("variance", shape, trainable=False),
        given.variable("count", (), trainable=False, dtype="int64" if given.major < 3 else "int32"),
    )


def _per_axis(given: Given) -> Shape | None:
    """One size for each axis that ``axis`` names."""
    found = axes(given.config, "axis", -1)
    if found is None:
        return None
    if given.shape is not None and len(found) > 1:
        found = tuple(sorted(axis % len(given.shape) for axis in found if given.shape))
    return tuple(dim(given.shape, axis) for axis in found)


def _broadcast(given: Given) -> Shape | None:
    """Keras 2, several axes or virtual batches: the input's rank with 1 where the axis is not named."""
    found, shape = axes(given.config, "axis", -1), given.shape
    if found is None or not shape:
        return None
    kept = {axis % len(shape) for axis in found}
    full = [size if axis in kept else 1 for axis, size in enumerate(shape)]
    return (*full[:1], 1, *full[1:]) if integer(given.config, "virtual_batch_size") else tuple(full)
