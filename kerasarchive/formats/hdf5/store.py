"""The weight store of one HDF5 file: kav's parser first, the HDF5 library where that does not suffice."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from kerasarchive.errors import ArchiveError
from kerasarchive.formats.hdf5.bytesource import Damaged, Foreign
from kerasarchive.formats.hdf5.datasets import COMPACT, CONTIGUOUS, KNOWN_FILTERS, Dataset
from kerasarchive.formats.hdf5.tree import Hdf5Tree, Listing, is_bomb
from kerasarchive.formats.limits import Limits
from kerasarchive.formats.view import View, stream
from kerasarchive.model.archive import Member
from kerasarchive.model.finding import Finding
from kerasarchive.model.weights import Tensor

if TYPE_CHECKING:
    import numpy as np


class Hdf5Store:
    """A `WeightStore` over the HDF5 file that `content` gives. Nothing is read before it is asked for."""

    def __init__(self, content: Callable[[], View], member: str, limits: Limits) -> None:
        self.member = member
        self._content = content
        self._limits = limits
        self._seen: View | None = None
        self._parsed: Hdf5Tree | None = None
        self._foreign = False
        self._library: Any = None
        self._listed: Listing | None = None

    @property
    def view(self) -> View:
        """The file's bytes."""
        if self._seen is None:
            self._seen = self._content()
        return self._seen

    def whole(self) -> Member:
        """The file as a member, for copying."""
        return Member("", self.view.size, self.view.size, open=lambda: stream(self.view))

    @property
    def tree(self) -> Hdf5Tree | None:
        """The file as kav's parser sees it, or None where the library has to read it."""
        if self._parsed is None and not self._foreign:
            try:
                self._parsed = Hdf5Tree(self.view, self.member, self._limits)
            except Foreign:
                self._foreign = True
            except Damaged as error:
                raise self._broken(str(error)) from None
        return self._parsed

    @property
    def library(self) -> Any:
        """The file opened by h5py; for copying and for what the parser does not know."""
        if self._library is None:
            from kerasarchive.formats.hdf5.library import open_library

            self._library = open_library(self.view, self.member)
        return self._library

    def close(self) -> None:
        """Close what h5py holds."""
        library, self._library = self._library, None
        if library is not None:
            library.close()

    def _broken(self, message: str, path: str = "") -> ArchiveError:
        location = f"{self.member}!{path}" if path else self.member
        return ArchiveError(
            f"damaged HDF5: {message}", location=location, hint="get the file once more", rule="hdf5-broken"
        )

    def _list(self) -> Listing:
        if self._listed is None:
            self._listed = self._walk()
        return self._listed

    def _walk(self) -> Listing:
        if self.tree is not None:
            try:
                return self.tree.walk()
            except Foreign:
                self._foreign = True
        from kerasarchive.formats.hdf5.library import walk

        return walk(self.library, self.view, self.member, self._limits)

    def tensors(self) -> Mapping[str, Tensor]:
        """Every tensor by path, depth first, names in byte order."""
        return self._list().tensors

    def groups(self) -> tuple[str, ...]:
        """Every group's path, the root excluded."""
        return tuple(self._list().groups)

    def findings(self) -> tuple[Finding, ...]:
        """What was wrong with the file, as far as listing it shows."""
        return tuple(self._list().findings)

    def top(self) -> tuple[str, ...]:
        """The names directly under the root, whatever they are, without listing the rest."""
        if self.tree is not None:
            try:
                return tuple(name.decode("utf-8", "backslashreplace") for name, _, _ in self.tree.links(self.tree.root))
            except Foreign:
                pass
            except Damaged as error:
                raise self._broken(str(error)) from None
        from kerasarchive.formats.hdf5.library import names

        try:
            return names(self.library)
        except Damaged as error:
            raise self._broken(str(error)) from None

    def attributes(self, path: str = "") -> Mapping[str, Any]:
        """The attributes of a group or tensor, bytes decoded, arrays as lists. Empty for a path that is not there."""
        if self.tree is not None:
            try:
                address = self._address(path)
                return {} if address is None else self.tree.attributes(address)
            except Foreign:
                pass
            except Damaged as error:
                raise self._broken(str(error), path) from None
        from kerasarchive.formats.hdf5.library import attributes

        known = self._list()
        if path and path not in known.groups and path not in known.tensors:
            return {}
        try:
            return attributes(self.object_at(path))
        except Damaged as error:
            raise self._broken(str(error), path) from None

    def _address(self, path: str) -> int | None:
        assert self.tree is not None
        if self._listed is not None and not self._foreign and path:
            return self._listed.addresses.get(path, self._listed.groups.get(path))
        return self.tree.find(path)

    def object_at(self, path: str) -> Any:
        """The listed group or dataset as h5py's own object."""
        from kerasarchive.formats.hdf5.library import ERRORS

        try:
            return self.library[f"/{path}"]
        except ERRORS:
            msg = "cannot be opened by the HDF5 library"
            raise self._broken(msg, path) from None

    def _dataset(self, path: str) -> Dataset:
        try:
            dataset = self._list().datasets[path]
        except KeyError:
            msg = "there is no such tensor"
            raise ArchiveError(msg, location=f"{self.member}!{path}", rule="no-such-tensor") from None
        unknown = [number for number in dataset.filters if number not in KNOWN_FILTERS]
        if unknown:
            msg = f"is compressed with the filter {unknown[0]}, which kav does not load"
            raise self._broken(msg, path)
        if is_bomb(dataset, self._limits):
            msg = f"declares {dataset.nbytes:,} bytes, {dataset.stored:,} are stored"
            raise ArchiveError(msg, location=f"{self.member}!{path}", rule="hdf5-shape-bomb")
        return dataset

    def read(self, path: str) -> np.ndarray[Any, Any]:
        """The values of one tensor, read-only; bfloat16 as float32 (exact). Text comes as an array of objects."""
        dataset = self._dataset(path)
        if self._is_raw(dataset):
            return _shaped(self._bytes(path, dataset, 0, dataset.nbytes), dataset, dataset.shape)
        from kerasarchive.formats.hdf5.library import value_of

        try:
            return _widened(value_of(self.object_at(path)), dataset)
        except Damaged as error:
            raise self._broken(str(error), path) from None

    def chunks(self, path: str, nbytes: int = 1 << 24) -> Iterator[np.ndarray[Any, Any]]:
        """The values of one tensor, flattened, in pieces of at most about `nbytes` (a row, if one is larger)."""
        dataset = self._dataset(path)
        if self._is_raw(dataset):
            step = max(1, nbytes // dataset.datatype.size) * dataset.datatype.size
            for start in range(0, dataset.nbytes, step):
                yield _shaped(self._bytes(path, dataset, start, min(step, dataset.nbytes - start)), dataset, (-1,))
            return
        if not dataset.shape:
            yield self.read(path).reshape(-1)
            return
        from kerasarchive.formats.hdf5.library import rows_of

        node = self.object_at(path)
        rows = max(1, nbytes * dataset.shape[0] // max(1, dataset.nbytes))
        for start in range(0, dataset.shape[0], rows):
            try:
                yield _widened(rows_of(node, start, min(start + rows, dataset.shape[0])), dataset).reshape(-1)
            except Damaged as error:
                raise self._broken(str(error), path) from None

    def _is_raw(self, dataset: Dataset) -> bool:
        """Whether the values lie in the file as NumPy wants them."""
        if not dataset.datatype.code or dataset.filters:
            return False
        if dataset.layout == CONTIGUOUS:
            return dataset.address is not None
        return dataset.layout == COMPACT and len(dataset.inline) == dataset.nbytes

    def _bytes(self, path: str, dataset: Dataset, start: int, nbytes: int) -> bytes:
        if dataset.layout == COMPACT:
            return dataset.inline[start : start + nbytes]
        tensor = self._list().tensors[path]
        assert tensor.offset is not None
        if dataset.nbytes > dataset.stored:
            msg = f"declares {dataset.nbytes:,} bytes, {dataset.stored:,} are stored"
            raise self._broken(msg, path)
        data = self.view.pread(tensor.offset + start, nbytes)
        if len(data) != nbytes:
            msg = "the values reach beyond the end of the file"
            raise self._broken(msg, path)
        return data


def _shaped(data: bytes, dataset: Dataset, shape: tuple[int, ...]) -> np.ndarray[Any, Any]:
    import numpy as np

    code = dataset.datatype.code
    array = np.frombuffer(data, np.uint8) != 0 if code == "b1" else np.frombuffer(data, np.dtype(code))
    return _widened(array.reshape(shape), dataset)


def _widened(array: np.ndarray[Any, Any], dataset: Dataset) -> np.ndarray[Any, Any]:
    if dataset.datatype.name != "bfloat16":
        return array
    import numpy as np

    bits = np.ascontiguousarray(array).reshape(-1).view("<u2").astype("<u4") << 16
    wide: np.ndarray[Any, Any] = bits.view("<f4").reshape(array.shape)
    return wide
