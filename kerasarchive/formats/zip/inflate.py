"""Content of zip members: stored ones through a window of the file, deflated ones streamed under hard caps."""

from __future__ import annotations

import io
import os
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO

from kerasarchive.errors import ArchiveError
from kerasarchive.formats.limits import Limits
from kerasarchive.formats.view import BytesView, FileView, Handle, View, stream
from kerasarchive.formats.zip.records import DEFLATED, ENCRYPTED, METHODS, STORED, Entry, LocalHeader

BLOCK = 1 << 20
IN_MEMORY = 1 << 24
"""Inflated content up to this size is kept in memory where random access is needed; more goes to an unnamed file."""


def stored_window(container: FileView, entry: Entry, header: LocalHeader) -> FileView:
    """The member's bytes as they lie in the container."""
    return FileView(container.handle, container.start + header.data, entry.stored)


def refuse(entry: Entry) -> None:
    """ArchiveError if kav cannot read the member's content at all."""
    if entry.flags & ENCRYPTED:
        msg = "is encrypted"
        raise ArchiveError(msg, location=entry.name, hint="decrypt the archive first", rule="zip-encrypted")
    if entry.method not in (STORED, DEFLATED):
        msg = f"is compressed with {METHODS.get(entry.method, f'method {entry.method}')}"
        hint = "repack the archive with stored or deflated members"
        raise ArchiveError(msg, location=entry.name, hint=hint, rule="zip-unknown-method")


def inflated(raw: View, entry: Entry, limits: Limits) -> Iterator[bytes]:
    """The content of a deflated member in blocks; ArchiveError if it is broken or not of the promised size.

    CPython's reader, and so Keras, stops at the promised size; so does this, and says that there is more.
    """
    if entry.size > limits.inflated_member or (
        entry.size > limits.inflated_total and entry.size > limits.ratio * entry.stored
    ):
        msg = f"would inflate to {entry.size:,} bytes"
        raise ArchiveError(msg, location=entry.name, rule="zip-bomb", limit=limits.inflated_member, actual=entry.size)
    machine = zlib.decompressobj(-15)
    position = produced = 0
    pending = b""
    while not machine.eof:
        if not pending:
            pending = raw.pread(position, 1 << 16)
            position += len(pending)
            if not pending:
                break
        try:
            block = machine.decompress(pending, BLOCK)
        except zlib.error as error:
            msg = f"cannot be inflated: {error}"
            raise ArchiveError(msg, location=entry.name, rule="zip-bad-checksum") from None
        pending = machine.unconsumed_tail
        produced += len(block)
        if produced > entry.size:
            msg = f"inflates to more than the {entry.size:,} bytes that the archive says"
            raise ArchiveError(msg, location=entry.name, rule="zip-wrong-size", limit=entry.size)
        if block:
            yield block
    if produced != entry.size:
        msg = f"inflates to {produced:,} of {entry.size:,} bytes"
        raise ArchiveError(msg, location=entry.name, rule="zip-wrong-size")


class InflatingStream(io.RawIOBase):
    """A seekable stream over a deflated member; going back starts over."""

    def __init__(self, raw: View, entry: Entry, limits: Limits) -> None:
        super().__init__()
        self._raw, self._entry, self._limits = raw, entry, limits
        self._blocks = inflated(raw, entry, limits)
        self._block = b""
        self._start = 0
        self._position = 0

    def readable(self) -> bool:
        """Always."""
        return True

    def seekable(self) -> bool:
        """Always."""
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Move to `offset`; nothing is inflated until the next read."""
        origin = {os.SEEK_SET: 0, os.SEEK_CUR: self._position, os.SEEK_END: self._entry.size}[whence]
        self._position = max(0, origin + offset)
        return self._position

    def tell(self) -> int:
        """The position."""
        return self._position

    def readinto(self, buffer: object) -> int:
        """Fill `buffer` with what the current block still has."""
        if self._position < self._start:
            self._blocks = inflated(self._raw, self._entry, self._limits)
            self._block, self._start = b"", 0
        while self._position >= self._start + len(self._block):
            self._start += len(self._block)
            self._block = next(self._blocks, b"")
            if not self._block:
                return 0
        target = memoryview(buffer).cast("B")  # type: ignore[arg-type]
        inside = self._position - self._start
        data = self._block[inside : inside + len(target)]
        target[: len(data)] = data
        self._position += len(data)
        return len(data)


def open_member(container: FileView, entry: Entry, header: LocalHeader, limits: Limits) -> IO[bytes]:
    """A fresh, independent, seekable stream over the member's content."""
    refuse(entry)
    window = stored_window(container, entry, header)
    if entry.method == STORED:
        return stream(window)
    return io.BufferedReader(InflatingStream(window, entry, limits), buffer_size=1 << 16)


@dataclass(frozen=True, slots=True)
class ZipContent:
    """Opens a member's content; keeps where it lies, so that a writer can copy it as it is."""

    container: FileView
    entry: Entry
    header: LocalHeader
    limits: Limits

    def __call__(self) -> IO[bytes]:
        """A fresh, independent, seekable stream."""
        return open_member(self.container, self.entry, self.header, self.limits)


def random_access(container: FileView, entry: Entry, header: LocalHeader, limits: Limits) -> tuple[View, Handle | None]:
    """The member's content for reading at any offset: the file's own bytes if stored, else inflated once.

    The handle, if any, belongs to an unnamed temporary file; the caller closes it.
    """
    refuse(entry)
    window = stored_window(container, entry, header)
    if entry.method == STORED:
        return window, None
    blocks = inflated(window, entry, limits)
    if entry.size <= IN_MEMORY:
        return BytesView(b"".join(blocks)), None
    return spill(blocks)


def spill(blocks: Iterator[bytes]) -> tuple[View, Handle]:
    """`blocks` in an unnamed temporary file."""
    import tempfile

    with tempfile.TemporaryFile(prefix="kav-") as file:
        for block in blocks:
            file.write(block)
        file.flush()
        handle = Handle(descriptor=os.dup(file.fileno()))
    return FileView(handle, 0, handle.size), handle


def checksum(blocks: Iterator[bytes]) -> int:
    """CRC-32 of all blocks."""
    value = 0
    for block in blocks:
        value = zlib.crc32(block, value)
    return value
