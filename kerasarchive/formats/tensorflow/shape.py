"""TensorShapeProto: the shape of a tensor."""

from __future__ import annotations

from math import prod

from kerasarchive.formats.tensorflow.wire import Damaged, fields, message, number, signed


def shape(data: memoryview, most: int) -> tuple[int | None, ...] | None:
    """Lengths of at most `most` axes, None for a free one; None where the number of axes is unknown."""
    lengths: list[int | None] = []
    for field, value in fields(data):
        if field == 3 and number(value):
            return None
        if field != 2:
            continue
        length = 0
        for inner, size in fields(message(value)):
            if inner == 1:
                length = signed(size)
        lengths.append(length if length >= 0 else None)
        if len(lengths) > most:
            msg = f"a tensor has more than {most} axes"
            raise Damaged(msg)
    return tuple(lengths)


def fixed(data: memoryview, most: int) -> tuple[int, ...]:
    """The shape of a stored tensor, of which every length is known. Raises Damaged."""
    found = shape(data, most)
    if found is None or any(length is None for length in found):
        msg = "a stored tensor has no definite shape"
        raise Damaged(msg)
    lengths = tuple(length or 0 for length in found)
    if prod(lengths) >> 62:
        msg = "a stored tensor is larger than any memory"
        raise Damaged(msg)
    return lengths
