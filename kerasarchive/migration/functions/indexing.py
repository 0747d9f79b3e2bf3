"""Functions that pick values out."""

from __future__ import annotations

from typing import Any

from kerasarchive.migration.functions.arithmetic import pair
from kerasarchive.migration.functions.arrangement import expanded
from kerasarchive.migration.functions.call import LARGEST, Call, Function, array, constant_shape
from kerasarchive.migration.functions.elementwise import to_dtype
from kerasarchive.migration.functions.sizes import sizes_of
from kerasarchive.migration.functions.tensor import (
    INTEGERS,
    Shape,
    Sizes,
    Tensor,
    Unknown,
    Value,
    is_constant,
    is_integer,
    is_number,
    numbers,
    with_size,
)

ELLIPSIS = "__ellipsis__"
FULL = {"start": None, "stop": None, "step": None}


def getitem(call: Call, x: Value, spec: Value, var: Value) -> Value:
    """Subscription with numbers, slices, new axes and an ellipsis."""
    items = spec if isinstance(spec, list) else [spec]
    if isinstance(x, Sizes):
        return _of_sizes(call, x, items)
    tensor = call.tensor(x, "tensor")
    items = [_item(call, item) for item in items]
    items = _without_ellipsis(call, tensor, items)
    key = [item if not isinstance(item, dict) else {"class_name": "__slice__", "config": item} for item in items]
    return call.emit("numpy.GetItem", tensor, key, shape=_sliced(call, tensor, items), dtype=tensor.dtype)


def _item(call: Call, item: Value) -> Any:
    if isinstance(item, Sizes):
        item = item.value
        if not is_integer(item):
            call.refuse("slice_spec", item, "it is a size that is only known at run time")
    if item is None or is_integer(item) or _is_ellipsis(item):
        return item
    if isinstance(item, dict) and set(item) == set(FULL):
        ends = {key: _end(call, value) for key, value in item.items()}
        if ends["step"] == 0:
            call.refuse("slice_spec", item)
        return ends
    call.refuse("slice_spec", item)
    raise AssertionError


def _end(call: Call, value: Value) -> int | None:
    if isinstance(value, Sizes):
        value = value.value
        if isinstance(value, Unknown):
            call.refuse("slice_spec", value, "it is a size that is only known at run time")
    if value is not None and not is_integer(value):
        call.refuse("slice_spec", value)
    assert value is None or isinstance(value, int)
    return value


def _is_ellipsis(item: object) -> bool:
    return item == "..." or (isinstance(item, dict) and item.get("class_name") == ELLIPSIS)


def _without_ellipsis(call: Call, tensor: Tensor, items: list[Any]) -> list[Any]:
    """The ellipsis as the slices that it stands for: releases before 3.3 cannot spell it."""
    places = [index for index, item in enumerate(items) if _is_ellipsis(item)]
    if not places:
        return items
    if len(places) > 1:
        call.refuse("slice_spec", "...")
    taken = sum(item is not None for item in items) - 1
    missing = len(call.shape(tensor, "tensor")) - taken
    return [*items[: places[0]], *([dict(FULL)] * missing), *items[places[0] + 1 :]]


def _sliced(call: Call, tensor: Tensor, items: list[Any]) -> Shape | None:
    if tensor.shape is None:
        return None
    if sum(item is not None for item in items) > len(tensor.shape):
        call.refuse("slice_spec", items, f"the tensor has {len(tensor.shape)} axes")
    left = list(tensor.shape)
    result: list[int | None] = []
    for item in items:
        if item is None:
            result.append(1)
            continue
        size = left.pop(0)
        if isinstance(item, dict):
            result.append(None if size is None else len(range(*slice(*item.values()).indices(size))))
    return (*result, *left)


def _of_sizes(call: Call, x: Sizes, items: list[Any]) -> Sizes:
    if len(items) != 1 or not isinstance(x.value, list):
        call.refuse("slice_spec", items)
    item = _item(call, items[0])
    if is_integer(item) and -len(x.value) <= item < len(x.value):
        return Sizes(x.value[item])
    if isinstance(item, dict) and set(item) == set(FULL):
        return Sizes(x.value[slice(item["start"], item["stop"], item["step"])])
    call.refuse("slice_spec", items)
    raise AssertionError


def slice_(call: Call, x: Value, begin: Value, size: Value) -> Value:
    """A block that is given by its corner and its sizes."""
    starts, sizes = sizes_of(call, begin, "begin"), sizes_of(call, size, "size")
    if len(starts) != len(sizes):
        call.refuse("size", sizes)
    items: list[dict[str, int | None]] = []
    for start, n in zip(starts, sizes, strict=True):
        if isinstance(start, Unknown) or isinstance(n, Unknown) or start < 0:
            call.refuse("size", sizes, "it is only known at run time")
        else:
            items.append({"start": start, "stop": None if n == -1 else start + n, "step": None})
    return getitem(call, x, items, None)


def gather(call: Call, params: Value, indices: Value, validate: Value, axis: Value, batch_dims: Value) -> Tensor:
    """Slices along an axis, by their places, which TensorFlow wants to be in range and not negative."""
    if batch_dims not in (0, None):
        call.refuse("batch_dims", batch_dims)
    return taken(call, params, indices, 0 if axis is None else call.axis(axis))


def taken(call: Call, params: Value, indices: Value, axis: int) -> Tensor:
    """Slices along an axis. One of the two is a tensor; constants among the parameters are float32 or int32."""
    if not isinstance(indices, Tensor):
        places = list(numbers(indices))
        if not is_constant(indices) or not all(is_integer(place) and place >= 0 for place in places):
            call.refuse("indices", indices)
        source: Value = call.tensor(params, "params")
        where: Value = array(indices, "int32")
        dtype = source.dtype
    else:
        where, source = indices, params
        if indices.dtype not in INTEGERS:
            call.refuse("indices", indices, "it is not known to be an integer")
        if not isinstance(params, Tensor):
            values = list(numbers(params))
            if not is_constant(params) or not isinstance(params, list) or any(isinstance(n, bool) for n in values):
                call.refuse("params", params)
            dtype = "int32" if all(is_integer(n) for n in values) else "float32"
            source = array(params, dtype)
        else:
            dtype = params.dtype
    outer, inner = constant_shape(source), constant_shape(where)
    result: Shape | None = None
    if outer is not None and inner is not None:
        if not -len(outer) <= axis < len(outer):
            call.refuse("axis", axis, f"the tensor has {len(outer)} axes")
        place = axis % len(outer)
        result = (*outer[:place], *inner, *outer[place + 1 :])
    return call.emit("numpy.Take", source, where, shape=result, dtype=dtype, config={"axis": axis})


def one_hot(call: Call, x: Value, depth: Value, on: Value, off: Value, axis: Value, dtype: Value) -> Tensor:
    """A one at the place that each index names, zeros elsewhere."""
    tensor = call.tensor(x, "indices")
    call.dtype(tensor, "indices", INTEGERS)
    count, place = call.axis(depth, "depth"), -1 if axis is None else call.axis(axis)
    booleans = isinstance(on, bool) and isinstance(off, bool)
    if booleans and on and not off:
        on, off, dtype = 1, 0, dtype or "bool"
    if any(value is not None and not is_number(value) for value in (on, off)):
        call.refuse("on_value", on)
    other = on not in (None, 1) or off not in (None, 0)
    if dtype is None:
        whole = [isinstance(value, int) for value in (on, off) if value is not None]
        dtype = "int32" if whole and all(whole) else "float32"
    result: Shape | None = None
    if tensor.shape is not None:
        at = place % (len(tensor.shape) + 1)
        result = (*tensor.shape[:at], count, *tensor.shape[at:])
    # Releases of Keras differ on which dtypes they make at once; all agree on float32 and a cast.
    config = {"num_classes": count, "axis": place, "dtype": "float32"}
    hot = call.emit("nn.OneHot", tensor, shape=result, dtype="float32", config=config)
    if other:
        there = to_dtype(call, hot, "bool")
        values = [array(default if value is None else value, dtype) for value, default in ((on, 1), (off, 0))]
        return call.emit("numpy.Where", there, *values, shape=result, dtype=dtype)
    converted = hot if dtype == "float32" else to_dtype(call, hot, dtype)
    assert isinstance(converted, Tensor)
    return converted


def sequence_mask(call: Call, lengths: Value, maxlen: Value, dtype: Value) -> Tensor:
    """Which places lie before the end of each sequence."""
    tensor = call.tensor(lengths, "lengths")
    kind = call.dtype(tensor, "lengths", frozenset({"int32", "int64"}))
    if not is_integer(maxlen) or maxlen > LARGEST:
        call.refuse("maxlen", maxlen, "how long the mask is is only known at run time, or it is too large")
    ends = expanded(call, tensor, -1)
    shape = with_size(ends.shape, -1, maxlen)
    mask = call.emit("numpy.Less", array(list(range(maxlen)), kind), ends, shape=shape, dtype="bool")
    converted = mask if dtype == "bool" else to_dtype(call, mask, dtype)
    assert isinstance(converted, Tensor)
    return converted


def band_part(call: Call, x: Value, lower: Value, upper: Value) -> Tensor:
    """Matrices with zeros outside of a band around the diagonal; a negative width keeps the whole triangle."""
    tensor = call.tensor(x, "input")
    below, above = call.axis(lower, "num_lower"), call.axis(upper, "num_upper")
    for cls, diagonal, kept in (("numpy.Tril", above, above >= 0), ("numpy.Triu", -below, below >= 0)):
        if kept:
            tensor = call.emit(cls, tensor, shape=tensor.shape, dtype=tensor.dtype, config={"k": diagonal})
    if below < 0 and above < 0:
        return call.emit("numpy.Copy", tensor, shape=tensor.shape, dtype=tensor.dtype)
    return tensor


def strided_slice(call: Call, x: Value, begin: Value, end: Value, strides: Value, *masks: Value) -> Value:
    """Slices that are given by their ends."""
    if any(mask not in (0, None) for mask in masks):
        call.refuse("mask", masks)
    starts, stops = sizes_of(call, begin, "begin"), sizes_of(call, end, "end")
    steps = [1] * len(starts) if strides is None else sizes_of(call, strides, "strides")
    unknown = any(isinstance(number, Unknown) for number in (*starts, *stops, *steps))
    if unknown or not len(starts) == len(stops) == len(steps) or any(isinstance(n, Unknown) or n < 1 for n in steps):
        call.refuse("strides", strides)
    spec = [{"start": a, "stop": b, "step": c} for a, b, c in zip(starts, stops, steps, strict=True)]
    return getitem(call, x, spec, None)


def bias_add(call: Call, value: Value, bias: Value, data_format: Value) -> Tensor:
    """A bias for the last axis."""
    tensor = call.tensor(value, "value")
    if data_format not in (None, "NHWC", "NWC", "NDHWC", "channels_last"):
        call.refuse("data_format", data_format)
    size = constant_shape(bias)
    if size is None or len(size) != 1 or tensor.shape is None or size[0] is None or tensor.shape[-1] != size[0]:
        call.refuse("bias", bias, "its size is not known to be that of the last axis")
    return pair(call, "numpy.Add", tensor, bias)


FUNCTIONS: dict[str, Function] = {
    "__operators__.getitem": Function("tensor slice_spec var=None", getitem, sizes=True),
    "slice": Function("input_ begin size", slice_, sizes=True),
    "strided_slice": Function(
        "input_ begin end strides=None begin_mask=0 end_mask=0 ellipsis_mask=0 new_axis_mask=0 shrink_axis_mask=0 var=None",
        strided_slice,
        sizes=True,
    ),
    "gather": Function("params indices validate_indices=None axis=None batch_dims=0", gather),
    "compat.v1.gather": Function("params indices validate_indices=None axis=None batch_dims=0", gather),
    "one_hot": Function("indices depth on_value=None off_value=None axis=None dtype=None", one_hot),
    "sequence_mask": Function("lengths maxlen=None dtype='bool'", sequence_mask),
    "linalg.band_part": Function("input num_lower num_upper", band_part),
    "nn.bias_add": Function("value bias data_format=None", bias_add),
}
