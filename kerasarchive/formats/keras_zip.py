"""The `.keras` zip of Keras 3 and of tf.keras since 2.12."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kerasarchive.errors import ArchiveError
from kerasarchive.formats.document import misplaced, parse
from kerasarchive.formats.format import Format, Source
from kerasarchive.formats.limits import Limits
from kerasarchive.formats.rules import finding
from kerasarchive.formats.view import FileView, Handle, View
from kerasarchive.formats.weights import NPZ, no_weights, weights_of
from kerasarchive.formats.zip import inflate
from kerasarchive.formats.zip.directory import read_directory
from kerasarchive.formats.zip.records import METHODS, STORED, Entry, LocalHeader
from kerasarchive.model.archive import Archive, Member
from kerasarchive.model.finding import Finding
from kerasarchive.model.location import Location, in_json
from kerasarchive.model.weights import WeightStore

METADATA, CONFIG, WEIGHTS = "metadata.json", "config.json", "model.weights.h5"


def recognise(source: Source) -> bool:
    """A zip is told by its end record; where the file begins as HDF5 too, the name decides, as it does for Keras."""
    if source.end_record is None:
        return False
    return source.hdf5_offset != 0 or source.suffix == ".keras"


def read(source: Source) -> Archive:
    """The archive; ArchiveError if the zip cannot be read or is none of Keras's."""
    window, limits = source.window(), source.limits
    directory = read_directory(window, limits)
    found = {entry.name: (entry, header) for entry, header in directory.members}
    _require_keras(source.path, {entry.name for entry in directory.entries})
    findings = list(directory.findings)
    if source.hdf5_offset == 0:  # further in, it is the weights member
        findings.append(finding("polyglot", "the file is HDF5 and a zip archive at once"))
    if source.suffix != ".keras" and source.suffix:
        findings.append(finding("misnamed", f"a .keras zip archive is named {source.suffix}"))
    _verify_small(window, found, limits, findings)
    metadata = _document(window, found, METADATA, limits, findings)
    config = _document(window, found, CONFIG, limits, findings)
    weights = _weights(window, found, limits, findings, source.closers)
    members = tuple(
        Member(
            name=entry.name, size=entry.size, stored=entry.stored, crc32=entry.crc32,
            method=METHODS.get(entry.method, str(entry.method)),
            open=inflate.ZipContent(window, entry, header, limits),
        )
        for entry, header in directory.members
    )  # fmt: skip
    return Archive(
        path=source.path, format=FORMAT.name, members=members,
        metadata=metadata if isinstance(metadata, dict) else {},
        config=config, config_at=in_json(CONFIG), weights=weights,
        findings=tuple(findings), closers=(source.close,),
    )  # fmt: skip


def _require_keras(path: str, names: set[str]) -> None:
    if names & {CONFIG, WEIGHTS, NPZ}:
        return
    hint = "kav reads archives of Keras models"
    if names and all(name.endswith(".npy") for name in names):
        what = "is a NumPy .npz file, not a Keras archive"
    elif any(name.endswith("/data.pkl") or name == "data.pkl" for name in names):
        what = "is a PyTorch file, not a Keras archive"
    elif any(name.endswith(("/" + CONFIG, "saved_model.pb")) for name in names):
        what = "is a zip of a folder that holds a model, not a Keras archive"
        hint = "unzip it and name the folder inside"
    else:
        what = "is a zip archive without config.json: not a Keras archive"
    raise ArchiveError(what, location=path, hint=hint, rule="not-keras")


def _verify_small(
    window: FileView, found: dict[str, tuple[Entry, LocalHeader]], limits: Limits, findings: list[Finding]
) -> None:
    budget = limits.checked_total
    for entry, header in found.values():
        if entry.size > limits.checked_member or (budget := budget - entry.size) < 0:
            continue
        findings.extend(check_member(window, entry, header, limits))


def check_member(window: FileView, entry: Entry, header: LocalHeader, limits: Limits) -> tuple[Finding, ...]:
    """What reading the whole member shows: a wrong checksum or size. Members that cannot be read were reported."""
    at = Location(entry.name)
    if entry.method not in (0, 8) or entry.flags & 1:
        return ()
    raw = inflate.stored_window(window, entry, header)
    try:
        if entry.method == STORED:
            blocks = (raw.pread(start, inflate.BLOCK) for start in range(0, raw.size, inflate.BLOCK))
            value = inflate.checksum(blocks)
        else:
            value = inflate.checksum(inflate.inflated(raw, entry, limits))
    except ArchiveError as error:
        return (finding(error.rule, error.message, at),)
    if value != entry.crc32:
        return (finding("zip-bad-checksum", f"has checksum {value:08x}, the archive says {entry.crc32:08x}", at),)
    return ()


def _document(
    window: FileView, found: dict[str, tuple[Entry, LocalHeader]], name: str, limits: Limits, findings: list[Finding]
) -> Any:
    if name not in found:
        findings.append(finding("member-missing", f"there is no readable {name}", Location(name)))
        return None
    entry, header = found[name]
    at = in_json(name)
    if entry.size > limits.json_size:
        message = f"has {entry.size:,} bytes, more than the {limits.json_size:,} that kav parses"
        findings.append(finding("json-too-large", message, at))
        return None
    try:
        with inflate.open_member(window, entry, header, limits) as content:
            data = content.read()
    except ArchiveError as error:
        findings.append(finding(error.rule, error.message, Location(name)))
        return None
    value, wrong = parse(data, at, limits)
    findings.extend(wrong)
    findings.extend(misplaced(value, wrong, at, is_config=name == CONFIG))
    return value


def _weights(
    window: FileView,
    found: dict[str, tuple[Entry, LocalHeader]],
    limits: Limits,
    findings: list[Finding],
    closers: list[Callable[[], None]],
) -> WeightStore | None:
    if WEIGHTS not in found:
        findings.append(no_weights(NPZ in found))
        return None
    entry, header = found[WEIGHTS]

    def content() -> View:
        view, handle = inflate.random_access(window, entry, header, limits)
        if isinstance(handle, Handle):
            closers.append(handle.close)
        return view

    return weights_of(WEIGHTS, content, limits)


FORMAT = Format("keras-zip", "Keras archive (.keras)", recognise, read, precedence=10)
