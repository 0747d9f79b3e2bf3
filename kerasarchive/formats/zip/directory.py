"""Reads a zip's directory the way Keras does (CPython's zipfile) and reports whatever another reader would see otherwise.

Keras takes the last end record, every entry of the central directory, and the last of entries with the same name.
A strict archive is a bijection of central entries and local headers without gaps; every departure is a Finding.
"""

from __future__ import annotations

import stat
import struct
from dataclasses import dataclass

from kerasarchive.errors import ArchiveError
from kerasarchive.formats.limits import Limits
from kerasarchive.formats.rules import finding
from kerasarchive.formats.view import View
from kerasarchive.formats.zip import records
from kerasarchive.formats.zip.records import END_MAGIC, EndRecord, Entry, LocalHeader
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
    locator = view.pread(start - records.LOCATOR64.size, records.LOCATOR64.size) if start >= records.LOCATOR64.size else b""
    if locator[:4] == records.LOCATOR64_MAGIC:
        start64 = start - records.LOCATOR64.size - records.END64.size
        record = view.pread(start64, records.END64.size) if start64 >= 0 else b""
        if len(record) == records.END64.size and record[:4] == records.END64_MAGIC:
            _, _, _, _, _, _, _, entries, size, offset = records.END64.unpack(record)
            return EndRecord(start64, entries, size, offset, comment, end, True)
    return EndRecord(start, entries, size, offset, comment, end, False)


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
    _judge_ends(view, end, shift, entries, findings)
    members = _members(view, entries, start, limits, findings)
    return Directory(members, entries, tuple(findings))


def _entries(
    view: View, start: int, end: EndRecord, shift: int, limits: Limits, findings: list[Finding]
) -> tuple[Entry, ...]:
    if end.directory_size > limits.members * 512:
        msg = f"the central directory has {end.directory_size:,} bytes"
        raise ArchiveError(msg, rule="zip-bomb", limit=limits.members * 512, actual=end.directory_size)
    data = view.pread(start, end.directory_size)
    entries = []
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
    count = end.entries if end.zip64 or len(entries) <= records.FULL16 else end.entries + (len(entries) & ~records.FULL16)
    if count != len(entries):
        message = f"the end record counts {end.entries:,} members, the directory lists {len(entries):,}"
        findings.append(finding("zip-entry-count", message))
    return tuple(entries)


def _judge_ends(view: View, end: EndRecord, shift: int, entries: tuple[Entry, ...], findings: list[Finding]) -> None:
    first = min((entry.offset for entry in entries), default=end.offset - end.directory_size)
    if first > 0:
        what = "the archive's own offsets do not count it" if shift else "the archive's offsets skip it"
        findings.append(finding("zip-prefix", f"{first:,} bytes stand before the first member; {what}"))
    if end.end < view.size:
        findings.append(finding("zip-trailing-data", f"{view.size - end.end:,} bytes stand behind the end of the archive"))
    tail_start = max(0, view.size - (1 << 16) - records.END.size)
    tail = view.pread(tail_start, view.size - tail_start)
    marks = tail.count(END_MAGIC)
    if marks > 1:
        # Within a member's data the signature is chance; behind the directory's start it is another archive's end.
        region = tail[max(0, end.offset - end.directory_size - tail_start) :]
        if region.count(END_MAGIC) > 1:
            findings.append(finding("zip-second-archive", "there is more than one end record"))
    if end.comment and (b"PK\x01\x02" in end.comment or b"PK\x03\x04" in end.comment):
        findings.append(finding("zip-second-archive", "the archive's comment holds zip records"))


def _members(
    view: View, entries: tuple[Entry, ...], directory: int, limits: Limits, findings: list[Finding]
) -> tuple[tuple[Entry, LocalHeader], ...]:
    _judge_names(entries, findings)
    _judge_sizes(view, entries, limits, findings)
    located = []
    for entry in entries:
        at = Location(entry.name)
        header = _local(view, entry)
        if header is None:
            findings.append(finding("zip-header-mismatch", "there is no local header where the directory says", at))
            continue
        _compare(entry, header, at, findings)
        if header.data + entry.stored > directory:
            message = f"its data ends {header.data + entry.stored - directory:,} bytes inside the directory or beyond the end"
            findings.append(finding("zip-truncated", message, at))
            continue
        located.append((entry, header))
    _judge_layout(view, located, directory, findings)
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


def _compare(entry: Entry, header: LocalHeader, at: Location, findings: list[Finding]) -> None:
    differs = []
    if header.raw_name != entry.raw_name:
        differs.append(f"name {records.decode_name(header.raw_name, header.flags)!r}")
    if header.method != entry.method:
        differs.append(f"method {header.method} for {entry.method}")
    if (header.flags ^ entry.flags) & ~0x6 & 0xFFFF:
        differs.append(f"flags {header.flags:#x} for {entry.flags:#x}")
    streamed = header.flags & records.STREAMED
    for what, mine, theirs in (
        ("checksum", header.crc32, entry.crc32), ("stored size", header.stored, entry.stored), ("size", header.size, entry.size),
    ):  # fmt: skip
        # A streamed member's header was written before its size was known: zero there, or all ones for zip64.
        if mine != theirs and not (streamed and mine in (0, records.FULL32)):
            differs.append(f"{what} {mine:,} for {theirs:,}")
    if differs:
        findings.append(finding("zip-header-mismatch", "its own header says " + ", ".join(differs), at))


def _judge_names(entries: tuple[Entry, ...], findings: list[Finding]) -> None:
    seen: set[str] = set()
    folded: dict[str, str] = {}
    for entry in entries:
        name, at = entry.name, Location(entry.name)
        if name in seen:
            findings.append(finding("zip-duplicate-member", f"{name!r} is listed more than once; Keras reads the last", at))
        elif name.casefold() in folded:
            findings.append(finding("zip-case-collision", f"differs from {folded[name.casefold()]!r} in case alone", at))
        seen.add(name)
        folded.setdefault(name.casefold(), name)
        if (reason := unsafe(records.decode_name(entry.raw_name.replace(b"\0", b"\x01"), entry.flags))) is not None:
            findings.append(finding("zip-unsafe-name", f"the name {name!r} {reason}", at))
        mode = entry.external >> 16
        if stat.S_IFMT(mode) not in (0, stat.S_IFREG, stat.S_IFDIR):
            kind = "a symbolic link" if stat.S_ISLNK(mode) else "a special file"
            findings.append(finding("zip-symlink", f"is {kind}", at))
        if entry.flags & (records.ENCRYPTED | records.STRONG | records.MASKED):
            findings.append(finding("zip-encrypted", "is encrypted", at))
        unicode_name = records.extra_fields(entry.extra).get(0x7075, b"")[5:]
        if unicode_name and unicode_name != name.encode("utf-8", "surrogatepass"):
            other = unicode_name.decode("utf-8", "backslashreplace")
            findings.append(finding("zip-unicode-name", f"has {other!r} as its Unicode name", at))


def unsafe(name: str) -> str | None:
    """What is wrong with a member's name, or None."""
    if not name:
        return "is empty"
    if any(ord(character) < 32 or ord(character) == 127 for character in name):
        return "holds control characters"
    if "\\" in name:
        return "holds a backslash"
    if name.startswith("/") or (len(name) > 1 and name[1] == ":" and name[0].isalpha()):
        return "is absolute"
    parts = name.removesuffix("/").split("/")
    if ".." in parts:
        return "leads out of the archive's folder"
    if "" in parts or "." in parts:
        return "has empty parts"
    return None


def _judge_sizes(view: View, entries: tuple[Entry, ...], limits: Limits, findings: list[Finding]) -> None:
    content = 0
    for entry in entries:
        at = Location(entry.name)
        if entry.method not in (records.STORED, records.DEFLATED):
            method = records.METHODS.get(entry.method, str(entry.method))
            findings.append(finding("zip-unknown-method", f"is compressed with {method}", at))
        elif entry.method == records.STORED and entry.stored != entry.size:
            message = f"is stored, yet {entry.stored:,} bytes are said to hold {entry.size:,}"
            findings.append(finding("zip-wrong-size", message, at))
        elif entry.size > 1100 * entry.stored + 1024:
            findings.append(finding("zip-wrong-size", f"{entry.stored:,} bytes cannot inflate to {entry.size:,}", at))
        elif entry.size > limits.inflated_member and entry.method == records.DEFLATED:
            findings.append(finding("zip-bomb", f"declares {entry.size:,} bytes of content", at))
        content += entry.size
    if content > limits.inflated_total and content > limits.ratio * view.size:
        message = f"the members declare {content:,} bytes, {content // max(1, view.size):,} times the file's size"
        findings.append(finding("zip-bomb", message))


def _judge_layout(
    view: View, located: list[tuple[Entry, LocalHeader]], directory: int, findings: list[Finding]
) -> None:
    position: int | None = None
    before = ""
    for entry, header in sorted(located, key=lambda pair: pair[0].offset):
        at = Location(entry.name)
        if position is None:
            position = 0
            _judge_gap(view, 0, entry.offset, "", at, findings, leading=True)
        elif entry.offset < position:
            findings.append(finding("zip-overlap", f"shares bytes with {before!r}", at))
        elif entry.offset > position:
            _judge_gap(view, position, entry.offset, before, at, findings)
        end = header.data + entry.stored
        if header.flags & records.STREAMED:
            end += _descriptor(view, end, entry)
        position, before = max(position, end), entry.name
    if position is not None and position < directory:
        _judge_gap(view, position, directory, before, Location(before), findings)


def _judge_gap(
    view: View, start: int, end: int, before: str, at: Location, findings: list[Finding], *, leading: bool = False
) -> None:
    if end <= start:
        return
    sample = view.pread(start, min(end - start, 1 << 20))
    if records.LOCAL_MAGIC in sample:
        name = _hidden_name(sample)
        findings.append(finding("zip-hidden-entry", f"an unlisted member {name!r} lies before it", at))
    if not leading:  # what stands before the first member is the prefix, which was reported
        findings.append(finding("zip-gap", f"{end - start:,} bytes behind {before!r} belong to no member", at))


def _hidden_name(sample: bytes) -> str:
    position = sample.index(records.LOCAL_MAGIC)
    if position + records.LOCAL.size > len(sample):
        return ""
    length, flags = struct.unpack_from("<H", sample, position + 26)[0], struct.unpack_from("<H", sample, position + 6)[0]
    return records.decode_name(sample[position + 30 : position + 30 + length], flags)


def _descriptor(view: View, offset: int, entry: Entry) -> int:
    """Length of the data descriptor at `offset`: with or without signature, with 32-bit or 64-bit sizes; 0 if none fits."""
    data = view.pread(offset, 24)
    for signature in (records.DESCRIPTOR_MAGIC, b""):
        if not data.startswith(signature):
            continue
        for layout in ("<LLL", "<LQQ"):
            size = len(signature) + struct.calcsize(layout)
            if len(data) >= size and struct.unpack_from(layout, data, len(signature)) == (
                entry.crc32, entry.stored, entry.size,
            ):  # fmt: skip
                return size
    return 0
