"""A weight store over a tensor bundle: every tensor by its key, read on demand, its checksum verified whenever it is."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kerasarchive.errors import ArchiveError
from kerasarchive.formats.folder import descriptor
from kerasarchive.formats.limits import Limits
from kerasarchive.formats.rules import finding
from kerasarchive.formats.tensorflow import objects
from kerasarchive.formats.tensorflow.bundle import OBJECT_GRAPH, Entry, Index, read_index
from kerasarchive.formats.tensorflow.crc32c import crc32c, unmasked
from kerasarchive.formats.tensorflow.dtypes import ITEMSIZES
from kerasarchive.formats.tensorflow.tensors import check_size, texts, values
from kerasarchive.formats.tensorflow.wire import Damaged
from kerasarchive.formats.view import FileView, Handle, read_all
from kerasarchive.model.finding import Finding
from kerasarchive.model.location import Location, in_hdf5
from kerasarchive.model.trackable import Tracked
from kerasarchive.model.weights import Tensor

if TYPE_CHECKING:
    import numpy as np


class BundleStore:
    """A `WeightStore`. `prefix` is the path that the index and the data files share, `member` what locations call it.

    The text that holds the object graph is no tensor here: `objects` gives it.
    """

    def __init__(self, prefix: Path, member: str, limits: Limits, closers: list[Callable[[], None]]) -> None:
        self.member = member
        self._prefix = prefix
        self._limits = limits
        self._closers = closers
        self._shards: dict[int, FileView] = {}
        self._found: list[Finding] | None = None

    def place(self, path: str) -> None:
        """Nowhere: the values are verified on their way, never copied from file to file."""
        return

    @cached_property
    def index(self) -> Index:
        """The index. Raises ArchiveError."""
        name = f"{self._prefix.name}.index"
        view = self._open(name)
        data = read_all(view, self._limits.json_size, name)
        try:
            return read_index(data, self._limits)
        except Damaged as error:
            msg = f"damaged index: {error}"
            raise ArchiveError(msg, location=name, hint="get the file once more", rule="tf-damaged") from None

    @cached_property
    def objects(self) -> tuple[Tracked, ...]:
        """The objects that own the tensors; none in a checkpoint of TensorFlow 1. Raises ArchiveError."""
        entry = self.index.entries.get(OBJECT_GRAPH)
        if entry is None:
            return ()
        text = self._values(entry).reshape(-1)
        try:
            return objects.checkpointed(memoryview(text[0]), self._limits)
        except (Damaged, IndexError, TypeError) as error:
            msg = f"damaged object graph: {error}"
            raise self._broken(msg, OBJECT_GRAPH) from None

    @cached_property
    def _tensors(self) -> dict[str, Tensor]:
        return {
            key: Tensor(
                key, entry.shape, "object" if entry.dtype == "string" else entry.dtype, entry.nbytes, entry.size
            )
            for key, entry in self.index.entries.items()
            if key != OBJECT_GRAPH
        }

    def tensors(self) -> Mapping[str, Tensor]:
        """Every tensor by its key, in the order of the keys."""
        return self._tensors

    def groups(self) -> tuple[str, ...]:
        """Every key's beginnings."""
        found: dict[str, None] = {}
        for key in self._tensors:
            parts = key.split("/")
            found.update(("/".join(parts[:length]), None) for length in range(1, min(len(parts), self._limits.hdf5_depth)))
        return tuple(found)

    def attributes(self, path: str = "") -> Mapping[str, Any]:
        """None: a bundle has no attributes."""
        return {}

    def findings(self) -> tuple[Finding, ...]:
        """Tensors that overlap, or lie beyond their file, or are not of their size; of the small ones, bad checksums."""
        if self._found is None:
            self._found = list(self._judge())
        return tuple(self._found)

    def _judge(self) -> Iterator[Finding]:
        entries = self.index.entries.values()
        if entries and OBJECT_GRAPH not in self.index.entries:
            message = "the tensors have names and belong to no objects, as TensorFlow 1 stores them"
            yield finding("tf-no-objects", message, Location(self.member))
        checked = told = 0
        for entry in sorted(entries, key=lambda entry: (entry.shard, entry.offset)):
            if told >= self._limits.findings:
                return
            message = self._misplaced(entry)
            small = entry.size <= self._limits.checked_member
            if not message and small and checked < self._limits.checked_total:
                checked += entry.size
                message = self._unreadable(entry)
            if message:
                told += 1
                yield finding("tf-tensor", message, in_hdf5(self.member, entry.key))
        yield from self._overlaps()

    def _overlaps(self) -> Iterator[Finding]:
        ends: dict[int, tuple[int, str]] = {}
        for entry in sorted(self.index.entries.values(), key=lambda entry: (entry.shard, entry.offset)):
            end, key = ends.get(entry.shard, (0, ""))
            if entry.offset < end and entry.size:
                yield finding("tf-tensor", f"shares bytes with {key}", in_hdf5(self.member, entry.key))
                return
            ends[entry.shard] = (max(end, entry.offset + entry.size), entry.key)

    def _misplaced(self, entry: Entry) -> str:
        if entry.slices:
            return f"is stored in {entry.slices:,} parts, which kav does not put together"
        if entry.dtype not in ITEMSIZES and entry.dtype != "string":
            return f"has elements of {entry.dtype}, which are no values"
        try:
            check_size(entry)
            view = self._shard(entry.shard)
        except Damaged as error:
            return str(error)
        except ArchiveError as error:
            return error.message
        if entry.offset + entry.size > view.size:
            return f"its {entry.size:,} bytes at {entry.offset:,} reach beyond the end of their file of {view.size:,}"
        return ""

    def _unreadable(self, entry: Entry) -> str:
        try:
            self._values(entry)
        except ArchiveError as error:
            return error.message
        return ""

    def read(self, path: str) -> np.ndarray[Any, Any]:
        """The values of one tensor; bfloat16 as float32 (exact), text as an array of bytes objects."""
        return self._values(self._entry(path))

    def chunks(self, path: str, nbytes: int = 1 << 24) -> Iterator[np.ndarray[Any, Any]]:
        """The values of one tensor, flattened, in pieces of at most about `nbytes`; the checksum is judged at the end."""
        entry = self._entry(path)
        if entry.dtype == "string":
            yield self._values(entry).reshape(-1)
            return
        view = self._view_of(entry)
        step = max(1, nbytes // ITEMSIZES[entry.dtype]) * ITEMSIZES[entry.dtype]
        value = 0
        for start in range(0, entry.size, step):
            data = view.pread(entry.offset + start, min(step, entry.size - start))
            value = crc32c(data, value)
            yield values(data, entry, self.index.big_endian)
        self._match(value, entry)

    def _entry(self, path: str) -> Entry:
        entry = self.index.entries.get(path)
        if entry is None:
            msg = "there is no such tensor"
            raise ArchiveError(msg, location=f"{self.member}!{path}", rule="no-such-tensor")
        return entry

    def _view_of(self, entry: Entry) -> FileView:
        if message := self._misplaced(entry):
            raise self._broken(message, entry.key)
        return self._shard(entry.shard)

    def _values(self, entry: Entry) -> np.ndarray[Any, Any]:
        view = self._view_of(entry)
        if entry.dtype == "string" and entry.size > self._limits.attribute_size:
            msg = f"holds {entry.size:,} bytes of text, more than kav reads"
            raise self._broken(msg, entry.key)
        data = view.pread(entry.offset, entry.size)
        if entry.dtype == "string":
            try:
                return texts(data, entry)
            except Damaged as error:
                raise self._broken(str(error), entry.key) from None
        self._match(crc32c(data), entry)
        return values(data, entry, self.index.big_endian).reshape(entry.shape)

    def _match(self, value: int, entry: Entry) -> None:
        if value != unmasked(entry.crc32c):
            msg = "its bytes do not match their checksum: damaged or altered"
            raise self._broken(msg, entry.key)

    def _broken(self, message: str, path: str) -> ArchiveError:
        location = f"{self.member}!{path}"
        return ArchiveError(message, location=location, hint="get the file once more", rule="tf-tensor")

    def _shard(self, number: int) -> FileView:
        if number not in self._shards:
            if number >= self.index.shards:
                msg = f"is in data file {number:,} of {self.index.shards:,}"
                raise Damaged(msg)
            self._shards[number] = self._open(f"{self._prefix.name}.data-{number:05d}-of-{self.index.shards:05d}")
        return self._shards[number]

    def _open(self, name: str) -> FileView:
        path = self._prefix.with_name(name)
        if not path.is_file():
            msg = f"there is no file {name}"
            raise ArchiveError(msg, location=name, hint="put all its files side by side", rule="missing")
        if path.is_symlink():
            msg = f"{name} is a symbolic link; it was not followed"
            raise ArchiveError(msg, location=name, hint="replace it with the file itself", rule="missing")
        handle = Handle(descriptor=descriptor(path))
        self._closers.append(handle.close)
        return FileView(handle, 0, handle.size)
