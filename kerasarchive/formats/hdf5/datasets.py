"""Datasets: shape, element type, and where the values lie."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from struct import Struct

from kerasarchive.formats.hdf5.bytesource import UNDEFINED, ByteSource, Damaged, Foreign
from kerasarchive.formats.hdf5.datatypes import Datatype, parse_datatype
from kerasarchive.formats.hdf5.headers import (
    DATASPACE,
    DATATYPE,
    EXTERNAL,
    FILTERS,
    LAYOUT,
    SHARED,
    Message,
    not_shared,
    read_header,
)  # fmt: skip
from kerasarchive.formats.limits import Limits

COMPACT, CONTIGUOUS, CHUNKED, VIRTUAL = 0, 1, 2, 3
KNOWN_FILTERS = frozenset({1, 2, 3, 4, 5, 6, 32000})
"""deflate, shuffle, fletcher32, szip, nbit, scaleoffset, and the lzf that h5py brings along."""

_QUAD = Struct("<Q")
_TWO = Struct("<II")


@dataclass(frozen=True, slots=True)
class Dataset:
    """`layout` is one of the constants; `address` and `stored` say where its values are kept and in how many bytes.

    `inline` holds a compact dataset's values.
    """

    shape: tuple[int, ...]
    datatype: Datatype
    nbytes: int
    layout: int
    address: int | None
    stored: int
    inline: bytes = b""
    filters: tuple[int, ...] = ()
    external: bool = False
    committed: bool = False
    chunk: tuple[int, ...] = ()
    """Shape of a chunk, and `address` that of their index, if `layout` is CHUNKED."""


def read_dataset(source: ByteSource, messages: list[Message], limits: Limits) -> Dataset:
    """The dataset of that header."""
    shape: tuple[int, ...] | None = ()
    datatype: Datatype | None = None
    layout = b""
    filters: tuple[int, ...] = ()
    external = committed = False
    for kind, flags, body in messages:
        if kind == DATASPACE:
            not_shared(flags, "dataspace")
            shape = parse_dataspace(body, limits)
        elif kind == DATATYPE:
            committed = bool(flags & SHARED)
            datatype = resolve_type(source, body) if committed else parse_datatype(body)
        elif kind == LAYOUT:
            layout = body
        elif kind == FILTERS:
            not_shared(flags, "filter pipeline")
            filters = _filters(body)
        elif kind == EXTERNAL:
            external = True
    if datatype is None or len(layout) < 2:
        msg = "a dataset without element type or layout"
        raise Damaged(msg)
    count = 0 if shape is None else 1
    for extent in shape or ():
        count *= extent
    nbytes = count * datatype.size
    kind, address, stored, inline = _layout(source, layout)
    chunk: tuple[int, ...] = ()
    if kind == CHUNKED:
        chunk = _chunk_shape(layout, len(shape or ()))
    return Dataset(shape or (), datatype, nbytes, kind, address, stored, inline, filters, external, committed, chunk)


def parse_dataspace(body: bytes, limits: Limits) -> tuple[int, ...] | None:
    """The shape; None for a null dataspace."""
    if len(body) < 4 or body[0] not in (1, 2):
        msg = "a dataspace of unknown version"
        raise Damaged(msg)
    rank = body[1]
    if rank > limits.hdf5_rank:
        msg = f"a dataset has {rank} dimensions"
        raise Damaged(msg)
    start = 8 if body[0] == 1 else 4
    if body[0] == 2 and body[3] == 2:
        return None
    if len(body) < start + 8 * rank:
        msg = "a dataspace is cut off"
        raise Damaged(msg)
    return tuple(_QUAD.unpack_from(body, start + 8 * axis)[0] for axis in range(rank))


def resolve_type(source: ByteSource, body: bytes) -> Datatype:
    """The named type that a shared datatype message points to."""
    if len(body) >= 10 and body[0] in (2, 3) and body[1] in (0, 2):
        address = _QUAD.unpack_from(body, 2)[0]
    elif len(body) >= 16 and body[0] == 1:
        address = _QUAD.unpack_from(body, 8)[0]
    else:
        msg = "a shared element type"
        raise Foreign(msg)
    for kind, flags, inner in read_header(source, address):
        if kind == DATATYPE and not flags & SHARED:
            return parse_datatype(inner)
    msg = f"there is no named element type at {address:#x}"
    raise Damaged(msg)


def _filters(body: bytes) -> tuple[int, ...]:
    if len(body) < 2 or body[0] not in (1, 2):
        msg = "a filter pipeline of unknown version"
        raise Damaged(msg)
    version, count = body[0], body[1]
    position = 8 if version == 1 else 2
    found = []
    for _ in range(count):
        if position + 8 > len(body):
            break
        number = int.from_bytes(body[position : position + 2], "little")
        named = version == 1 or number >= 256
        length = int.from_bytes(body[position + 2 : position + 4], "little") if named else 0
        start = position + (8 if named else 6)
        values = int.from_bytes(body[start - 2 : start], "little")
        length = (length + 7) // 8 * 8 if version == 1 else length
        position = start + length + 4 * values + (4 if version == 1 and values % 2 else 0)
        found.append(number)
    return tuple(found)


def _chunk_shape(body: bytes, rank: int) -> tuple[int, ...]:
    count = body[2]
    if count != rank + 1 or len(body) < 11 + 4 * count:
        msg = "a dataset's chunks have another rank than the dataset"
        raise Damaged(msg)
    chunk = tuple(int.from_bytes(body[11 + 4 * axis : 15 + 4 * axis], "little") for axis in range(rank))
    if 0 in chunk:
        msg = "a dataset has empty chunks"
        raise Damaged(msg)
    return chunk


def _layout(source: ByteSource, body: bytes) -> tuple[int, int | None, int, bytes]:
    version, kind = body[0], body[1]
    if version in (3, 4) and kind == COMPACT:
        size = int.from_bytes(body[2:4], "little")
        return COMPACT, None, size, body[4 : 4 + size]
    if version in (3, 4) and kind == CONTIGUOUS:
        if len(body) < 18:
            msg = "a dataset's layout is cut off"
            raise Damaged(msg)
        address, size = _QUAD.unpack_from(body, 2)[0], _QUAD.unpack_from(body, 10)[0]
        return (CONTIGUOUS, None, 0, b"") if address == UNDEFINED else (CONTIGUOUS, address, size, b"")
    if version == 4 and kind == VIRTUAL:
        return VIRTUAL, None, 0, b""
    if version == 3 and kind == CHUNKED and len(body) >= 11:
        address = _QUAD.unpack_from(body, 3)[0]
        if address == UNDEFINED:
            return CHUNKED, None, 0, b""
        return CHUNKED, address, sum(each[1] for each in chunk_index(source, address, body[2])), b""
    msg = f"dataset layout {kind} of version {version}"
    raise Foreign(msg)


def chunk_index(source: ByteSource, address: int, rank: int) -> Iterator[tuple[tuple[int, ...], int, int, int]]:
    """Every chunk as (offsets, stored bytes, filter mask, address), by the version 1 B-tree at `address`.

    `rank` counts one dimension more than the dataset has, as the index does. Damaged if the index is.
    """
    offsets = Struct(f"<{rank}Q")
    key = 8 + 8 * rank
    pending, seen = [address], set()
    while pending:
        address = pending.pop()
        head = source.peek(address, 24)
        if address in seen or head[:5] != b"TREE\x01" or len(head) < 24:
            msg = f"there is no chunk index at {address:#x}"
            raise Damaged(msg)
        seen.add(address)
        level, count = head[5], int.from_bytes(head[6:8], "little")
        body = source.read(address + 24, count * (key + 8) + key)
        for index in range(count):
            position = index * (key + 8)
            child = _QUAD.unpack_from(body, position + key)[0]
            if level:
                pending.append(child)
            else:
                stored, mask = _TWO.unpack_from(body, position)
                yield offsets.unpack_from(body, position + 8)[:-1], stored, mask, child
