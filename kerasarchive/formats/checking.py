"""Reads an archive to its last byte: what opening it, which stays cheap, does not verify."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from kerasarchive.errors import ArchiveError
from kerasarchive.formats.rules import finding
from kerasarchive.model.archive import Archive
from kerasarchive.model.finding import Finding, Skipped
from kerasarchive.model.location import Location, in_hdf5

BLOCK = 1 << 20


HOLLOW = 1100
"""No honest deflated data inflates to more than 1032 times its size."""
FREE = 1 << 30
"""Content up to this size is read however little of it is stored."""


def check(archive: Archive, unread: list[Skipped] | None = None) -> Iterator[Finding]:
    """Every member's checksum and every tensor's values: Findings about those that are not what the archive says.

    With `unread`, what declares gigabytes and stores next to nothing goes there and is not read.
    """
    import zlib

    for member in archive.members:
        if unread is not None and _is_hollow(member.size, member.stored):
            why = f"inflates from {member.stored:,} bytes to {member.size:,}: kav does not read that"
            unread.append(Skipped(member.name, why))
            continue
        try:
            with member.open() as content:
                size = crc = 0
                while block := content.read(BLOCK):
                    size, crc = size + len(block), zlib.crc32(block, crc)
        except ArchiveError as error:
            yield finding("zip-bad-checksum", error.message, Location(member.name))
            continue
        if size != member.size:
            yield finding("zip-wrong-size", f"has {size:,} of {member.size:,} bytes", Location(member.name))
        elif member.crc32 is not None and crc != member.crc32:
            message = f"has checksum {crc:08x}, the archive says {member.crc32:08x}"
            yield finding("zip-bad-checksum", message, Location(member.name))
    if archive.weights is None:
        return
    for path, tensor in archive.weights.tensors().items():
        if unread is not None and _is_hollow(tensor.nbytes, tensor.stored):
            why = f"declares {tensor.nbytes:,} bytes, of which the file keeps {tensor.stored:,}: kav does not read that"
            unread.append(Skipped(str(in_hdf5(archive.weights.member, path)), why))
            continue
        try:
            for _ in archive.weights.chunks(path):
                pass
        except ArchiveError as error:
            yield finding("hdf5-broken", error.message, in_hdf5(archive.weights.member, path))


def _is_hollow(size: int, stored: int) -> bool:
    return size > FREE and size > HOLLOW // 10 * max(stored, 1)


def digest(path: str | os.PathLike[str]) -> str:
    """SHA-256 of a file; of a folder, that of its files' names and digests in order, links left out."""
    import hashlib

    place = Path(path)
    if not place.is_dir():
        return _digest(place)
    total = hashlib.sha256()
    for folder, names, files in os.walk(place):
        names.sort()
        for each in sorted(Path(folder, name) for name in files):
            if each.is_file() and not each.is_symlink():
                total.update(f"{each.relative_to(place).as_posix()}\0{_digest(each)}\n".encode())
    return total.hexdigest()


def _digest(path: Path) -> str:
    import hashlib

    total = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            total.update(block)
    return total.hexdigest()
