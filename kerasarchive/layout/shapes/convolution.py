"""Output lengths of windows that slide: convolutions and pooling."""

from __future__ import annotations


def strided(length: int | None, window: int, stride: int, padding: str, dilation: int = 1) -> int | None:
    """Length of the output of a sliding window; None where it is unknown or the window does not fit."""
    if length is None or window < 1 or stride < 1 or dilation < 1:
        return None
    reach = (window - 1) * dilation + 1
    if padding not in ("same", "causal"):
        length = length - reach + 1
    return (length + stride - 1) // stride if length > 0 else None


def upsampled(
    length: int | None, window: int, stride: int, padding: str, extra: int | None = None, dilation: int = 1
) -> int | None:
    """Length of a transposed convolution's output. `extra` is ``output_padding``; None lets Keras choose."""
    if length is None or window < 1 or stride < 1 or dilation < 1:
        return None
    reach = (window - 1) * dilation + 1
    if extra is None:
        result = length * stride if padding == "same" else length * stride + max(reach - stride, 0)
    elif padding == "same":
        result = (length - 1) * stride + reach - 2 * (reach // 2) + extra
    else:
        result = (length - 1) * stride + reach + extra
    return result if result > 0 else None
