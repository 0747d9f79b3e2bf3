"""The records of a zip file as they stand on disk (APPNOTE.TXT 6.3.10), without any judgement."""

from __future__ import annotations

import struct
from dataclasses import dataclass

LOCAL = struct.Struct("<4s5H3L2H")
CENTRAL = struct.Struct("<4s4B4HL2L5H2L")
END = struct.Struct("<4s4H2LH")
END64 = struct.Struct("<4sQ2H2L4Q")
LOCATOR64 = struct.Struct("<4sLQL")

LOCAL_MAGIC = b"PK\x03\x04"
CENTRAL_MAGIC = b"PK\x01\x02"
END_MAGIC = b"PK\x05\x06"
END64_MAGIC = b"PK\x06\x06"
LOCATOR64_MAGIC = b"PK\x06\x07"
DESCRIPTOR_MAGIC = b"PK\x07\x08"

ENCRYPTED, STREAMED, STRONG, UTF8, MASKED = 0x1, 0x8, 0x40, 0x800, 0x2000
STORED, DEFLATED = 0, 8
METHODS = {0: "stored", 8: "deflated", 9: "deflate64", 12: "bzip2", 14: "lzma", 93: "zstd", 95: "xz", 99: "aes"}
FULL16, FULL32 = 0xFFFF, 0xFFFFFFFF


@dataclass(frozen=True, slots=True)
class Entry:
    """One member as the central directory has it. `offset` is where its local header begins in the file."""

    name: str
    raw_name: bytes
    flags: int
    method: int
    time: int
    date: int
    crc32: int
    stored: int
    size: int
    offset: int
    version_made: int
    version_needed: int
    external: int
    internal: int
    extra: bytes
    comment: bytes

    @property
    def is_folder(self) -> bool:
        """Whether the entry only names a folder."""
        return self.name.endswith("/")


@dataclass(frozen=True, slots=True)
class LocalHeader:
    """What stands before a member's data. `data` is the data's offset in the file."""

    raw_name: bytes
    flags: int
    method: int
    crc32: int
    stored: int
    size: int
    extra: bytes
    data: int


@dataclass(frozen=True, slots=True)
class EndRecord:
    """The end of central directory, zip64 fields merged in. `offset` is where the first of its records begins."""

    offset: int
    entries: int
    directory_size: int
    directory_offset: int
    comment: bytes
    end: int
    zip64: bool
    contradiction: str = ""
    """What a reader that trusts another of its fields would see differently."""


def extra_fields(extra: bytes) -> dict[int, bytes]:
    """The extra field's blocks by their id; the first one wins, a torn tail is ignored (as CPython does)."""
    fields: dict[int, bytes] = {}
    position = 0
    while position + 4 <= len(extra):
        kind, length = struct.unpack_from("<HH", extra, position)
        fields.setdefault(kind, extra[position + 4 : position + 4 + length])
        position += 4 + length
    return fields


def wide(values: list[int], extra: bytes) -> list[int]:
    """`values` (32-bit fields in the order of zip64's block) with those that are all ones taken from `extra`."""
    block = extra_fields(extra).get(1, b"")
    position = 0
    result = []
    for value in values:
        if value == FULL32 and position + 8 <= len(block):
            value = struct.unpack_from("<Q", block, position)[0]
            position += 8
        result.append(value)
    return result


def decode_name(raw: bytes, flags: int) -> str:
    """The name as CPython reads it: UTF-8 if flagged, else code page 437, cut at the first NUL."""
    try:
        text = raw.decode("utf-8" if flags & UTF8 else "cp437")
    except UnicodeDecodeError:
        text = raw.decode("utf-8", "backslashreplace")
    return text.partition("\0")[0]
