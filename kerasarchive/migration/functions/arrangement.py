"""Functions that put values elsewhere: shapes, axes, joining and taking apart."""

from __future__ import annotations

from math import prod
from typing import Any

from kerasarchive.migration.functions.call import LARGEST, Call, Function, array, constant_shape
from kerasarchive.migration.functions.sizes import own_sizes, sizes_of
from kerasarchive.migration.functions.tensor import (
    Shape,
    Sizes,
    Tensor,
    Unknown,
    Value,
    is_integer,
    shape_of,
    with_size,
)


def reshape(call: Call, x: Value, target: Value) -> Value:
    """The same values in another shape; one size may be left to the run, which then follows from the others."""
    sizes = sizes_of(call, target, "shape")
    if isinstance(x, Sizes):
        flat = x.value if isinstance(x.value, list) else [x.value]
        if len(sizes) == 1 and sizes[0] in (-1, len(flat)):
            return Sizes(flat)
        if not sizes and len(flat) == 1:
            return Sizes(flat[0])
        call.refuse("tensor", x.value)
    tensor = call.tensor(x, "tensor")
    if tensor.shape is not None and sizes == own_sizes(call, tensor):
        # Every size is the tensor's own, so that nothing changes whatever they are.
        return call.emit("numpy.Copy", tensor, shape=tensor.shape, dtype=tensor.dtype)
    sizes = _computed(call, tensor, sizes)
    return reshaped(call, tensor, [-1 if isinstance(size, Unknown) else size for size in sizes])


def _computed(call: Call, tensor: Tensor, sizes: list[int | Unknown]) -> list[int | Unknown]:
    """The sizes with a number for -1, where all that is not known are sizes of the tensor itself."""
    if tensor.shape is None or -1 not in sizes or not any(isinstance(size, Unknown) for size in sizes):
        return sizes
    left = own_sizes(call, tensor)
    for size in sizes:
        if isinstance(size, Unknown) and size in left:
            left.remove(size)
        elif isinstance(size, Unknown):
            return sizes
    known = [size for size in left if not isinstance(size, Unknown)]
    rest = prod(size for size in sizes if not isinstance(size, Unknown) and size != -1)
    if len(known) < len(left) or not rest or prod(known) % rest:
        return sizes
    return [prod(known) // rest if size == -1 else size for size in sizes]


def reshaped(call: Call, tensor: Tensor, sizes: list[int]) -> Tensor:
    """A reshape with at most one size to be computed."""
    if sizes.count(-1) > 1:
        call.refuse("shape", sizes, "more than one of its sizes is only known at run time")
    if 0 in sizes and -1 in sizes:
        call.refuse("shape", sizes, "one of its sizes is 0")
    rest = prod(size for size in sizes if size != -1)
    known = tensor.shape is not None and None not in tensor.shape
    total = prod(size for size in tensor.shape or () if size is not None) if known else None
    computed = total // rest if total is not None and rest else None
    result = tuple(computed if size == -1 else size for size in sizes)
    return call.emit("numpy.Reshape", tensor, shape=result, dtype=tensor.dtype, config={"new_shape": sizes})


def transpose(call: Call, x: Value, perm: Value, conjugate: Value) -> Tensor:
    """The axes in another order, reversed if none is given."""
    tensor = call.tensor(x, "a")
    if call.flag(conjugate, "conjugate"):
        call.refuse("conjugate", conjugate)
    return transposed(call, tensor, None if perm is None else call.integers(perm, "perm"))


def transposed(call: Call, tensor: Tensor, order: list[int] | None) -> Tensor:
    """A transposition."""
    result: Shape | None = None
    if tensor.shape is not None:
        places = list(range(len(tensor.shape)))[::-1] if order is None else order
        if sorted(place % max(1, len(tensor.shape)) for place in places) != list(range(len(tensor.shape))):
            call.refuse("perm", order, f"the tensor has {len(tensor.shape)} axes")
        result = tuple(tensor.shape[place] for place in places)
    return call.emit("numpy.Transpose", tensor, shape=result, dtype=tensor.dtype, config={"axes": order})


def last_two_swapped(call: Call, tensor: Tensor, argument: str) -> Tensor:
    """A stack of matrices, each transposed."""
    axes = len(call.shape(tensor, argument))
    if axes < 2:
        call.refuse(argument, tensor, f"it has {axes} axes")
    return transposed(call, tensor, [*range(axes - 2), axes - 1, axes - 2])


def matrix_transpose(call: Call, x: Value, conjugate: Value) -> Tensor:
    """A stack of matrices, each transposed."""
    if call.flag(conjugate, "conjugate"):
        call.refuse("conjugate", conjugate)
    return last_two_swapped(call, call.tensor(x, "a"), "a")


def squeeze(call: Call, x: Value, axis: Value) -> Tensor:
    """Without axes of one. Keras wants their size to be known."""
    tensor = call.tensor(x, "input")
    axes = call.axes(axis)
    if not axes:
        return call.emit(
            "numpy.Squeeze",
            tensor,
            shape=None if tensor.shape is None or None in tensor.shape else tuple(n for n in tensor.shape if n != 1),
            dtype=tensor.dtype,
            config={"axis": None},
        )
    sizes = call.shape(tensor, "input")
    for place in sorted({axis % len(sizes) for axis in axes}, reverse=True):
        if sizes[place] != 1:
            call.refuse("axis", axis, f"the size there is {sizes[place] or 'only known at run time'}")
        sizes = (*sizes[:place], *sizes[place + 1 :])
        tensor = call.emit("numpy.Squeeze", tensor, shape=sizes, dtype=tensor.dtype, config={"axis": place})
    return tensor


def expand_dims(call: Call, x: Value, axis: Value) -> Value:
    """With another axis of one."""
    if isinstance(x, Sizes):
        if isinstance(x.value, list) or axis not in (0, -1):
            call.refuse("input", x.value)
        return Sizes([x.value])
    return expanded(call, call.tensor(x, "input"), call.axis(axis))


def expanded(call: Call, tensor: Tensor, place: int) -> Tensor:
    """With another axis of one."""
    result: Shape | None = None
    if tensor.shape is not None:
        at = place % (len(tensor.shape) + 1)
        result = (*tensor.shape[:at], 1, *tensor.shape[at:])
    return call.emit("numpy.ExpandDims", tensor, shape=result, dtype=tensor.dtype, config={"axis": place})


def parts(call: Call, values: Value, argument: str) -> tuple[list[Value], str | None]:
    """What is joined, with constants as arrays, and its dtype."""
    items = values if isinstance(values, list) else [values]
    kinds = {item.dtype for item in items if isinstance(item, Tensor)}
    if not kinds:
        call.refuse(argument, items, "none of it is a tensor of the graph")
    known = kinds - {None}
    if len(known) > 1:
        call.refuse(argument, "tensors", f"it mixes {' and '.join(sorted(str(kind) for kind in known))}")
    dtype = next(iter(known), None)
    return [item if isinstance(item, Tensor) else _array(call, item, dtype, argument) for item in items], dtype


def _array(call: Call, value: Value, dtype: str | None, argument: str) -> Value:
    operand = call.operand(value, argument, dtype, strict=True)
    return operand if isinstance(operand, dict) else array(operand, str(dtype))


def concat(call: Call, values: Value, axis: Value) -> Value:
    """Joined along an axis."""
    items = values if isinstance(values, list) else [values]
    if any(isinstance(item, Sizes) for item in items):
        return _joined_sizes(call, items)
    place = call.axis(axis)
    joined, dtype = parts(call, values, "values")
    shapes = [constant_shape(item) for item in joined]
    known = [found for found in shapes if found is not None]
    result: Shape | None = None
    if len(known) == len(shapes):
        lengths = [found[place] for found in known]
        total = None if None in lengths else sum(length for length in lengths if length is not None)
        merged = tuple(next((found[i] for found in known if found[i] is not None), None) for i in range(len(known[0])))
        result = with_size(merged, place, total)
    return call.emit("numpy.Concatenate", joined, shape=result, dtype=dtype, config={"axis": place})


def _joined_sizes(call: Call, items: list[Value]) -> Sizes:
    found: list[int | Unknown] = []
    for item in items:
        value = item.value if isinstance(item, Sizes) else item
        if not isinstance(value, list):
            call.refuse("values", value)
        found += sizes_of(call, value, "values")
    return Sizes(found)


def stack(call: Call, values: Value, axis: Value) -> Value:
    """Joined along a new axis."""
    items = values if isinstance(values, list) else [values]
    if any(isinstance(item, Sizes) for item in items):
        return Sizes(sizes_of(call, items, "values"))
    place = call.axis(axis)
    joined, dtype = parts(call, values, "values")
    shapes = {constant_shape(item) for item in joined}
    found = next(iter(shapes)) if len(shapes) == 1 else None
    at = 0 if found is None else place % (len(found) + 1)
    result = None if found is None else (*found[:at], len(joined), *found[at:])
    return call.emit("numpy.Stack", joined, shape=result, dtype=dtype, config={"axis": place})


def unstack(call: Call, x: Value, num: Value, axis: Value) -> list[Value]:
    """Taken apart along an axis."""
    if isinstance(x, Sizes):
        if not isinstance(x.value, list) or axis not in (0, -1):
            call.refuse("value", x.value)
        return [Sizes(size) for size in x.value]
    tensor = call.tensor(x, "value")
    place = call.axis(axis)
    sizes = call.shape(tensor, "value")
    count = sizes[place] if num is None else num
    if not is_integer(count) or not 0 < (count or 0) <= LARGEST or (sizes[place] is not None and sizes[place] != count):
        call.refuse("num", num, "how many parts there are is not known")
    at = place % len(sizes)
    rest = (*sizes[:at], *sizes[at + 1 :])
    first = call.emit("core.Unstack", tensor, shape=rest, dtype=tensor.dtype, config={"num": count, "axis": place})
    return list(call.several(first, [rest] * int(count or 0)))


def split(call: Call, x: Value, pieces: Value, axis: Value, num: Value) -> list[Tensor]:
    """Taken apart along an axis, into equal parts or parts of given sizes."""
    tensor = call.tensor(x, "value")
    place = call.axis(axis)
    length = None if tensor.shape is None else tensor.shape[place]
    if isinstance(pieces, list):
        sizes: list[int | None] = list(call.integers(pieces, "num_or_size_splits"))
        if -1 in sizes:
            if length is None or sizes.count(-1) > 1:
                call.refuse("num_or_size_splits", pieces)
            rest = (length or 0) - sum(size for size in sizes if size is not None and size != -1)
            sizes = [rest if size == -1 else size for size in sizes]
        said: Any = _ends([size or 0 for size in sizes]) if len(sizes) > 1 else 1
        if len(sizes) > 1 and length is None:
            call.refuse("num_or_size_splits", pieces, "the size of the axis is only known at run time")
    else:
        count = call.axis(pieces, "num_or_size_splits")
        if not 0 < count <= LARGEST:
            call.refuse("num_or_size_splits", pieces)
        sizes, said = [None if length is None else length // count] * count, count
    shapes = [with_size(tensor.shape, place, size) for size in sizes]
    first = call.emit(
        "numpy.Split", tensor, shape=shapes[0], dtype=tensor.dtype, config={"indices_or_sections": said, "axis": place}
    )
    return call.several(first, shapes)


def _ends(sizes: list[int]) -> list[int]:
    return [sum(sizes[: index + 1]) for index in range(len(sizes) - 1)]


def tile(call: Call, x: Value, multiples: Value) -> Tensor:
    """Repeated along each axis."""
    tensor = call.tensor(x, "input")
    times = sizes_of(call, multiples, "multiples")
    if any(isinstance(by, Unknown) for by in times):
        call.refuse("multiples", times, "it is only known at run time")
    return tiled(call, tensor, [by for by in times if not isinstance(by, Unknown)])


def tiled(call: Call, tensor: Tensor, times: list[int]) -> Tensor:
    """Repeated along each axis."""
    result: Shape | None = None
    if tensor.shape is not None and len(tensor.shape) == len(times):
        result = tuple(None if n is None else n * by for n, by in zip(tensor.shape, times, strict=True))
    return call.emit("numpy.Tile", tensor, shape=result, dtype=tensor.dtype, config={"repeats": times})


def repeat(call: Call, x: Value, repeats: Value, axis: Value) -> Tensor:
    """Every value so many times."""
    tensor = call.tensor(x, "input")
    times = call.axis(repeats, "repeats")
    place = None if axis is None else call.axis(axis)
    result: Shape | None = None
    if tensor.shape is not None and place is not None:
        length = tensor.shape[place]
        result = with_size(tensor.shape, place, None if length is None else length * times)
    return call.emit("numpy.Repeat", tensor, shape=result, dtype=tensor.dtype, config={"repeats": times, "axis": place})


def broadcast_to(call: Call, x: Value, target: Value) -> Tensor:
    """Repeated along axes of one."""
    tensor = call.tensor(x, "input")
    sizes = sizes_of(call, target, "shape")
    whole = [size for size in sizes if not isinstance(size, Unknown)]
    if len(whole) == len(sizes) and -1 not in whole:
        config = {"shape": whole}
        return call.emit("numpy.BroadcastTo", tensor, shape=tuple(whole), dtype=tensor.dtype, config=config)
    own = own_sizes(call, tensor)
    times: list[int] = []
    for have, want in zip(own, sizes, strict=False):
        if have == want:
            times.append(1)
        elif have == 1 and isinstance(want, int) and want != -1:
            times.append(want)
    if len(own) != len(sizes) or len(times) != len(sizes):
        call.refuse("shape", sizes, "it is only known at run time")
    return tiled(call, tensor, times)


def pad(call: Call, x: Value, paddings: Value, mode: Value, constant_values: Value) -> Tensor:
    """With values around."""
    tensor = call.tensor(x, "tensor")
    if not isinstance(paddings, list) or not all(
        isinstance(pair, list) and len(pair) == 2 and all(is_integer(n) and n >= 0 for n in pair) for pair in paddings
    ):
        call.refuse("paddings", paddings)
    kind = str(mode).lower()
    if kind not in ("constant", "reflect", "symmetric"):
        call.refuse("mode", mode)
    keywords = {}
    if kind == "constant" and constant_values not in (0, 0.0, None):
        if isinstance(constant_values, (Tensor, list)):
            call.refuse("constant_values", constant_values)
        keywords["constant_values"] = call.operand(constant_values, "constant_values", tensor.dtype)
    result: Shape | None = None
    if tensor.shape is not None:
        if len(paddings) != len(tensor.shape):
            call.refuse("paddings", paddings, f"the tensor has {len(tensor.shape)} axes")
        result = tuple(
            None if n is None else n + before + after for n, (before, after) in zip(tensor.shape, paddings, strict=True)
        )
    config = {"pad_width": paddings, "mode": kind}
    return call.emit("numpy.Pad", tensor, shape=result, dtype=tensor.dtype, config=config, keywords=keywords)


def reverse(call: Call, x: Value, axis: Value) -> Tensor:
    """Backwards along axes."""
    tensor = call.tensor(x, "tensor")
    axes = call.axes(axis)
    if not axes:
        call.refuse("axis", axis)
    for place in axes or ():
        tensor = call.emit("numpy.Flip", tensor, shape=tensor.shape, dtype=tensor.dtype, config={"axis": place})
    return tensor


def roll(call: Call, x: Value, shift: Value, axis: Value) -> Tensor:
    """Shifted around along one axis."""
    tensor = call.tensor(x, "input")
    config = {"shift": call.axis(shift, "shift"), "axis": call.axis(axis)}
    return call.emit("numpy.Roll", tensor, shape=tensor.shape, dtype=tensor.dtype, config=config)


def batch_flatten(call: Call, x: Value) -> Tensor:
    """All but the first axis as one."""
    tensor = call.tensor(x, "x")
    rest = call.shape(tensor, "x")[1:]
    if None in rest:
        call.refuse("x", tensor, "its size is only known at run time")
    return reshaped(call, tensor, [-1, prod(size for size in rest if size is not None)])


def same_shape(call: Call, x: Value, shape: Value) -> Tensor:
    """A check that the shape is what it is said to be, which Keras makes of the inputs."""
    tensor = call.tensor(x, "x")
    return call.emit("numpy.Copy", tensor, shape=tensor.shape or shape_of(shape), dtype=tensor.dtype)


FUNCTIONS: dict[str, Function] = {
    "reshape": Function("tensor shape", reshape, sizes=True),
    "transpose": Function("a perm=None conjugate=False", transpose),
    "compat.v1.transpose": Function("a perm=None conjugate=False", transpose),
    "linalg.matrix_transpose": Function("a conjugate=False", matrix_transpose),
    "squeeze": Function("input axis=None", squeeze),
    "compat.v1.squeeze": Function("input axis=None squeeze_dims=None", lambda call, x, axis, _: squeeze(call, x, axis)),
    "expand_dims": Function("input axis", expand_dims, sizes=True),
    "compat.v1.expand_dims": Function(
        "input axis dim=None", lambda call, x, axis, _: expand_dims(call, x, axis), sizes=True
    ),
    "concat": Function("values axis", concat, sizes=True),
    "stack": Function("values axis=0", stack, sizes=True),
    "unstack": Function("value num=None axis=0", unstack, sizes=True),
    "split": Function("value num_or_size_splits axis=0 num=None", split),
    "tile": Function("input multiples", tile, sizes=True),
    "repeat": Function("input repeats axis=None", repeat),
    "broadcast_to": Function("input shape", broadcast_to, sizes=True),
    "pad": Function("tensor paddings mode='CONSTANT' constant_values=0", pad),
    "compat.v1.pad": Function("tensor paddings mode='CONSTANT' constant_values=0", pad),
    "reverse": Function("tensor axis", reverse),
    "roll": Function("input shift axis", roll),
    "keras.backend.batch_flatten": Function("x", batch_flatten),
    "ensure_shape": Function("x shape", same_shape),
}
