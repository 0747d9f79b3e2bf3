"""Windows on files: any number of independent readers of one descriptor, each seeing only its own range of bytes."""

from __future__ import annotations

import io
import os
import threading
from typing import IO, Protocol

from kerasarchive.errors import ArchiveError


class View(Protocol):
    """`size` bytes that can be read at any offset, by any number of readers at once."""

    size: int

    def pread(self, offset: int, nbytes: int) -> bytes:
        """Up to `nbytes` bytes at `offset`; fewer at the end."""
        ...


class Handle:
    """An open file for positional reads. After `close`, reading raises instead of hitting a reused descriptor."""

    def __init__(self, path: str | os.PathLike[str] | None = None, *, descriptor: int | None = None) -> None:
        if descriptor is None:
            assert path is not None
            descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0))
        self._descriptor: int | None = descriptor
        self._lock = threading.Lock()

    @property
    def descriptor(self) -> int:
        """The open descriptor; ValueError once closed."""
        if self._descriptor is None:
            msg = "the archive is closed"
            raise ValueError(msg)
        return self._descriptor

    def pread(self, offset: int, nbytes: int) -> bytes:
        """Up to `nbytes` bytes at `offset` of the file."""
        if hasattr(os, "pread"):
            return os.pread(self.descriptor, nbytes, offset)
        with self._lock:  # Windows
            os.lseek(self.descriptor, offset, os.SEEK_SET)
            return os.read(self.descriptor, nbytes)

    @property
    def size(self) -> int:
        """The file's size now."""
        return os.fstat(self.descriptor).st_size

    def close(self) -> None:
        """Close the descriptor; a second call does nothing."""
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is not None:
            os.close(descriptor)


class FileView:
    """The bytes ``[start, start + size)`` of a file."""

    def __init__(self, handle: Handle, start: int, size: int) -> None:
        self.handle = handle
        self.start = start
        self.size = size

    def pread(self, offset: int, nbytes: int) -> bytes:
        """Up to `nbytes` bytes at `offset` of the view."""
        nbytes = min(nbytes, self.size - offset)
        if nbytes <= 0 or offset < 0:
            return b""
        data = self.handle.pread(self.start + offset, nbytes)
        if 0 < len(data) < nbytes:  # a signal, or more than the kernel gives in one call (2 GiB)
            parts = [data]
            done = len(data)
            while done < nbytes and (data := self.handle.pread(self.start + offset + done, nbytes - done)):
                parts.append(data)
                done += len(data)
            return b"".join(parts)
        return data


class BytesView:
    """Bytes in memory."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.size = len(data)

    def pread(self, offset: int, nbytes: int) -> bytes:
        """Up to `nbytes` bytes at `offset`."""
        return self.data[offset : offset + nbytes] if offset >= 0 else b""


class ViewStream(io.RawIOBase):
    """A seekable binary stream over a view, with a position of its own."""

    def __init__(self, view: View) -> None:
        super().__init__()
        self._view = view
        self._position = 0

    def readable(self) -> bool:
        """Always."""
        return True

    def seekable(self) -> bool:
        """Always."""
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Move to `offset`, as in any stream."""
        start = {os.SEEK_SET: 0, os.SEEK_CUR: self._position, os.SEEK_END: self._view.size}[whence]
        self._position = max(0, start + offset)
        return self._position

    def tell(self) -> int:
        """The position."""
        return self._position

    def readinto(self, buffer: object) -> int:
        """Fill `buffer` from the position on."""
        target = memoryview(buffer).cast("B")  # type: ignore[arg-type]
        data = self._view.pread(self._position, len(target))
        target[: len(data)] = data
        self._position += len(data)
        return len(data)


def stream(view: View) -> IO[bytes]:
    """A fresh buffered stream over `view`; the caller closes it."""
    return io.BufferedReader(ViewStream(view), buffer_size=1 << 16)


def read_all(view: View, limit: int, what: str) -> bytes:
    """The whole content; ArchiveError if there is more than `limit` or less than promised."""
    if view.size > limit:
        msg = f"has {view.size:,} bytes, more than the {limit:,} that kav reads"
        raise ArchiveError(msg, location=what, rule="too-large", limit=limit, actual=view.size)
    data = view.pread(0, view.size)
    if len(data) != view.size:
        msg = f"ends after {len(data):,} of {view.size:,} bytes"
        raise ArchiveError(msg, location=what, rule="truncated")
    return data
