"""A tensor bundle: the index of a checkpoint, and the bytes of its tensors in one or more data files.

Format: tensorflow/core/protobuf/tensor_bundle.proto, tensorflow/core/util/tensor_bundle/tensor_bundle.cc
"""

from __future__ import annotations

from dataclasses import dataclass
from math import prod

from kerasarchive.formats.limits import Limits
from kerasarchive.formats.tensorflow.dtypes import ITEMSIZES, dtype_name
from kerasarchive.formats.tensorflow.shape import fixed
from kerasarchive.formats.tensorflow.sstable import entries
from kerasarchive.formats.tensorflow.wire import Damaged, fields, message, number, signed

OBJECT_GRAPH = "_CHECKPOINTABLE_OBJECT_GRAPH"
"""The key of the text that says which object owns which tensor."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One tensor: where its bytes lie, and their checksum. `slices`: it is stored in parts under other keys."""

    key: str
    dtype: str
    shape: tuple[int, ...]
    shard: int
    offset: int
    size: int
    crc32c: int
    slices: int = 0

    @property
    def nbytes(self) -> int:
        """Bytes of its values by shape and type; of text what is stored."""
        return prod(self.shape) * ITEMSIZES[self.dtype] if self.dtype in ITEMSIZES else self.size


@dataclass(frozen=True, slots=True)
class Index:
    """What the index says: how many data files there are, their byte order, and every entry by key."""

    shards: int
    big_endian: bool
    entries: dict[str, Entry]


def read_index(data: bytes, limits: Limits) -> Index:
    """The index in `data`. Raises Damaged."""
    shards, big_endian = 1, False
    found: dict[str, Entry] = {}
    for key, value in entries(data, limits):
        if key == b"":
            shards, big_endian = _header(value)
            continue
        # A slice's key is binary; only whole tensors have a path for a key.
        name = key.decode("utf-8", "backslashreplace")
        found[name] = _entry(name, value, limits)
    if not 1 <= shards <= limits.shards:
        msg = f"says that there are {shards:,} data files"
        raise Damaged(msg)
    return Index(shards, big_endian, found)


def _header(data: memoryview) -> tuple[int, bool]:
    shards, big_endian = 1, False
    for field, value in fields(data):
        if field == 1:
            shards = number(value)
        elif field == 2:
            big_endian = number(value) == 1
    return shards, big_endian


def _entry(key: str, data: memoryview, limits: Limits) -> Entry:
    dtype = 0
    lengths: tuple[int, ...] = ()
    numbers = {3: 0, 4: 0, 5: 0, 6: 0}
    slices = 0
    for field, value in fields(data):
        if field == 1:
            dtype = number(value)
        elif field == 2:
            lengths = fixed(message(value), limits.hdf5_rank)
        elif field == 7:
            slices += 1
        elif field in numbers:
            numbers[field] = signed(value)
    shard, offset, size, crc = numbers.values()
    if min(shard, offset, size) < 0:
        msg = f"{key}: a negative place or size"
        raise Damaged(msg)
    return Entry(key, dtype_name(dtype), lengths, shard, offset, size, crc & 0xFFFFFFFF, slices)
