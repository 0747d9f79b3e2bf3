"""Element types: what NumPy calls them, and whether Keras writes such weights."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from kerasarchive.formats.hdf5.bytesource import Damaged

FIXED, FLOAT, TIME, STRING, BITS, OPAQUE, COMPOUND, REFERENCE, ENUM, VLEN, ARRAY = range(11)
LARGEST = 1 << 20
"""Elements of more bytes are not handed to NumPy."""
_FLOATS = {
    # size: (sign position, exponent position, exponent bits, mantissa position, mantissa bits, bias)
    2: (15, 10, 5, 0, 10, 15),
    4: (31, 23, 8, 0, 23, 127),
    8: (63, 52, 11, 0, 52, 1023),
}


@dataclass(frozen=True, slots=True)
class Datatype:
    """`name` as NumPy prints it, `size` of one element in the file, `kind` HDF5's class. `usual`: Keras writes it.

    `code` is NumPy's dtype string where the stored bytes can be taken as they are.
    """

    name: str
    size: int
    kind: int
    usual: bool = True
    code: str = ""
    text: bool = False
    utf8: bool = False


@lru_cache(maxsize=512)
def parse_datatype(body: bytes) -> Datatype:
    """The type that a datatype message describes; Damaged if it is torn."""
    if len(body) < 8:
        msg = "an element type is cut off"
        raise Damaged(msg)
    kind, bits = body[0] & 0x0F, int.from_bytes(body[1:4], "little")
    size = int.from_bytes(body[4:8], "little")
    if size == 0:
        msg = "an element type of no bytes"
        raise Damaged(msg)
    if kind == FIXED:
        return _fixed(body, bits, size)
    if kind == FLOAT:
        return _float(body, bits, size)
    if kind == STRING:
        return Datatype(
            f"|S{size}", size, kind, code=f"S{size}" if size <= LARGEST else "", text=True, utf8=bool(bits >> 4 & 1)
        )
    if kind == OPAQUE:
        # Keras stores bfloat16 as NumPy's view of ml_dtypes.bfloat16: an opaque type of two bytes.
        name = "bfloat16" if size == 2 else f"|V{size}"
        return Datatype(name, size, kind, usual=size <= 2, code=f"V{size}" if size <= LARGEST else "")
    if kind == ENUM:
        return _enum(body, bits, size)
    if kind == VLEN:
        text = bits & 0xF == 1 and size == 16
        if not text:
            return _unusual(kind, size)
        return Datatype("object", size, kind, text=True, utf8=bool(bits >> 8 & 1))
    return _unusual(kind, size)


def _unusual(kind: int, size: int) -> Datatype:
    """A type that no weights have: its elements are bytes to kav."""
    return Datatype(f"|V{size}", size, kind, usual=False, code=f"V{size}" if size <= LARGEST else "")


def _fixed(body: bytes, bits: int, size: int) -> Datatype:
    offset, precision = int.from_bytes(body[8:10], "little"), int.from_bytes(body[10:12], "little")
    if size not in (1, 2, 4, 8) or offset or precision != 8 * size:
        return _unusual(FIXED, size)
    order = ">" if bits & 1 and size > 1 else "<"
    letter = "i" if bits & 8 else "u"
    name = f">{letter}{size}" if order == ">" else f"{'' if bits & 8 else 'u'}int{8 * size}"
    return Datatype(name, size, FIXED, code=f"{order if size > 1 else '|'}{letter}{size}")


def _float(body: bytes, bits: int, size: int) -> Datatype:
    if len(body) < 20 or size not in _FLOATS or bits & 0x40:
        return _unusual(FLOAT, size)
    found = (bits >> 8 & 0xFF, body[12], body[13], body[14], body[15], int.from_bytes(body[16:20], "little"))
    if found != _FLOATS[size]:
        return _unusual(FLOAT, size)
    order = ">" if bits & 1 else "<"
    return Datatype(f">f{size}" if order == ">" else f"float{8 * size}", size, FLOAT, code=f"{order}f{size}")


def _enum(body: bytes, bits: int, size: int) -> Datatype:
    base = parse_datatype(body[8:20])
    if size == 1 and bits & 0xFFFF == 2 and b"FALSE\0" in body and b"TRUE\0" in body:
        return Datatype("bool", 1, ENUM, code="b1")
    if base.size != size:
        return _unusual(ENUM, size)
    return Datatype(base.name, size, ENUM, usual=False, code=base.code)
