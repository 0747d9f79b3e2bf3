"""Writes a zip from copied members and new ones: the same input gives the same bytes.

Own code, because `zipfile` cannot copy a deflated member without inflating it, nor let HDF5 write into a member.
"""

from __future__ import annotations

import os
import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import IO, BinaryIO

from kerasarchive.formats.transfer import transfer
from kerasarchive.formats.view import FileView
from kerasarchive.formats.zip import records
from kerasarchive.formats.zip.records import Entry, LocalHeader

EPOCH_DATE = (1980 - 1980) << 9 | 1 << 5 | 1
"""1980-01-01, the first day that a zip knows: the date of every member that kav writes itself."""
BLOCK = 1 << 20
PAGE = 4096
PADDING = 0xD935
"""The extra field that zipalign pads with."""
REGULAR = 0o100644 << 16


@dataclass
class _Written:
    raw_name: bytes
    flags: int
    method: int
    time: int
    date: int
    crc32: int
    stored: int
    size: int
    offset: int
    external: int
    version_made: int
    comment: bytes


class ZipWriter:
    """Members are appended to `file`, which must be open for reading and writing and empty."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._written: list[_Written] = []

    def copy(self, container: FileView, entry: Entry, header: LocalHeader, name: str | None = None) -> None:
        """Copy a member as it lies in `container`: compressed bytes, checksum and date unchanged."""
        raw, utf8 = (
            _encode(name) if name is not None and name != entry.name else (entry.raw_name, entry.flags & records.UTF8)
        )
        written = _Written(
            raw, (entry.flags & 0x6) | utf8, entry.method, entry.time, entry.date, entry.crc32,
            entry.stored, entry.size, self._file.tell(), entry.external, entry.version_made, entry.comment,
        )  # fmt: skip
        source = container.start + header.data
        align = source if entry.stored >= BLOCK else None
        self._header(written, max(entry.size, entry.stored), align)
        self._file.flush()
        place = self._file.tell()
        transfer(container.handle.descriptor, source, self._file.fileno(), place, entry.stored)
        self._file.seek(place + entry.stored)
        self._written.append(written)

    def add(self, name: str, data: bytes) -> None:
        """Store `data`."""
        written = self._new(name, self._file.tell())
        written.crc32, written.stored, written.size = zlib.crc32(data), len(data), len(data)
        self._header(written, len(data))
        self._file.write(data)
        self._written.append(written)

    def add_stream(self, name: str, content: IO[bytes], size: int) -> None:
        """Store what `content` gives; `size` is how much that is at most."""

        def fill(file: BinaryIO) -> None:
            while block := content.read(BLOCK):
                file.write(block)

        self.add_with(name, fill, size)

    def add_with(self, name: str, fill: Callable[[BinaryIO], None], estimate: int) -> None:
        """Store whatever `fill` writes at the file's position and behind; `estimate` decides whether zip64 is prepared.

        The content may be written in any order. Its checksum is computed by one pass over the result.
        """
        start = self._file.tell()
        written = self._new(name, start)
        wide = self._header(written, estimate)
        begin = self._file.tell()
        fill(self._file)
        end = self._file.seek(0, os.SEEK_END)
        written.size = written.stored = end - begin
        if written.size >= records.FULL32 and not wide:
            msg = f"the member {name} grew beyond 4 GiB against its estimate of {estimate}"
            raise OverflowError(msg)
        self._file.seek(begin)
        while block := self._file.read(BLOCK):
            written.crc32 = zlib.crc32(block, written.crc32)
        self._file.seek(start)
        self._header(written, estimate)
        self._file.seek(end)
        self._written.append(written)

    def close(self) -> None:
        """Write the central directory."""
        start = self._file.tell()
        for each in self._written:
            self._central(each)
        size = self._file.tell() - start
        count = len(self._written)
        if count >= records.FULL16 or size >= records.FULL32 or start >= records.FULL32:
            end64 = self._file.tell()
            self._file.write(records.END64.pack(records.END64_MAGIC, 44, 45, 45, 0, 0, count, count, size, start))
            self._file.write(records.LOCATOR64.pack(records.LOCATOR64_MAGIC, 0, end64, 1))
        count16 = min(count, records.FULL16)
        self._file.write(
            records.END.pack(
                records.END_MAGIC, 0, 0, count16, count16, min(size, records.FULL32), min(start, records.FULL32), 0
            )
        )

    def _new(self, name: str, offset: int) -> _Written:
        raw, utf8 = _encode(name)
        return _Written(raw, utf8, records.STORED, 0, EPOCH_DATE, 0, 0, 0, offset, REGULAR, 3 << 8 | 20, b"")

    def _header(self, written: _Written, estimate: int, align: int | None = None) -> bool:
        """Write the local header; with `align`, padded so that the data begins at the same offset within a page.

        The kernel copies page by page where both lie alike, and half as fast where they do not.
        """
        wide = estimate >= records.FULL32 - (1 << 24)
        extra = struct.pack("<HHQQ", 1, 16, written.size, written.stored) if wide else b""
        if align is not None:
            end = self._file.tell() + records.LOCAL.size + len(written.raw_name) + len(extra) + 4
            padding = (align - end) % PAGE
            extra += struct.pack("<HH", PADDING, padding) + bytes(padding)
        self._file.write(
            records.LOCAL.pack(
                records.LOCAL_MAGIC, 45 if wide else 20, written.flags, written.method, written.time, written.date,
                written.crc32, records.FULL32 if wide else written.stored, records.FULL32 if wide else written.size,
                len(written.raw_name), len(extra),
            )
        )  # fmt: skip
        self._file.write(written.raw_name + extra)
        return wide

    def _central(self, written: _Written) -> None:
        values = [written.size, written.stored, written.offset]
        block = b"".join(struct.pack("<Q", value) for value in values if value >= records.FULL32)
        extra = struct.pack("<HH", 1, len(block)) + block if block else b""
        size, stored, offset = (min(value, records.FULL32) for value in values)
        self._file.write(
            records.CENTRAL.pack(
                records.CENTRAL_MAGIC, written.version_made & 0xFF, written.version_made >> 8, 45 if extra else 20, 0,
                written.flags, written.method, written.time, written.date, written.crc32, stored, size,
                len(written.raw_name), len(extra), len(written.comment), 0, 0, written.external, offset,
            )
        )  # fmt: skip
        self._file.write(written.raw_name + extra + written.comment)


def _encode(name: str) -> tuple[bytes, int]:
    try:
        return name.encode("ascii"), 0
    except UnicodeEncodeError:
        return name.encode("utf-8", "surrogateescape"), records.UTF8
