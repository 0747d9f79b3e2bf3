"""Images: mirrored, cropped, padded, resized, and blocks of pixels as channels."""

from __future__ import annotations

from typing import Any

from kerasarchive.migration.functions.arithmetic import cast
from kerasarchive.migration.functions.arrangement import pad, reshaped, reverse, transposed
from kerasarchive.migration.functions.call import Call, Function
from kerasarchive.migration.functions.indexing import FULL, getitem
from kerasarchive.migration.functions.tensor import FLOATS, INTEGERS, Tensor, Value

METHODS = ("bilinear", "nearest", "bicubic", "lanczos3", "lanczos5")


def image_flip(axis: int) -> Any:
    """An image, or a batch of images, backwards along an axis."""

    def translate(call: Call, image: Value) -> Tensor:
        tensor = call.tensor(image, "image")
        if len(call.shape(tensor, "image")) not in (3, 4):
            call.refuse("image", tensor)
        return reverse(call, tensor, [axis])

    return translate


def pad_to_bounding_box(call: Call, image: Value, top: Value, left: Value, height: Value, width: Value) -> Tensor:
    """A batch of images with zeros around."""
    tensor = call.tensor(image, "image")
    sizes = call.shape(tensor, "image")
    if len(sizes) != 4 or None in sizes[1:3]:
        call.refuse("image", tensor, "it is no batch of images of known size")
    before = [call.axis(value, "offset") for value in (top, left)]
    whole = [call.axis(value, "target") for value in (height, width)]
    around = [[a, n - a - (size or 0)] for a, n, size in zip(before, whole, sizes[1:3], strict=True)]
    return pad(call, tensor, [[0, 0], *around, [0, 0]], "constant", 0)


def depth_to_space(call: Call, x: Value, block_size: Value, data_format: Value) -> Tensor:
    """Blocks of channels as blocks of pixels."""
    tensor, block = _blocks(call, x, block_size, data_format)
    _, height, width, channels = call.shape(tensor, "input")
    if height is None or width is None or channels is None:
        call.refuse("input", tensor, "its sizes are only known at run time")
    assert height is not None and width is not None and channels is not None
    rest = channels // block**2
    apart = reshaped(call, tensor, [-1, height, width, block, block, rest])
    return reshaped(call, transposed(call, apart, [0, 1, 3, 2, 4, 5]), [-1, height * block, width * block, rest])


def space_to_depth(call: Call, x: Value, block_size: Value, data_format: Value) -> Tensor:
    """Blocks of pixels as blocks of channels."""
    tensor, block = _blocks(call, x, block_size, data_format)
    _, height, width, channels = call.shape(tensor, "input")
    if height is None or width is None or channels is None:
        call.refuse("input", tensor, "its sizes are only known at run time")
    assert height is not None and width is not None and channels is not None
    rows, columns = height // block, width // block
    apart = reshaped(call, tensor, [-1, rows, block, columns, block, channels])
    return reshaped(call, transposed(call, apart, [0, 1, 3, 2, 4, 5]), [-1, rows, columns, block * block * channels])


def _blocks(call: Call, x: Value, block_size: Value, data_format: Value) -> tuple[Tensor, int]:
    tensor = call.tensor(x, "input")
    if data_format != "NHWC":
        call.refuse("data_format", data_format)
    if len(call.shape(tensor, "input")) != 4:
        call.refuse("input", tensor, "it has not four axes")
    return tensor, call.axis(block_size, "block_size")


def crop_to_bounding_box(call: Call, image: Value, top: Value, left: Value, height: Value, width: Value) -> Value:
    """A block of an image, or of a batch of images."""
    tensor = call.tensor(image, "image")
    lines = [call.axis(value, "offset") for value in (top, left, height, width)]
    box = [{"start": a, "stop": a + n, "step": None} for a, n in zip(lines[:2], lines[2:], strict=True)]
    if len(call.shape(tensor, "image")) not in (3, 4):
        call.refuse("image", tensor)
    return getitem(call, tensor, [dict(FULL), *box] if tensor.rank == 4 else box, None)


def resize(call: Call, images: Value, size: Value, method: Value, ratio: Value, antialias: Value) -> Tensor:
    """Images in another size. TensorFlow gives float32 but for `nearest`, which keeps the dtype."""
    tensor = call.tensor(images, "images")
    call.dtype(tensor, "images", FLOATS | INTEGERS)
    shape = call.shape(tensor, "images")
    if len(shape) != 4:
        call.refuse("images", tensor, "it is no batch of images")
    sizes = call.integers(size, "size")
    if len(sizes) != 2 or method not in METHODS:
        call.refuse("method", method)
    if call.flag(ratio, "preserve_aspect_ratio"):
        call.refuse("preserve_aspect_ratio", ratio)
    if method != "nearest":
        tensor = cast(call, tensor, "float32")
    config = {
        "size": sizes,
        "interpolation": method,
        "antialias": call.flag(antialias, "antialias"),
        "data_format": "channels_last",
    }
    return call.emit("image.Resize", tensor, shape=(shape[0], *sizes, shape[3]), dtype=tensor.dtype, config=config)


FUNCTIONS: dict[str, Function] = {
    "image.flip_left_right": Function("image", image_flip(-2)),
    "image.flip_up_down": Function("image", image_flip(-3)),
    "image.crop_to_bounding_box": Function(
        "image offset_height offset_width target_height target_width", crop_to_bounding_box
    ),
    "image.pad_to_bounding_box": Function(
        "image offset_height offset_width target_height target_width", pad_to_bounding_box
    ),
    "image.resize": Function("images size method='bilinear' preserve_aspect_ratio=False antialias=False", resize),
    "nn.depth_to_space": Function("input block_size data_format='NHWC'", depth_to_space),
    "nn.space_to_depth": Function("input block_size data_format='NHWC'", space_to_depth),
}
