"""The immutable, sorted table of LevelDB in which TensorFlow keeps the index of a checkpoint.

Blocks of prefix-compressed keys, an index block that says where they lie, a footer that says where that lies.
Format: https://github.com/google/leveldb/blob/main/doc/table_format.md, tensorflow/tsl/lib/io/table.cc
"""

from __future__ import annotations

from collections.abc import Iterator

from kerasarchive.formats.limits import Limits
from kerasarchive.formats.tensorflow.crc32c import crc32c, unmasked
from kerasarchive.formats.tensorflow.snappy import unpack
from kerasarchive.formats.tensorflow.wire import Damaged, varint

MAGIC = bytes.fromhex("57fb808b247547db")
FOOTER = 48
TRAILER = 5
PLAIN, SNAPPY = 0, 1


def is_table(tail: bytes) -> bool:
    """Whether a file that ends in `tail` is such a table."""
    return len(tail) >= FOOTER and tail.endswith(MAGIC)


def entries(data: bytes, limits: Limits) -> Iterator[tuple[bytes, memoryview]]:
    """(key, value) of every entry, in the table's order. Raises Damaged, also where the keys are not in order."""
    if not is_table(data[-FOOTER:]):
        msg = "does not end like an index"
        raise Damaged(msg)
    view = memoryview(data)
    footer = view[-FOOTER:]
    _, _, at = _handle(footer, 0)
    offset, size, _ = _handle(footer, at)
    taken: list[tuple[int, int]] = []
    unpacked = count = 0
    last = b""
    for _, handle in _pairs(_block(view, offset, size, limits)):
        start, length, _ = _handle(handle, 0)
        taken.append((start, start + length))
        block = _block(view, start, length, limits)
        unpacked += len(block)
        if unpacked > limits.json_size:
            msg = f"its blocks hold more than {limits.json_size:,} bytes"
            raise Damaged(msg)
        for key, value in _pairs(block):
            count += 1
            if count > limits.hdf5_objects:
                msg = f"has more than {limits.hdf5_objects:,} entries"
                raise Damaged(msg)
            if key <= last and count > 1:
                msg = f"the key {key[:80]!r} is not in order"
                raise Damaged(msg)
            last = key
            yield key, value
    _apart(taken)


def _apart(taken: list[tuple[int, int]]) -> None:
    taken.sort()
    for (_, end), (start, _) in zip(taken, taken[1:], strict=False):
        if start < end:
            msg = "two blocks share bytes"
            raise Damaged(msg)


def _handle(data: memoryview, at: int) -> tuple[int, int, int]:
    offset, at = varint(data, at)
    size, at = varint(data, at)
    return offset, size, at


def _block(view: memoryview, offset: int, size: int, limits: Limits) -> memoryview:
    if offset + size + TRAILER > len(view) - FOOTER:
        msg = f"a block of {size:,} bytes at {offset:,} reaches beyond the end"
        raise Damaged(msg)
    content, compression = view[offset : offset + size], view[offset + size]
    stored = int.from_bytes(view[offset + size + 1 : offset + size + TRAILER], "little")
    if crc32c(view[offset : offset + size + 1]) != unmasked(stored):
        msg = f"the block at {offset:,} does not match its checksum"
        raise Damaged(msg)
    if compression == PLAIN:
        return content
    if compression == SNAPPY:
        return memoryview(unpack(content, limits.json_size))
    msg = f"the block at {offset:,} is compressed in the unknown way {compression}"
    raise Damaged(msg)


def _pairs(block: memoryview) -> Iterator[tuple[bytes, memoryview]]:
    if len(block) < 4:
        msg = "a block is too short"
        raise Damaged(msg)
    restarts = int.from_bytes(block[-4:], "little")
    end = len(block) - 4 - 4 * restarts
    if end < 0:
        msg = "a block has more restart points than bytes"
        raise Damaged(msg)
    at, key = 0, b""
    while at < end:
        shared, at = varint(block, at)
        own, at = varint(block, at)
        size, at = varint(block, at)
        if shared > len(key) or own + size > end - at or shared + own > MAX_KEY:
            msg = "an entry reaches beyond its block"
            raise Damaged(msg)
        key = key[:shared] + bytes(block[at : at + own])
        yield key, block[at + own : at + own + size]
        at += own + size


MAX_KEY = 1 << 16
"""A key is a path in a model's objects; prefix compression must not make more of it than was stored."""
