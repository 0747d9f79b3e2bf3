"""Images resized as TensorFlow 1 did it: from the corners of pixels, or with the corners aligned."""

from __future__ import annotations

import math
import struct
from typing import Any

from kerasarchive.migration.functions.arithmetic import add, cast, pair
from kerasarchive.migration.functions.call import LARGEST, Call, array
from kerasarchive.migration.functions.images import resize
from kerasarchive.migration.functions.tensor import FLOATS, Tensor, Value, with_size


def bilinear(call: Call, images: Value, size: Value, align_corners: Value, half_pixel_centers: Value) -> Tensor:
    """``ResizeBilinear``: the columns first, as its kernel does."""
    if half_pixel_centers and not align_corners:
        return resize(call, images, size, "bilinear", False, False)
    tensor, sizes = _images(call, images, size, half_pixel_centers)
    if tensor.dtype not in FLOATS:
        tensor = cast(call, tensor, "float32")
    for axis in (2, 1):
        length = call.shape(tensor, "images")[axis] or 0
        places = [_f32(place * _scale(length, sizes[axis - 1], align_corners)) for place in range(sizes[axis - 1])]
        lower = [math.floor(place) for place in places]
        parts = [_f32(place - low) for place, low in zip(places, lower, strict=True)]
        near = _taken(call, tensor, lower, axis)
        if any(parts):
            far = _taken(call, tensor, [min(math.ceil(place), length - 1) for place in places], axis)
            weights: list[Any] = [[part] if axis == 2 else [[part]] for part in parts]
            near = add(call, near, pair(call, "numpy.Multiply", pair(call, "numpy.Subtract", far, near), weights))
        tensor = near
    return tensor


def nearest(call: Call, images: Value, size: Value, align_corners: Value, half_pixel_centers: Value) -> Tensor:
    """``ResizeNearestNeighbor``."""
    if half_pixel_centers and not align_corners:
        return resize(call, images, size, "nearest", False, False)
    tensor, sizes = _images(call, images, size, half_pixel_centers)
    for axis in (1, 2):
        length = call.shape(tensor, "images")[axis] or 0
        places = [_f32(place * _scale(length, sizes[axis - 1], align_corners)) for place in range(sizes[axis - 1])]
        # roundf() goes away from zero at halves.
        chosen = [min(math.floor(place + 0.5 if align_corners else place), length - 1) for place in places]
        tensor = _taken(call, tensor, chosen, axis)
    return tensor


def _images(call: Call, images: Value, size: Value, half_pixel_centers: Value) -> tuple[Tensor, list[int]]:
    tensor = call.tensor(images, "images")
    shape, sizes = call.shape(tensor, "images"), call.integers(size, "size")
    if half_pixel_centers:
        call.refuse("half_pixel_centers", half_pixel_centers)
    if len(shape) != 4 or None in shape[1:3]:
        call.refuse("images", tensor, "their size is only known at run time")
    if len(sizes) != 2 or not all(0 < size <= LARGEST for size in sizes):
        call.refuse("size", size)
    return tensor, sizes


def _scale(length: int, size: int, align_corners: Value) -> float:
    """How far apart, in pixels of the old image, those of the new one lie: single precision, as in the kernel."""
    return _f32((length - 1) / (size - 1)) if align_corners and size > 1 else _f32(length / size)


def _taken(call: Call, tensor: Tensor, places: list[int], axis: int) -> Tensor:
    if places == list(range(call.shape(tensor, "images")[axis] or 0)):
        return tensor
    shape = with_size(tensor.shape, axis, len(places))
    return call.emit(
        "numpy.Take", tensor, array(places, "int32"), shape=shape, dtype=tensor.dtype, config={"axis": axis}
    )


def _f32(value: float) -> float:
    found: float = struct.unpack("f", struct.pack("f", value))[0]
    return found
