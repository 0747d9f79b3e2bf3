"""The files of a folder that is an archive, as members; links and special files are told and not followed."""

from __future__ import annotations

import os
import stat
from functools import partial
from pathlib import Path
from typing import IO

from kerasarchive.errors import ArchiveError
from kerasarchive.formats.format import Source
from kerasarchive.formats.rules import finding
from kerasarchive.formats.view import FileView, Handle, read_all
from kerasarchive.model.archive import Member
from kerasarchive.model.finding import Finding
from kerasarchive.model.location import Location


def files(root: Path, source: Source, findings: list[Finding]) -> list[Member]:
    """Every regular file at or below `root`, folder by folder, each folder's by name."""
    found: list[Member] = []
    pending = [""]
    while pending:
        folder = pending.pop()
        try:
            entries = sorted(os.scandir(root / folder), key=lambda entry: entry.name)
        except OSError as error:
            findings.append(finding("member-missing", f"cannot be listed: {error.strerror}", Location(folder)))
            continue
        for entry in entries:
            name = f"{folder}{entry.name}"
            status = entry.stat(follow_symlinks=False)
            if stat.S_ISDIR(status.st_mode):
                pending.append(f"{name}/")
            elif stat.S_ISREG(status.st_mode):
                path = Path(entry.path)
                found.append(Member(name, status.st_size, status.st_size, open=partial(_open, path)))
            else:
                kind = "a symbolic link" if stat.S_ISLNK(status.st_mode) else "a special file"
                findings.append(finding("directory-special-file", f"is {kind}; it was not followed", Location(name)))
            if len(found) > source.limits.members:
                msg = f"holds more than {source.limits.members:,} files"
                raise ArchiveError(msg, rule="zip-bomb", limit=source.limits.members)
    return found


def descriptor(path: Path) -> int:
    """An open descriptor of a regular file. Raises ArchiveError."""
    # The file was a regular one when it was listed; should it have become a link since, do not follow it.
    flags = os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0)
    try:
        return os.open(path, flags)
    except OSError as error:
        msg = f"cannot be opened: {error.strerror}"
        raise ArchiveError(msg, location=str(path), rule="missing") from None


def content(path: Path, limit: int, what: str) -> bytes:
    """All bytes of a file. Raises ArchiveError if there are more than `limit`."""
    handle = Handle(descriptor=descriptor(path))
    try:
        return read_all(FileView(handle, 0, handle.size), limit, what)
    finally:
        handle.close()


def _open(path: Path) -> IO[bytes]:
    return os.fdopen(descriptor(path), "rb")
