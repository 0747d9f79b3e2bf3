"""Attributes as plain Python values: what Keras keeps there is text, lists of text and a few numbers."""

from __future__ import annotations

import struct
from typing import Any

from kerasarchive.formats.hdf5.bytesource import UNDEFINED, ByteSource, Damaged, Foreign
from kerasarchive.formats.hdf5.datasets import parse_dataspace, resolve_type
from kerasarchive.formats.hdf5.datatypes import ENUM, FIXED, FLOAT, STRING, VLEN, Datatype, parse_datatype
from kerasarchive.formats.hdf5.headers import ATTRIBUTE, ATTRIBUTE_INFO, SHARED, Message
from kerasarchive.formats.limits import Limits

_NUMBERS = {"i1": "b", "u1": "B", "i2": "h", "u2": "H", "i4": "i", "u4": "I", "i8": "q", "u8": "Q",
            "f2": "e", "f4": "f", "f8": "d", "b1": "?"}  # fmt: skip


def read_attributes(source: ByteSource, messages: list[Message], limits: Limits) -> dict[str, Any]:
    """All attributes by name, bytes decoded, arrays as (nested) lists; None where the type is one that Keras never writes.

    Raises Foreign where the library has to read them.
    """
    found: dict[str, Any] = {}
    for kind, flags, body in messages:
        if kind == ATTRIBUTE_INFO:
            _require_compact(body)
        elif kind == ATTRIBUTE:
            if flags & SHARED:  # an honest file has none, but Keras would read it: a config could hide there
                msg = "a shared attribute"
                raise Foreign(msg)
            name, value = _attribute(source, body, limits)
            found[name] = value
    return dict(sorted(found.items()))


def _require_compact(body: bytes) -> None:
    position = 2 + (2 if len(body) > 1 and body[1] & 1 else 0)
    if int.from_bytes(body[position : position + 8], "little") != UNDEFINED:
        msg = "dense attribute storage"
        raise Foreign(msg)


def read_attribute_types(source: ByteSource, messages: list[Message]) -> dict[str, Datatype]:
    """The element type of every attribute by name."""
    found = {}
    for kind, flags, body in messages:
        if kind == ATTRIBUTE_INFO:
            _require_compact(body)
        elif kind == ATTRIBUTE and not flags & SHARED:
            name, datatype, _, _ = _parts(source, body)
            found[name] = datatype
    return found


def _parts(source: ByteSource, body: bytes) -> tuple[str, Datatype, bytes, int]:
    """(name, element type, dataspace message, where the value begins)."""
    if len(body) < 8 or body[0] not in (1, 2, 3):
        msg = "an attribute of unknown version"
        raise Damaged(msg)
    version, flags = body[0], body[1]
    sizes = struct.unpack_from("<HHH", body, 2)
    position = 9 if version == 3 else 8
    parts = []
    for size in sizes:
        parts.append(body[position : position + size])
        position += (size + 7) // 8 * 8 if version == 1 else size
    if version > 1 and flags & 2:
        msg = "an attribute with a shared dataspace"
        raise Foreign(msg)
    name = parts[0].rstrip(b"\0").decode("utf-8", "backslashreplace")
    shared = version > 1 and flags & 1
    return name, resolve_type(source, parts[1]) if shared else parse_datatype(parts[1]), parts[2], position


def _attribute(source: ByteSource, body: bytes, limits: Limits) -> tuple[str, Any]:
    name, datatype, space, position = _parts(source, body)
    shape = parse_dataspace(space, limits)
    if shape is None:
        return name, None
    count = 1
    for extent in shape:
        count *= extent
    if count * datatype.size > len(body) - position:
        msg = f"the attribute {name!r} is cut off"
        raise Damaged(msg)
    try:
        values = _values(source, datatype, body[position : position + count * datatype.size], count, limits)
    except Foreign:
        return name, None
    return name, _nest(values, shape)


def _values(source: ByteSource, datatype: Datatype, data: bytes, count: int, limits: Limits) -> list[Any]:
    size = datatype.size
    if datatype.kind == STRING:
        pieces = (data[at : at + size] for at in range(0, count * size, size))
        return [piece.rstrip(b"\0").decode("utf-8", "backslashreplace") for piece in pieces]
    if datatype.kind == VLEN and datatype.text and size == 16:
        budget = limits.attribute_size
        texts = []
        for index in range(count):
            budget -= int.from_bytes(data[16 * index : 16 * index + 4], "little")
            if budget < 0:
                msg = f"an attribute holds more than {limits.attribute_size:,} bytes"
                raise Damaged(msg)
            texts.append(text_at(source, data, 16 * index))
        return [text.decode("utf-8", "backslashreplace").partition("\0")[0] for text in texts]
    if datatype.kind in (FIXED, FLOAT, ENUM) and datatype.code[-2:] in _NUMBERS:
        order = ">" if datatype.code.startswith(">") else "<"
        return list(struct.unpack(f"{order}{count}{_NUMBERS[datatype.code[-2:]]}", data))
    msg = f"an attribute of type {datatype.name}"
    raise Foreign(msg)


def text_at(source: ByteSource, data: bytes, position: int) -> bytes:
    """The text that the variable-length element at `position` of `data` stands for."""
    length, address, number = struct.unpack_from("<IQI", data, position)
    return global_heap(source, address, number, length) if length else b""


def global_heap(source: ByteSource, address: int, number: int, length: int) -> bytes:
    """The first `length` bytes of object `number` of the global heap collection at `address`."""
    place, stored = _collection(source, address).get(number, (0, -1))
    if length > stored:
        msg = f"there is no object {number} of {length:,} bytes in the global heap at {address:#x}"
        raise Damaged(msg)
    return source.read(place, length)


def _collection(source: ByteSource, address: int) -> dict[int, tuple[int, int]]:
    """Place and size of every object of a collection by its number (two bytes, so there are at most 65,535)."""
    known = source.collections.get(address)
    if known is not None:
        return known
    head = source.read(address, 16)
    size = int.from_bytes(head[8:16], "little")
    if head[:4] != b"GCOL" or size > source.view.size:
        msg = f"there is no global heap at {address:#x}"
        raise Damaged(msg)
    found: dict[int, tuple[int, int]] = {}
    position = 16
    while position + 16 <= size and len(found) < 1 << 16:
        entry = source.read(address + position, 16)
        number, stored = int.from_bytes(entry[:2], "little"), int.from_bytes(entry[8:16], "little")
        if number == 0 or number in found:
            break
        found[number] = (address + position + 16, stored)
        position += 16 + (stored + 7) // 8 * 8
    source.collections[address] = found
    return found


def _nest(values: list[Any], shape: tuple[int, ...]) -> Any:
    if not shape:
        return values[0]
    for extent in reversed(shape[1:]):
        values = [values[at : at + extent] for at in range(0, len(values), extent)] if extent else []
    return values
