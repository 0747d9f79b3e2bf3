"""TensorProto: the values of a constant of the graph, such as the vocabulary of a lookup table.

Source: tensorflow/core/framework/tensor.proto.
"""

from __future__ import annotations

from math import prod
from typing import Any

from kerasarchive.formats.tensorflow.dtypes import ITEMSIZES, dtype_name
from kerasarchive.formats.tensorflow.shape import fixed
from kerasarchive.formats.tensorflow.wire import Damaged, Value, fields, message, number, signed, varint

RANK = 32
TEXTS, NUMBERS = 8, {7, 10}
"""Fields of texts, and of 32 and 64 bit integers."""


def proto_values(data: memoryview) -> tuple[Any, ...] | None:
    """Integers, floats or bytes of a constant, flat; None where its type is none of these. Raises Damaged."""
    dtype, count = "", 1
    content = b""
    listed: list[Any] = []
    for field, value in fields(data):
        if field == 1:
            dtype = dtype_name(number(value))
        elif field == 2:
            count = prod(fixed(message(value), RANK))
        elif field == 4:
            content = bytes(message(value))
        elif field == TEXTS:
            listed.append(bytes(message(value)))
        elif field in NUMBERS:
            listed.extend(_integers(value))
    if content:
        return _packed(content, dtype, count)
    if dtype not in ("string", "int32", "int64") or count > len(data) + 1:
        return None
    # TensorFlow leaves out what repeats the last value.
    return tuple(listed + listed[-1:] * (count - len(listed)))[:count]


def _integers(value: Value) -> list[int]:
    if isinstance(value, int):
        return [signed(value)]
    found, at = [], 0
    while at < len(value):
        one, at = varint(value, at)
        found.append(signed(one))
    return found


def _packed(content: bytes, dtype: str, count: int) -> tuple[Any, ...] | None:
    import numpy as np

    if dtype not in ITEMSIZES or dtype == "bfloat16":
        return None
    if len(content) != count * ITEMSIZES[dtype]:
        msg = "a constant is not as long as its shape says"
        raise Damaged(msg)
    return tuple(np.frombuffer(content, np.dtype(dtype).newbyteorder("<")).tolist())
