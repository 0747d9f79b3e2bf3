"""Variables of attention, activations and preprocessing layers."""

from __future__ import annotations

from kerasarchive.layout.shapes.setting import axes, dim, flag, integer, text
from kerasarchive.layout.variables.variable import Given, Variable


def attention(given: Given) -> tuple[Variable, ...]:
    """``scale`` and, for concat scores, ``concat_score_weight``: scalars."""
    names = ["scale"] if flag(given.config, "use_scale", False) else []
    if text(given.config, "score_mode", "dot") == "concat":
        names.append("concat_score_weight")
    return tuple(given.variable(name, ()) for name in names)


def additive_attention(given: Given) -> tuple[Variable, ...]:
    """``scale`` over the features."""
    return (given.variable("scale", (dim(given.shape, -1),)),) if flag(given.config, "use_scale", True) else ()


def prelu(given: Given) -> tuple[Variable, ...]:
    """``alpha`` over all axes but the batch, 1 along the shared ones."""
    shape = given.shape
    if shape is None:
        return (given.variable("alpha", None),)
    shared = axes(given.config, "shared_axes", []) if given.config.get("shared_axes") is not None else ()
    if shared is None:
        return (given.variable("alpha", None),)
    # Keras indexes the shape without the batch by `axis - 1`, so that -1 means the last axis but one.
    places = {(axis - 1) % (len(shape) - 1) for axis in shared} if len(shape) > 1 else set()
    sizes = tuple(1 if place in places else size for place, size in enumerate(shape[1:]))
    return (given.variable("alpha", sizes),)


def lookup(given: Given) -> tuple[Variable, ...]:
    """StringLookup and IntegerLookup store their document frequencies under a name, not a number."""
    if text(given.config, "output_mode") != "tf_idf":
        return ()
    return (given.variable("idf_weights", (None,), trainable=False, key="idf_weights"),)


def text_vectorization(given: Given) -> tuple[Variable, ...]:
    """TextVectorization stores its lookup's weights a second time."""
    return tuple(
        Variable(v.name, v.shape, v.trainable, v.dtype, v.key, ("_lookup_layer", v.name)) for v in lookup(given)
    )


def discretization(given: Given) -> tuple[Variable, ...]:
    """Keras 2 keeps a sketch of the quantiles, of a length that only the data tell; Keras 3 keeps none."""
    if given.major >= 3 or given.config.get("bin_boundaries") is not None:
        return ()
    return (given.variable("summary", (2, None), trainable=False, dtype="float32"),)


def spectrogram(given: Given) -> tuple[Variable, ...]:
    """STFTSpectrogram: two fixed kernels, which count as trainable."""
    length = integer(given.config, "frame_length", 256)
    points = integer(given.config, "fft_length") or (None if length is None else _power_of_two(length))
    shape = (length, 1, None if points is None else points // 2 + 1)
    mode = text(given.config, "mode", "log")
    names = [name for name, without in (("real_kernel", "imag"), ("imag_kernel", "real")) if mode != without]
    return tuple(given.variable(name, shape) for name in names)


def random_fourier_features(given: Given) -> tuple[Variable, ...]:
    """Keras 2: the trained ``kernel_scale`` is stored before the fixed kernel and bias."""
    output = integer(given.config, "output_dim")
    return (
        given.variable("kernel_scale", (1,), dtype="float32"),
        given.variable("unscaled_kernel", (dim(given.shape, -1), output), trainable=False, dtype="float32"),
        given.variable("bias", (output,), trainable=False, dtype="float32"),
    )


def _power_of_two(length: int) -> int | None:
    """The smallest power of two that holds `length`: what Keras takes for a missing ``fft_length``."""
    return 1 << (length - 1).bit_length() if 0 < length < 1 << 32 else None
