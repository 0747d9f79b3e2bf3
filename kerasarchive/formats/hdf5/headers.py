"""Object headers: the list of messages that makes a group or a dataset what it is."""

from __future__ import annotations

from struct import Struct

from kerasarchive.formats.hdf5.bytesource import ByteSource, Damaged, Foreign

DATASPACE, LINK_INFO, DATATYPE, FILL_OLD, FILL, LINK, EXTERNAL, LAYOUT = 0x1, 0x2, 0x3, 0x4, 0x5, 0x6, 0x7, 0x8
FILTERS, ATTRIBUTE, CONTINUATION, SYMBOL_TABLE, MODIFIED, ATTRIBUTE_INFO = 0xB, 0xC, 0x10, 0x11, 0x12, 0x15
SHARED = 0x2

Message = tuple[int, int, bytes]
"""(type, flags, body)."""

_V1 = Struct("<BBHII")
_V1_MESSAGE = Struct("<HHB")
_V2_MESSAGE = Struct("<BHB")
_ADDRESS_LENGTH = Struct("<QQ")
MESSAGES = 100_000
FIRST = 512
"""What is read at once: a usual header of h5py takes 272 bytes."""


def read_header(source: ByteSource, address: int) -> list[Message]:
    """The messages of the object at `address`, continuation blocks included; Damaged if there is no object."""
    return parse_header(source, address, source.peek(address, FIRST))


def parse_header(source: ByteSource, address: int, start: bytes) -> list[Message]:
    """The same, of an object whose first FIRST bytes are `start`."""
    if start[:1] == b"\x01" and len(start) >= 16:
        return _version_1(source, address, start)
    if start[:5] == b"OHDR\x02":
        return _version_2(source, address, start)
    msg = f"there is no object at {address:#x}"
    raise Damaged(msg)


def _version_1(source: ByteSource, address: int, start: bytes) -> list[Message]:
    _, _, count, _, size = _V1.unpack_from(start)
    body = start[16 : 16 + size] if size <= FIRST - 16 else source.read(address + 16, size)
    if len(body) < size:
        msg = f"the object at {address:#x} is cut off"
        raise Damaged(msg)
    messages: list[Message] = []
    pending = [body]
    seen = {address + 16}
    unpack = _V1_MESSAGE.unpack_from
    while pending:
        block = pending.pop(0)
        position, end = 0, len(block) - 8
        while position <= end and count > 0:
            kind, length, flags = unpack(block, position)
            position += 8
            count -= 1
            if kind == CONTINUATION:
                where, nbytes = _ADDRESS_LENGTH.unpack_from(block.ljust(position + 16, b"\0"), position)
                pending.append(_continuation(source, where, nbytes, seen))
            elif kind:
                messages.append((kind, flags, block[position : position + length]))
            position += length
    return messages


def _continuation(source: ByteSource, address: int, nbytes: int, seen: set[int]) -> bytes:
    if address in seen or len(seen) > 1000:
        msg = f"an object's header continues in a circle at {address:#x}"
        raise Damaged(msg)
    if nbytes > 1 << 24:
        msg = f"an object's header continues for {nbytes:,} bytes"
        raise Damaged(msg)
    seen.add(address)
    return source.read(address, nbytes)


def _version_2(source: ByteSource, address: int, start: bytes) -> list[Message]:
    flags = start[5]
    position = 6 + (16 if flags & 0x20 else 0) + (4 if flags & 0x10 else 0)
    width = 1 << (flags & 3)
    size = int.from_bytes(start[position : position + width], "little")
    position += width
    if size > 1 << 24:
        msg = f"the object at {address:#x} has a header of {size:,} bytes"
        raise Damaged(msg)
    tracked = 2 if flags & 4 else 0
    messages: list[Message] = []
    pending = [source.read(address + position, size)]
    seen = {address + position}
    while pending:
        block = pending.pop(0)
        position = 0
        while position + 4 + tracked <= len(block):
            kind, length, mark = _V2_MESSAGE.unpack_from(block, position)
            position += 4 + tracked
            if kind == CONTINUATION:
                where, nbytes = _ADDRESS_LENGTH.unpack_from(block.ljust(position + 16, b"\0"), position)
                piece = _continuation(source, where, nbytes, seen)
                if piece[:4] != b"OCHK":
                    msg = f"there is no continuation of a header at {where:#x}"
                    raise Damaged(msg)
                pending.append(piece[4:-4])
            elif kind:
                messages.append((kind, mark, block[position : position + length]))
                if len(messages) > MESSAGES:
                    msg = f"the object at {address:#x} has too many messages"
                    raise Damaged(msg)
            position += length
    return messages


def not_shared(flags: int, what: str) -> None:
    """Foreign if the message stands elsewhere."""
    if flags & SHARED:
        msg = f"a shared {what}"
        raise Foreign(msg)
