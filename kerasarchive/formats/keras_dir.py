"""An unpacked `.keras`: a folder with config.json (Keras 3 writes one with ``zipped=False``, and so does the Hub)."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import IO, Any

from kerasarchive.errors import ArchiveError
from kerasarchive.formats.document import parse
from kerasarchive.formats.format import Format, Source
from kerasarchive.formats.rules import finding
from kerasarchive.formats.view import FileView, Handle, View, read_all
from kerasarchive.formats.weights import NPZ, no_weights, weights_of
from kerasarchive.model.archive import Archive, Member
from kerasarchive.model.finding import Finding
from kerasarchive.model.location import Location, in_json

METADATA, CONFIG = "metadata.json", "config.json"
WEIGHTS = ("model.weights.h5", "model.weights.json")


def recognise(source: Source) -> bool:
    """A folder that holds config.json, which is what Keras asks as well."""
    return source.is_folder and CONFIG in source.names


def read(source: Source) -> Archive:
    """The archive. Symbolic links and special files are reported and not followed."""
    findings: list[Finding] = []
    root = Path(source.path)
    members = tuple(_members(root, source, findings))
    names = {member.name for member in members}
    metadata = _document(root, METADATA, names, source, findings)
    config = _document(root, CONFIG, names, source, findings)
    weights = next((name for name in WEIGHTS if name in names), None)
    if weights is None:
        findings.append(no_weights(NPZ in names))
    return Archive(
        path=source.path, format=FORMAT.name, members=members,
        metadata=metadata if isinstance(metadata, dict) else {}, config=config, config_at=in_json(CONFIG),
        weights=weights_of(weights, partial(_view, root / weights, source.closers), source.limits, root / weights)
        if weights else None,
        findings=tuple(findings), closers=(source.close,),
    )  # fmt: skip


def _members(root: Path, source: Source, findings: list[Finding]) -> list[Member]:
    """Regular files in the order metadata, config, weights, others by name; as a zip of the same model has them."""
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
    first = {name: rank for rank, name in enumerate((METADATA, CONFIG, *WEIGHTS))}
    return sorted(found, key=lambda member: (first.get(member.name, len(first)), member.name))


def _descriptor(path: Path) -> int:
    # The file was a regular one when it was listed; should it have become a link since, do not follow it.
    flags = os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0)
    try:
        return os.open(path, flags)
    except OSError as error:
        msg = f"cannot be opened: {error.strerror}"
        raise ArchiveError(msg, location=str(path), rule="missing") from None


def _open(path: Path) -> IO[bytes]:
    return os.fdopen(_descriptor(path), "rb")


def _view(path: Path, closers: list[Callable[[], None]]) -> View:
    handle = Handle(descriptor=_descriptor(path))
    closers.append(handle.close)
    return FileView(handle, 0, handle.size)


def _document(root: Path, name: str, names: set[str], source: Source, findings: list[Finding]) -> Any:
    if name not in names:
        findings.append(finding("member-missing", f"there is no readable {name}", Location(name)))
        return None
    try:
        handle = Handle(descriptor=_descriptor(root / name))
        try:
            data = read_all(FileView(handle, 0, handle.size), source.limits.json_size, name)
        finally:
            handle.close()
    except ArchiveError as error:
        findings.append(finding("json-too-large", error.message, in_json(name)))
        return None
    value, wrong = parse(data, in_json(name), source.limits)
    findings.extend(wrong)
    if value is not None and not isinstance(value, dict):
        findings.append(finding("json-invalid", "is not a JSON object", in_json(name)))
    return value


FORMAT = Format("keras-dir", "unpacked Keras archive (folder)", recognise, read, precedence=10)
