"""Protobuf's wire format: the fields of one message, without its schema and without recursion."""

from __future__ import annotations

from collections.abc import Iterator

VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5

Value = int | memoryview


class Damaged(Exception):  # noqa: N818 - a state of the input, not an error of ours
    """The bytes are not what their format says."""


def varint(data: memoryview, at: int) -> tuple[int, int]:
    """(value, offset behind it) of the varint at `at`."""
    value = shift = 0
    for place in range(at, min(at + 10, len(data))):
        byte = data[place]
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value & 0xFFFF_FFFF_FFFF_FFFF, place + 1
        shift += 7
    msg = f"a number is cut off at byte {at:,}"
    raise Damaged(msg)


def fields(data: memoryview) -> Iterator[tuple[int, Value]]:
    """(field number, value) in the order of the bytes: an int for numbers, a window on the same bytes for the rest."""
    at, end = 0, len(data)
    while at < end:
        tag = data[at]
        if tag < 0x80:
            at += 1
        else:
            tag, at = varint(data, at)
        kind = tag & 7
        if kind == BYTES:
            size, at = varint(data, at)
            if size > end - at:
                msg = f"a field of {size:,} bytes reaches beyond the end of its message"
                raise Damaged(msg)
            yield tag >> 3, data[at : at + size]
            at += size
        elif kind == VARINT:
            value, at = varint(data, at)
            yield tag >> 3, value
        elif kind in (FIXED32, FIXED64):
            size = 4 if kind == FIXED32 else 8
            if size > end - at:
                msg = "a fixed-size field is cut off"
                raise Damaged(msg)
            yield tag >> 3, int.from_bytes(data[at : at + size], "little")
            at += size
        else:
            msg = f"a field has the unknown wire type {kind}"
            raise Damaged(msg)


def message(value: Value) -> memoryview:
    """A field's value where a message or text is expected."""
    if isinstance(value, int):
        msg = "a number stands where bytes belong"
        raise Damaged(msg)
    return value


def number(value: Value) -> int:
    """A field's value where a number is expected."""
    if not isinstance(value, int):
        msg = "bytes stand where a number belongs"
        raise Damaged(msg)
    return value


def signed(value: Value) -> int:
    """The same for an int64, which protobuf writes as its two's complement."""
    found = number(value)
    return found - (1 << 64) if found >> 63 else found


def text(value: Value) -> str:
    """A field's value as text; bytes that are no UTF-8 are escaped."""
    return bytes(message(value)).decode("utf-8", "backslashreplace")


def entry(value: Value) -> tuple[str, memoryview]:
    """(key, value) of one entry of a map from text to messages."""
    key, found = "", memoryview(b"")
    for field, inner in fields(message(value)):
        if field == 1:
            key = text(inner)
        elif field == 2:
            found = message(inner)
    return key, found
