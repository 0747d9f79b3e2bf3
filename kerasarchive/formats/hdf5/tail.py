"""The end of a file as a file of its own, so that HDF5 can be written straight into the last member of a zip."""

from __future__ import annotations

import io
import os
from typing import Any, BinaryIO


class Tail(io.RawIOBase):
    """The end of a file, from the position that it had on, as a file of its own that may grow."""

    def __init__(self, file: BinaryIO) -> None:
        super().__init__()
        file.flush()
        self._file = file.fileno()
        self._start = file.tell()
        self._position = 0

    def readable(self) -> bool:
        """Always."""
        return True

    def writable(self) -> bool:
        """Always."""
        return True

    def seekable(self) -> bool:
        """Always."""
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Move to `offset`."""
        end = os.fstat(self._file).st_size - self._start
        self._position = {os.SEEK_SET: 0, os.SEEK_CUR: self._position, os.SEEK_END: end}[whence] + offset
        return self._position

    def tell(self) -> int:
        """The position."""
        return self._position

    def truncate(self, size: int | None = None) -> int:
        """Make the tail `size` bytes long."""
        size = self._position if size is None else size
        os.ftruncate(self._file, self._start + size)
        return size

    def readinto(self, buffer: Any) -> int:
        """Fill `buffer`."""
        target = memoryview(buffer).cast("B")
        data = os.pread(self._file, len(target), self._start + self._position)
        target[: len(data)] = data
        self._position += len(data)
        return len(data)

    def write(self, buffer: Any) -> int:
        """Write all of `buffer`."""
        data = memoryview(buffer).cast("B")
        done = 0
        while done < len(data):
            done += os.pwrite(self._file, data[done:], self._start + self._position + done)
        self._position += done
        return done
