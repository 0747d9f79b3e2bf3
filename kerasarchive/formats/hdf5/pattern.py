"""The header of a dataset as h5py writes it, learnt from the first one that was parsed.

A model's thousands of datasets have headers that differ in their shape and place alone. One that is the same byte for
byte elsewhere need not be parsed again: this makes the listing of a large weight tree several times faster.
"""

from __future__ import annotations

from collections.abc import Callable
from struct import Struct

from kerasarchive.formats.hdf5.bytesource import UNDEFINED
from kerasarchive.formats.hdf5.datasets import CONTIGUOUS, Dataset
from kerasarchive.formats.hdf5.datatypes import Datatype
from kerasarchive.formats.hdf5.headers import DATASPACE, DATATYPE, FILL, FILL_OLD, FIRST, LAYOUT, MODIFIED, SHARED

Place = tuple[tuple[int, ...], int, int, int]
"""(shape, bytes that shape and type make, address of the values, bytes that are stored)."""

_PREFIX = 16
_MESSAGE = Struct("<HHB")
_KNOWN = frozenset({0, DATASPACE, DATATYPE, FILL_OLD, FILL, LAYOUT, MODIFIED})
"""Messages that say everything themselves; with any other, the header has to be parsed."""
HEAD = _PREFIX + 16
"""Where the extents begin if the dataspace comes first: the pattern of a header is looked up by all that stands before."""


class Pattern:
    """What all headers with the same HEAD bytes share but for their extents and their place."""

    def __init__(self, header: bytes, rank: int, extents: int, place: int, datatype: Datatype) -> None:
        self.dtype = datatype.name
        self._itemsize = datatype.size
        self._after_extents = HEAD + 8 * extents
        self._place = place
        self._end = len(header)
        self._between = header[self._after_extents : place]
        self._tail = header[place + 16 :]
        # The extents may be followed by as many largest extents, which say nothing about what is stored.
        self._unpack: Callable[[bytes, int], tuple[int, ...]] = Struct(f"<{rank}Q").unpack_from
        self._unpack_place: Callable[[bytes, int], tuple[int, int]] = Struct("<QQ").unpack_from

    def match(self, start: bytes, size: int) -> Place | None:
        """What the header `start` says, in a file of `size` bytes; None unless it fits, and nothing about it is unusual."""
        place = self._place
        if start[self._after_extents : place] != self._between or start[place + 16 : self._end] != self._tail:
            return None
        shape = self._unpack(start, HEAD)
        nbytes = self._itemsize
        for extent in shape:
            nbytes *= extent
        address, stored = self._unpack_place(start, place)
        if address == UNDEFINED or address + stored > size or stored < nbytes:
            return None
        return shape, nbytes, address, stored


def learn(start: bytes, dataset: Dataset) -> Pattern | None:
    """The pattern of a header of version 1 that was parsed to `dataset`; None if it is not of the plain kind."""
    if start[:1] != b"\x01" or dataset.layout != CONTIGUOUS or not dataset.datatype.usual:
        return None
    end = _PREFIX + int.from_bytes(start[8:12], "little")
    if end > min(FIRST, len(start)):
        return None
    count = int.from_bytes(start[2:4], "little")
    position, place, extents, seen = _PREFIX, 0, 0, []
    while position + 8 <= end and count:
        kind, length, flags = _MESSAGE.unpack_from(start, position)
        if kind not in _KNOWN or flags & SHARED or (kind == DATASPACE) != (position == _PREFIX):
            return None
        if kind == DATASPACE:
            extents = (length - 8) // 8
        elif kind == LAYOUT:
            place = position + 8 + 2
        seen.append(kind)
        position += 8 + length
        count -= 1
    rank = len(dataset.shape)
    once = all(seen.count(kind) == 1 for kind in (DATASPACE, DATATYPE, LAYOUT))
    # Version 1 of the dataspace and 3 of the layout, in which extents and place stand where they are looked for.
    if not once or start[24:26] != bytes((1, rank)) or start[place - 2 : place] != b"\x03\x01":
        return None
    # A tail, if only of padding, makes a header that the end of the file cuts off differ.
    if not rank <= extents <= 2 * rank or place + 16 >= end:
        return None
    return Pattern(start[:end], rank, extents, place, dataset.datatype)
