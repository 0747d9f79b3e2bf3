"""`formats.open`: what a path holds is told by its content."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from kerasarchive._discovery import load_folder
from kerasarchive.errors import ArchiveError
from kerasarchive.formats.format import Format, Source
from kerasarchive.formats.limits import Limits
from kerasarchive.formats.view import FileView, Handle
from kerasarchive.model.archive import Archive


@cache
def formats() -> tuple[Format, ...]:
    """Every format that kav reads, in the order in which they are asked."""
    found = (each.value for each in load_folder("kerasarchive.formats", "FORMAT"))
    return tuple(sorted(found, key=lambda each: (each.precedence, each.name)))


def open(path: str | os.PathLike[str], *, limits: Limits | None = None) -> Archive:
    """The archive at `path` (``-`` is standard input); close it, or use it as a context manager.

    Raises ArchiveError, which says what the thing is and what to do, where it is no Keras archive or cannot be read.
    """
    source = _source(os.fspath(path), limits or Limits())
    try:
        for each in formats():
            if each.recognise(source):
                return each.read(source)
        from kerasarchive.formats.strangers import describe

        raise describe(source)
    except ArchiveError as error:
        source.close()
        if not error.location.startswith(source.path):
            error.location = f"{source.path}: {error.location}" if error.location else source.path
        raise
    except BaseException:
        source.close()
        raise


def _source(path: str, limits: Limits) -> Source:
    if path == "-":
        return _standard_input(limits)
    try:
        if Path(path).is_dir():
            return Source(path, limits)
        if not Path(path).exists() and Path(f"{path}.index").is_file():
            # A TensorFlow checkpoint goes by what its files' names have in common.
            handle = Handle(f"{path}.index")
            return Source(path, limits, handle, FileView(handle, 0, handle.size))
        if not Path(path).is_file():
            what = "is no regular file" if Path(path).exists() else "there is no such file or folder"
            raise ArchiveError(what, location=path, hint="check the path", rule="missing")
        handle = Handle(path)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        msg = f"cannot be opened: {reason}"
        raise ArchiveError(msg, location=path, hint="check the path and its permissions", rule="missing") from None
    return Source(path, limits, handle, FileView(handle, 0, handle.size))


def _standard_input(limits: Limits) -> Source:
    from kerasarchive.formats.zip.inflate import spill

    taken = 0

    def pieces() -> Iterator[bytes]:
        nonlocal taken
        while block := sys.stdin.buffer.read(1 << 20):
            taken += len(block)
            if taken > limits.stdin:
                msg = f"gave more than {limits.stdin:,} bytes"
                raise ArchiveError(msg, location="-", rule="too-large", limit=limits.stdin, actual=taken)
            yield block

    view, handle = spill(pieces())
    assert isinstance(view, FileView)
    return Source("-", limits, handle, view)
