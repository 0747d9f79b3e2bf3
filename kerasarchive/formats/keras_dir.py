"""An unpacked `.keras`: a folder with config.json (Keras 3 writes one with ``zipped=False``, and so does the Hub)."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from kerasarchive.errors import ArchiveError
from kerasarchive.formats.document import misplaced, parse
from kerasarchive.formats.folder import content, descriptor, files
from kerasarchive.formats.format import Format, Source
from kerasarchive.formats.rules import finding
from kerasarchive.formats.view import FileView, Handle, View
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
    first = {name: rank for rank, name in enumerate((METADATA, CONFIG, *WEIGHTS))}
    found = files(root, source, findings)
    return sorted(found, key=lambda member: (first.get(member.name, len(first)), member.name))


def _view(path: Path, closers: list[Callable[[], None]]) -> View:
    handle = Handle(descriptor=descriptor(path))
    closers.append(handle.close)
    return FileView(handle, 0, handle.size)


def _document(root: Path, name: str, names: set[str], source: Source, findings: list[Finding]) -> Any:
    if name not in names:
        findings.append(finding("member-missing", f"there is no readable {name}", Location(name)))
        return None
    try:
        data = content(root / name, source.limits.json_size, name)
    except ArchiveError as error:
        findings.append(finding("json-too-large", error.message, in_json(name)))
        return None
    value, wrong = parse(data, in_json(name), source.limits)
    findings.extend(wrong)
    findings.extend(misplaced(value, wrong, in_json(name), is_config=name == CONFIG))
    return value


FORMAT = Format("keras-dir", "unpacked Keras archive (folder)", recognise, read, precedence=10)
