"""What changed in the archive's other members: which Keras it names, vocabularies and other assets."""

from __future__ import annotations

import zlib
from collections.abc import Iterator

from kerasarchive.model.archive import Archive, Member
from kerasarchive.model.change import Change
from kerasarchive.model.location import Location, in_json

CHUNK = 1 << 20


def metadata_changes(a: Archive, b: Archive) -> Iterator[Change]:
    """The release; not the date, which differs between any two."""
    before, after = a.metadata.get("keras_version"), b.metadata.get("keras_version")
    if before != after:
        yield Change("~", in_json("metadata.json", "keras_version"), before, after, "release")


def asset_changes(a: Archive, b: Archive) -> Iterator[Change]:
    """Assets by name."""
    before, after = _assets(a), _assets(b)
    for name in sorted(before.keys() | after.keys()):
        left, right = before.get(name), after.get(name)
        if left is None and right is not None:
            yield Change("+", Location(name), None, f"{right.size:,} bytes", "asset")
        elif right is None and left is not None:
            yield Change("-", Location(name), f"{left.size:,} bytes", None, "asset")
        elif left is not None and right is not None and (left.size != right.size or digest(left) != digest(right)):
            yield Change("~", Location(name), f"{left.size:,} bytes", f"{right.size:,} bytes", "asset")


def _assets(archive: Archive) -> dict[str, Member]:
    return {m.name: m for m in archive.members if m.name.startswith("assets/") and not m.name.endswith("/")}


def digest(member: Member) -> int:
    """The CRC-32 of a member, as the container records it or else computed in pieces."""
    if member.crc32 is not None:
        return member.crc32
    value = 0
    with member.open() as stream:
        while chunk := stream.read(CHUNK):
            value = zlib.crc32(chunk, value)
    return value
