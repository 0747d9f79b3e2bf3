"""One function per format that kav writes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import IO, Any, BinaryIO

from kerasarchive.errors import KavError
from kerasarchive.formats.document import dump
from kerasarchive.formats.sharding import SHARDED, Shards, write_shards
from kerasarchive.formats.zip.inflate import ZipContent
from kerasarchive.formats.zip.writer import ZipWriter
from kerasarchive.model.archive import Archive, Member
from kerasarchive.model.weights import WeightPlan, WeightStore

METADATA, CONFIG, WEIGHTS = "metadata.json", "config.json", "model.weights.h5"
HDF5_WEIGHTS = frozenset({"weights-h5"})
"""Formats whose file as a whole is what a `.keras` holds as its weights member."""


class Parts:
    """What an output is made of, resolved once for all writers."""

    def __init__(
        self,
        archive: Archive,
        config: Any = None,
        metadata: Mapping[str, Any] | None = None,
        weights: WeightPlan | None = None,
        assets: Mapping[str, str] | None = None,
        training: Any = None,
        shards: Shards | None = None,
    ) -> None:
        self.archive = archive
        self.shards = shards
        self.assets = dict(assets or {})
        self.weights = weights
        listed = not archive.keeps_vars
        if weights is not None and archive.weights is not None and not listed and weights.is_identity(archive.weights):
            self.weights = None
        if self.weights is None and archive.format == SHARDED and archive.weights is not None:
            # There is no one file to copy.
            self.weights = WeightPlan.identity(archive.weights)
        self.attributes: dict[str, str] = {}
        """Attributes of a legacy HDF5 file's root that change."""
        if config is not None:
            self.attributes["model_config"] = dump(config).decode()
        if training is not None:
            self.attributes["training_config"] = dump(training).decode()
        if metadata is not None and isinstance(metadata.get("kav"), dict):
            self.attributes["kav"] = dump(metadata["kav"]).decode()
        for key in ("keras_version", "backend"):
            if metadata is not None and isinstance(metadata.get(key), str):
                self.attributes[key] = metadata[key]
        self.documents: dict[str, bytes | Member] = {}
        for name, value in ((METADATA, metadata), (CONFIG, config)):
            member = archive.member(name)
            if value is not None:
                self.documents[name] = dump(value)
            elif member is not None:
                self.documents[name] = member
            elif name == CONFIG and archive.config is not None:
                self.documents[name] = dump(archive.config)

    def weights_member(self) -> Member | None:
        """The input's weights as they are, if the output's are the same bytes."""
        archive, store = self.archive, self.archive.weights
        if self.weights is not None or store is None:
            return None
        if store.member:
            return archive.member(store.member)
        if archive.format in HDF5_WEIGHTS:
            return whole(store)
        msg = f"weights of the format {archive.format} have to be laid out anew"
        raise KavError(msg, location=archive.path)

    def others(self) -> list[tuple[str, Member]]:
        """Every other member with its new name, in the input's order."""
        if self.archive.objects is not None:
            # Of a SavedModel's files only what a layer owns goes on.
            return [(new, m) for m in self.archive.members if (new := self.assets.get(m.name)) is not None]
        taken = {METADATA, CONFIG, self.archive.weights.member if self.archive.weights else WEIGHTS}
        return [(self.assets.get(m.name, m.name), m) for m in self.archive.members if m.name not in taken]

    @property
    def estimate(self) -> int:
        """An upper bound of the size of rebuilt weights."""
        store, plan = self.archive.weights, self.weights
        if plan is None:
            return 0
        listed = store.tensors() if store else {}
        total = 0
        for source in plan.tensors.values():
            total += 4096
            for path in source.paths:
                # A transformed tensor may widen: from int8 to float64 at most.
                total += listed[path].nbytes * (8 if source.transform else 1) if path in listed else 0
            total += getattr(source.value, "nbytes", 64) if source.path is None else 0
        return total + 4096 * len(plan.groups)


def rebuild(parts: Parts, file: BinaryIO) -> None:
    """Write the planned weights to the end of `file`."""
    from kerasarchive.formats.hdf5.rebuild import rebuild as write_tree

    assert parts.weights is not None and parts.archive.weights is not None
    write_tree(parts.archive.weights, parts.weights, file)


def write_keras_zip(parts: Parts, out: Path) -> None:
    """A `.keras`, members in the order metadata, config, weights, all others."""
    with out.open("x+b") as file:
        writer = ZipWriter(file)
        for name, content in parts.documents.items():
            if isinstance(content, bytes):
                writer.add(name, content)
            else:
                _put(writer, name, content)
        if parts.weights is not None:
            writer.add_with(WEIGHTS, lambda into: rebuild(parts, into), parts.estimate)
        elif (member := parts.weights_member()) is not None:
            _put(writer, member.name or WEIGHTS, member)
        for name, member in parts.others():
            _put(writer, name, member)
        writer.close()


def _put(writer: ZipWriter, name: str, member: Member) -> None:
    if isinstance(member.open, ZipContent):
        writer.copy(member.open.container, member.open.entry, member.open.header, name)
        return
    with member.open() as content:
        writer.add_stream(name, content, member.size)


def write_keras_dir(parts: Parts, out: Path) -> None:
    """A folder with the members as files."""
    out.mkdir()
    for name, content in parts.documents.items():
        if isinstance(content, bytes):
            _path(out, name).write_bytes(content)
        else:
            _extract(content, _path(out, name))
    if parts.weights is not None:
        with _path(out, WEIGHTS).open("x+b") as file:
            rebuild(parts, file)
    elif (member := parts.weights_member()) is not None:
        _extract(member, _path(out, member.name or WEIGHTS))
    for name, member in parts.others():
        _extract(member, _path(out, name))


def _path(out: Path, name: str) -> Path:
    from kerasarchive.formats.zip.judgement import unsafe

    if (reason := unsafe(name)) is not None:
        msg = f"the member name {name!r} {reason}"
        raise KavError(msg, hint="write a .keras instead")
    path = out.joinpath(*name.split("/"))
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def _extract(member: Member, path: Path) -> None:
    with member.open() as content, path.open("xb") as file:
        pour(content, file)


def pour(content: IO[bytes], file: BinaryIO) -> None:
    """Copy a stream in blocks."""
    while block := content.read(1 << 20):
        file.write(block)


def write_weights_h5(parts: Parts, out: Path) -> None:
    """The weights alone, in the tree that the plan says."""
    with out.open("x+b") as file:
        if parts.weights is not None:
            rebuild(parts, file)
        elif (member := parts.weights_member()) is not None:
            with member.open() as content:
                pour(content, file)


def write_weights_json(parts: Parts, out: Path) -> None:
    """The weights alone, in several files and a map of them: a folder, whose files belong beside each other."""
    store = parts.archive.weights
    if store is None or parts.shards is None:
        msg = "has no weights to write" if store is None else "is not told how large its shards may be"
        raise KavError(msg, location=parts.archive.path)
    out.mkdir()
    write_shards(store, parts.weights or WeightPlan.identity(store), out, parts.shards)


def write_h5(parts: Parts, out: Path) -> None:
    """A legacy HDF5 file: the planned tree, with the documents as attributes of the root."""
    from kerasarchive.formats.hdf5.rebuild import rebuild as write_tree
    from kerasarchive.formats.hdf5.rebuild import set_attributes

    store = parts.archive.weights
    if store is None:
        msg = "has no weights to write to HDF5"
        raise KavError(msg, location=parts.archive.path)
    with out.open("x+b") as file:
        if parts.weights is not None:
            write_tree(store, parts.weights, file, parts.attributes)
            return
        if not parts.archive.format.startswith("h5-"):
            msg = f"weights of the format {parts.archive.format} have to be laid out anew for HDF5"
            raise KavError(msg, location=parts.archive.path)
        with whole(store).open() as content:
            pour(content, file)
        file.flush()
        if parts.attributes:
            set_attributes(file, parts.attributes)


def whole(store: WeightStore) -> Member:
    """The HDF5 file that is the store, as a member."""
    member: Member = store.whole()  # type: ignore[attr-defined]
    return member


WRITERS: dict[str, Callable[[Parts, Path], None]] = {
    "keras-zip": write_keras_zip,
    "keras-dir": write_keras_dir,
    "weights-h5": write_weights_h5,
    SHARDED: write_weights_json,
    "h5-model": write_h5,
    "h5-weights": write_h5,
}
