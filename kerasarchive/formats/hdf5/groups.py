"""The links of a group, whether kept in a symbol table (as h5py writes by default) or as link messages."""

from __future__ import annotations

from struct import Struct

from kerasarchive.formats.hdf5.bytesource import UNDEFINED, ByteSource, Damaged, Foreign
from kerasarchive.formats.hdf5.headers import LINK, LINK_INFO, SYMBOL_TABLE, Message

HARD, SOFT, EXTERNAL = 0, 1, 64

Link = tuple[bytes, int, int]
"""(name, kind, address of the object or 0)."""

NAME = 4096
"""Longest name that is believed."""

_PAIR = Struct("<QQ")
_HEAP = Struct("<QQQ")
_ENTRY = Struct("<QQI20x")
NODE = 8 + 40 * 8
"""What is read of an index's node at once: as h5py makes them, the leaves hold eight links."""


def read_links(source: ByteSource, messages: list[Message], limit: int) -> list[Link]:
    """The group's links by name; Damaged if there are more than `limit`."""
    links: list[Link] = []
    for kind, _, body in messages:
        if kind == SYMBOL_TABLE:
            if len(body) < 16:
                msg = "a group's symbol table is cut off"
                raise Damaged(msg)
            tree, heap = _PAIR.unpack_from(body)
            return _symbol_table(source, tree, heap, limit)
        if kind == LINK_INFO:
            _require_compact(body)
        elif kind == LINK:
            links.append(_link(body))
    return sorted(links)


def _symbol_table(source: ByteSource, tree: int, heap: int, limit: int) -> list[Link]:
    names = _heap(source, heap)
    links: list[Link] = []
    pending, seen = [tree], set()
    while pending:
        address = pending.pop()
        if address in seen:
            msg = f"a group's index is circular at {address:#x}"
            raise Damaged(msg)
        seen.add(address)
        node = source.peek(address, NODE)
        count = int.from_bytes(node[6:8], "little")
        if node[:4] == b"SNOD":
            nbytes = 8 + 40 * count
            body = node[8:nbytes] if nbytes <= NODE <= len(node) else source.read(address + 8, 40 * count)
            _symbols(address, body, names, links)
            if len(links) > limit:
                msg = f"a group has more than {limit:,} members"
                raise Damaged(msg)
            continue
        if node[:5] != b"TREE\0" or len(node) < 8:
            msg = f"there is no group index at {address:#x}"
            raise Damaged(msg)
        # A key before each child and one after the last: names, which are not needed.
        nbytes = 16 * count + 8
        body = node[24 : 24 + nbytes] if 24 + nbytes <= len(node) else source.read(address + 24, nbytes)
        pending.extend([child for _, child in _PAIR.iter_unpack(body[:-8])][::-1])
    return links


def _heap(source: ByteSource, address: int) -> bytes:
    head = source.read(address, 32)
    if head[:4] != b"HEAP":
        msg = f"there is no name heap at {address:#x}"
        raise Damaged(msg)
    size, _, data = _HEAP.unpack_from(head, 8)
    if size > source.view.size:
        msg = f"a group's names take {size:,} bytes, more than the file has"
        raise Damaged(msg)
    return source.read(data, size)


def _symbols(address: int, body: bytes, names: bytes, links: list[Link]) -> None:
    find = names.find
    for offset, target, cached in _ENTRY.iter_unpack(body):
        end = find(b"\0", offset, offset + NAME)
        if end < 0:
            msg = f"a name of the group index at {address:#x} is longer than {NAME} bytes or lies outside its heap"
            raise Damaged(msg)
        links.append((names[offset:end], SOFT if cached == 2 else HARD, 0 if cached == 2 else target))


def _require_compact(body: bytes) -> None:
    position = 2 + (8 if len(body) > 1 and body[1] & 1 else 0)
    if len(body) < position + 8:
        msg = "a group's link info is cut off"
        raise Damaged(msg)
    if int.from_bytes(body[position : position + 8], "little") != UNDEFINED:
        msg = "a group with dense link storage"
        raise Foreign(msg)


def _link(body: bytes) -> Link:
    if len(body) < 3 or body[0] != 1:
        msg = "a link of unknown version"
        raise Damaged(msg)
    flags, position = body[1], 2
    kind = HARD
    if flags & 8:
        kind, position = body[position], position + 1
    position += 8 if flags & 4 else 0
    position += 1 if flags & 16 else 0
    width = 1 << (flags & 3)
    length = int.from_bytes(body[position : position + width], "little")
    position += width
    name = body[position : position + length]
    target = body[position + length : position + length + 8]
    if len(name) != length or (kind == HARD and len(target) != 8):
        msg = "a link is cut off"
        raise Damaged(msg)
    return name, kind, int.from_bytes(target, "little") if kind == HARD else 0
