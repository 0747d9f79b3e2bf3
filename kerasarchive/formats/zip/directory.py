"""Reads a zip's directory the way Keras does (CPython's zipfile) and reports what another reader would see otherwise.

Keras takes the last end record, every entry of the central directory, and the last of entries with the same name.
A strict archive is a bijection of central entries and local headers without gaps; every departure is a Finding.
"""

from __future__ import annotations

from dataclasses import dataclass

from kerasarchive.errors import ArchiveError
from kerasarchive.formats.limits import Limits
from kerasarchive.formats.rules import finding
from kerasarchive.formats.view import View
from kerasarchive.formats.zip import records
from kerasarchive.formats.zip.judgement import judge_ends, judge_header, judge_layout, judge_names, judge_sizes
from kerasarchive.formats.zip.records import (
    END64_MAGIC,
    END_MAGIC,
    FULL16,
    FULL32,
    LOCATOR64_MAGIC,
    EndRecord,
    Entry,
    LocalHeader,
)
from kerasarchive.model.finding import Finding
from kerasarchive.model.location import Location


@dataclass(frozen=True, slots=True)
class Directory:
    """`members` are the readable ones with their local headers, one per name; `entries` all that are listed."""

    members: tuple[tuple[Entry, LocalHeader], ...]
    entries: tuple[Entry, ...]
    findings: tuple[Finding, ...]


def find_end(view: View) -> EndRecord | None:
    """The end record that CPython's zipfile settles on, or None if this is no zip."""
    tail_start = max(0, view.size - (1 << 16) - records.END.size)
    tail = view.pread(tail_start, view.size - tail_start)
    plain = len(tail) - records.END.size
    if plain >= 0 and tail[plain : plain + 4] == END_MAGIC and tail.endswith(b"\0\0"):
        position = plain
    else:
        position = tail.rfind(END_MAGIC)
        if position < 0 or position + records.END.size > len(tail):
            return None
    _, _, _, _, entries, size, offset, length = records.END.unpack_from(tail, position)
    start = tail_start + position
    comment = tail[position + records.END.size : position + records.END.size + length]
    end = start + records.END.size + len(comment)
    found = EndRecord(start, entries, size, offset, comment, end, False)
    return _end64(view, found) or found


def _end64(view: View, plain: EndRecord) -> EndRecord | None:
    """The zip64 end record in front of `plain`; CPython uses it wherever its locator stands."""
    start = plain.offset - records.LOCATOR64.size - records.END64.size
    if start < 0:
        return None
    pair = view.pread(start, records.END64.size + records.LOCATOR64.size)
    if pair[:4] != END64_MAGIC or pair[records.END64.size :][:4] != LOCATOR64_MAGIC:
        return None
    _, _, _, _, _, _, _, entries, size, offset = records.END64.unpack_from(pair)
    located = records.LOCATOR64.unpack_from(pair, records.END64.size)[2]
    contradiction = ""
    for narrow, value, full in (
        (plain.entries, entries, FULL16),
        (plain.directory_size, size, FULL32),
        (plain.directory_offset, offset, FULL32),
    ):
        if narrow not in (full, value):
            contradiction = f"the zip64 end record says {value:,} where the plain one says {narrow:,}"
    if located != offset + size:  # counted like the directory's offset, so that a prefix does not matter
        contradiction = contradiction or f"the zip64 locator points to {located:,}"
    return EndRecord(start, entries, size, offset, plain.comment, plain.end, True, contradiction)


def read_directory(view: View, limits: Limits) -> Directory:
    """All members of the zip in `view`; ArchiveError if there is no directory that could be read."""
    end = find_end(view)
    if end is None:
        msg = "is not a zip archive, or its end is cut off"
        raise ArchiveError(msg, hint="get the file once more", rule="zip-truncated")
    start = end.offset - end.directory_size
    shift = start - end.directory_offset
    if start < 0 or shift < 0:
        msg = "the central directory lies outside the file"
        raise ArchiveError(msg, hint="get the file once more", rule="zip-truncated")
    findings: list[Finding] = []
    entries = _entries(view, start, end, shift, limits, findings)
    judge_ends(view, end, shift, entries, findings)
    members = _members(view, entries, start, limits, findings)
    return Directory(members, entries, tuple(findings))


def _entries(
    view: View, start: int, end: EndRecord, shift: int, limits: Limits, findings: list[Finding]
) -> tuple[Entry, ...]:
    if end.directory_size > limits.members * 512:
        msg = f"the central directory has {end.directory_size:,} bytes"
        raise ArchiveError(msg, rule="zip-bomb", limit=limits.members * 512, actual=end.directory_size)
    data = view.pread(start, end.directory_size)
    entries: list[Entry] = []
    position = 0
    while position < len(data):
        if len(entries) >= limits.members:
            msg = f"has more than {limits.members:,} members"
            raise ArchiveError(msg, rule="zip-bomb", limit=limits.members)
        if data[position : position + 4] != records.CENTRAL_MAGIC or position + records.CENTRAL.size > len(data):
            msg = f"entry {len(entries)} of the central directory is broken"
            raise ArchiveError(msg, hint="get the file once more", rule="zip-truncated")
        f = records.CENTRAL.unpack_from(data, position)
        name_end = position + records.CENTRAL.size + f[12]
        extra_end = name_end + f[13]
        raw = data[position + records.CENTRAL.size : name_end]
        extra = data[name_end:extra_end]
        size, stored, offset = records.wide([f[11], f[10], f[18]], extra)
        entries.append(
            Entry(
                name=records.decode_name(raw, f[5]), raw_name=raw, flags=f[5], method=f[6], time=f[7], date=f[8],
                crc32=f[9], stored=stored, size=size, offset=offset + shift, version_made=f[1] | f[2] << 8,
                version_needed=f[3], external=f[17], internal=f[16], extra=extra,
                comment=data[extra_end : extra_end + f[14]],
            )
        )  # fmt: skip
        position = extra_end + f[14]
    if end.entries != (len(entries) if end.zip64 else len(entries) & FULL16):
        message = f"the end record counts {end.entries:,} members, the directory lists {len(entries):,}"
        findings.append(finding("zip-entry-count", message))
    if end.contradiction:
        findings.append(finding("zip-entry-count", end.contradiction))
    return tuple(entries)


def _members(
    view: View, entries: tuple[Entry, ...], directory: int, limits: Limits, findings: list[Finding]
) -> tuple[tuple[Entry, LocalHeader], ...]:
    judge_names(entries, findings)
    judge_sizes(view, entries, limits, findings)
    located = []
    for entry in entries:
        at = Location(entry.name)
        header = _local(view, entry)
        if header is None:
            findings.append(finding("zip-header-mismatch", "there is no local header where the directory says", at))
            continue
        judge_header(entry, header, at, findings)
        if header.data + entry.stored > directory:
            message = f"its data reaches {header.data + entry.stored - directory:,} bytes beyond the room for data"
            findings.append(finding("zip-truncated", message, at))
            continue
        located.append((entry, header))
    judge_layout(view, located, directory, findings)
    last = {entry.name: entry for entry, _ in located}
    return tuple(pair for pair in located if last[pair[0].name] is pair[0] and not pair[0].is_folder)


def _local(view: View, entry: Entry) -> LocalHeader | None:
    fixed = view.pread(entry.offset, records.LOCAL.size)
    if len(fixed) < records.LOCAL.size or fixed[:4] != records.LOCAL_MAGIC:
        return None
    _, _, flags, method, _, _, crc, stored, size, name_length, extra_length = records.LOCAL.unpack(fixed)
    rest = view.pread(entry.offset + records.LOCAL.size, name_length + extra_length)
    if len(rest) != name_length + extra_length:
        return None
    extra = rest[name_length:]
    size, stored = records.wide([size, stored], extra)
    data = entry.offset + records.LOCAL.size + name_length + extra_length
    return LocalHeader(rest[:name_length], flags, method, crc, stored, size, extra, data)
