"""What is unusual about a zip: every way in which another reader could see something else than Keras does."""

from __future__ import annotations

import stat
import struct

from kerasarchive.formats.limits import Limits
from kerasarchive.formats.rules import finding
from kerasarchive.formats.view import View
from kerasarchive.formats.zip import records
from kerasarchive.formats.zip.records import END_MAGIC, EndRecord, Entry, LocalHeader
from kerasarchive.model.finding import Finding
from kerasarchive.model.location import Location

SAMPLE = 1 << 20
"""How much of either end of a gap is searched for hidden records."""


def judge_ends(view: View, end: EndRecord, shift: int, entries: tuple[Entry, ...], findings: list[Finding]) -> None:
    """What stands before the first member, behind the end record, or pretends to be another end."""
    first = min((entry.offset for entry in entries), default=end.offset - end.directory_size)
    if first > 0:
        what = "the archive's own offsets do not count it" if shift else "the archive's offsets skip it"
        findings.append(finding("zip-prefix", f"{first:,} bytes stand before the first member; {what}"))
    if end.end < view.size:
        findings.append(finding("zip-trailing-data", f"{view.size - end.end:,} bytes stand behind the archive's end"))
    start = end.offset - end.directory_size
    tail_start = max(start, view.size - (1 << 17))
    if view.pread(tail_start, view.size - tail_start).count(END_MAGIC) > 1:
        findings.append(finding("zip-second-archive", "there is more than one end record"))
    if records.CENTRAL_MAGIC in end.comment or records.LOCAL_MAGIC in end.comment:
        findings.append(finding("zip-second-archive", "the archive's comment holds zip records"))


def judge_header(entry: Entry, header: LocalHeader, at: Location, findings: list[Finding]) -> None:
    """How a member's own header contradicts the directory."""
    differs = []
    if header.raw_name != entry.raw_name:
        differs.append(f"name {records.decode_name(header.raw_name, header.flags)!r}")
    if header.method != entry.method:
        differs.append(f"method {header.method} for {entry.method}")
    if (header.flags ^ entry.flags) & ~0x6 & 0xFFFF:
        differs.append(f"flags {header.flags:#x} for {entry.flags:#x}")
    streamed = header.flags & records.STREAMED
    for what, mine, theirs in (
        ("checksum", header.crc32, entry.crc32),
        ("stored size", header.stored, entry.stored),
        ("size", header.size, entry.size),
    ):
        # A streamed member's header was written before its size was known: zero there, or all ones for zip64.
        if mine != theirs and not (streamed and mine in (0, records.FULL32)):
            differs.append(f"{what} {mine:,} for {theirs:,}")
    if differs:
        findings.append(finding("zip-header-mismatch", "its own header says " + ", ".join(differs), at))


def judge_names(entries: tuple[Entry, ...], findings: list[Finding]) -> None:
    """Names that collide or lead out of the archive, links, encryption."""
    seen: set[str] = set()
    folded: dict[str, str] = {}
    for entry in entries:
        name, at = entry.name, Location(entry.name)
        if name in seen:
            findings.append(
                finding("zip-duplicate-member", f"{name!r} is listed more than once; Keras reads the last", at)
            )
        elif name.casefold() in folded:
            findings.append(
                finding("zip-case-collision", f"differs from {folded[name.casefold()]!r} in case alone", at)
            )
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


def judge_sizes(view: View, entries: tuple[Entry, ...], limits: Limits, findings: list[Finding]) -> None:
    """Sizes and methods that cannot be true or are out of proportion."""
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


def judge_layout(view: View, located: list[tuple[Entry, LocalHeader]], directory: int, findings: list[Finding]) -> None:
    """Members that overlap and bytes that belong to none."""
    position: int | None = None
    before = ""
    for entry, header in sorted(located, key=lambda pair: pair[0].offset):
        at = Location(entry.name)
        if position is None:
            position = 0
            _gap(view, 0, entry.offset, "", at, findings, leading=True)
        elif entry.offset < position:
            findings.append(finding("zip-overlap", f"shares bytes with {before!r}", at))
        elif entry.offset > position:
            _gap(view, position, entry.offset, before, at, findings)
        end = header.data + entry.stored
        if header.flags & records.STREAMED:
            end += _descriptor(view, end, entry)
        position, before = max(position, end), entry.name
    if position is not None and position < directory:
        _gap(view, position, directory, before, Location(before), findings)


def _gap(
    view: View, start: int, end: int, before: str, at: Location, findings: list[Finding], *, leading: bool = False
) -> None:
    if end <= start:
        return
    sample = view.pread(start, min(end - start, SAMPLE))
    if end - start > SAMPLE:
        sample += view.pread(max(start + SAMPLE, end - SAMPLE), SAMPLE)
    if END_MAGIC in sample:
        findings.append(finding("zip-second-archive", "there is another archive's end record before it", at))
    if records.LOCAL_MAGIC in sample:
        name = _hidden_name(sample)
        findings.append(finding("zip-hidden-entry", f"an unlisted member {name!r} lies before it", at))
    if not leading:  # what stands before the first member is the prefix, which was reported
        findings.append(finding("zip-gap", f"{end - start:,} bytes behind {before!r} belong to no member", at))


def _hidden_name(sample: bytes) -> str:
    position = sample.index(records.LOCAL_MAGIC)
    if position + records.LOCAL.size > len(sample):
        return ""
    fields = records.LOCAL.unpack_from(sample, position)
    start = position + records.LOCAL.size
    return records.decode_name(sample[start : start + fields[9]], fields[2])


def _descriptor(view: View, offset: int, entry: Entry) -> int:
    """Length of the data descriptor at `offset`, with or without signature, 32-bit or 64-bit; 0 if none fits."""
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
