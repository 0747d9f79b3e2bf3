"""The weight store of one HDF5 file: kav's parser first, the HDF5 library in a child process where that does not do."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from kerasarchive.errors import ArchiveError
from kerasarchive.formats.hdf5.bytesource import ByteSource, Damaged, Foreign
from kerasarchive.formats.hdf5.datasets import KNOWN_FILTERS, Dataset
from kerasarchive.formats.hdf5.datatypes import Datatype
from kerasarchive.formats.hdf5.tree import TORN, Hdf5Tree, Listing, is_bomb
from kerasarchive.formats.limits import Limits
from kerasarchive.formats.view import View, stream
from kerasarchive.model.archive import Member
from kerasarchive.model.finding import Finding
from kerasarchive.model.weights import Tensor

if TYPE_CHECKING:
    import numpy as np

    from kerasarchive.formats.hdf5.box import Box


class Hdf5Store:
    """A `WeightStore` over the HDF5 file that `content` gives. Nothing is read before it is asked for."""

    def __init__(self, content: Callable[[], View], member: str, limits: Limits) -> None:
        self.member = member
        self._content = content
        self._limits = limits
        self._seen: View | None = None
        self._parsed: Hdf5Tree | None = None
        self._foreign = False
        self._listed: Listing | None = None
        self._boxed: Listing | None = None

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
        return None if self._foreign else self._parsed

    @property
    def box(self) -> Box:
        """The library, at arm's length."""
        from kerasarchive.formats.hdf5.box import Box

        return Box(self.view, self.member, self._limits)

    @property
    def boxed(self) -> Listing:
        """What the library says is in the file, asked once."""
        if self._boxed is None:
            self._boxed = self.box.look()
        return self._boxed

    def _broken(self, message: str, path: str = "") -> ArchiveError:
        location = f"{self.member}!{path}" if path else self.member
        message = f"damaged HDF5: {message}"
        return ArchiveError(message, location=location, hint="get the file once more", rule="hdf5-broken")

    @contextmanager
    def _reporting(self, path: str = "") -> Iterator[None]:
        try:
            yield
        except Damaged as error:
            raise self._broken(str(error), path) from None
        except TORN as error:
            message = f"a structure is cut off ({error})"
            raise self._broken(message, path) from None

    def listing(self) -> Listing:
        """Everything in the file, found once."""
        if self._listed is None:
            with self._reporting():
                self._listed = self._list()
        return self._listed

    def _list(self) -> Listing:
        if self.tree is not None:
            try:
                return self.tree.walk()
            except Foreign:
                self._foreign = True
        return self.boxed

    def tensors(self) -> Mapping[str, Tensor]:
        """Every tensor by path, depth first, names in byte order."""
        return self.listing().tensors

    def groups(self) -> tuple[str, ...]:
        """Every group's path, the root excluded."""
        return tuple(self.listing().groups)

    def findings(self) -> tuple[Finding, ...]:
        """What was wrong with the file, as far as listing it shows."""
        return tuple(self.listing().findings)

    def top(self) -> tuple[str, ...]:
        """The names directly under the root, whatever they are, without listing the rest."""
        with self._reporting():
            if self.tree is not None:
                try:
                    links = self.tree.links(self.tree.root)
                    return tuple(name.decode("utf-8", "backslashreplace") for name, _, _ in links)
                except Foreign:
                    pass
            return self.boxed.top

    def attributes(self, path: str = "") -> Mapping[str, Any]:
        """The attributes of a group or tensor, bytes decoded, arrays as lists. Empty for a path that is not there."""
        with self._reporting(path):
            if self.tree is not None:
                try:
                    address = self._address(path)
                    return {} if address is None else self.tree.attributes(address)
                except Foreign:
                    pass
            return self.boxed.attributes.get(path, {})

    def _address(self, path: str) -> int | None:
        assert self.tree is not None
        if self._listed is not None and path:
            return self._listed.addresses.get(path, self._listed.groups.get(path))
        return self.tree.find(path)

    def dataset(self, path: str) -> Dataset:
        """The listed dataset, if its values may be read at all."""
        listing = self.listing()
        dataset = listing.datasets.get(path)
        if dataset is None and self.tree is not None and path in listing.addresses:
            with self._reporting(path):
                dataset = self.tree.dataset(listing.addresses[path])
        if dataset is None:
            msg = "there is no such tensor"
            raise ArchiveError(msg, location=f"{self.member}!{path}", rule="no-such-tensor")
        unknown = [number for number in dataset.filters if number not in KNOWN_FILTERS]
        if unknown:
            message = f"is compressed with the filter {unknown[0]}, which kav does not load"
            raise self._broken(message, path)
        if is_bomb(dataset, self._limits):
            msg = f"declares {dataset.nbytes:,} bytes, {dataset.stored:,} are stored"
            raise ArchiveError(msg, location=f"{self.member}!{path}", rule="hdf5-shape-bomb")
        return dataset

    def place(self, path: str) -> tuple[View, int] | None:
        """The bytes that hold the tensor's values raw and the offset there, or None if they are not stored so."""
        dataset, tensor = self.dataset(path), self.tensors()[path]
        if tensor.offset is None or dataset.nbytes != dataset.stored or not dataset.datatype.code or dataset.filters:
            return None
        return self.view, tensor.offset

    def attribute_types(self, path: str) -> Mapping[str, Datatype]:
        """How the attributes of a group or tensor are stored; empty where only the library knows."""
        with self._reporting(path):
            address = self._address(path) if self.tree is not None else None
            if self.tree is None or address is None:
                return {}
            try:
                return self.tree.attribute_types(address)
            except Foreign:
                return {}

    def _source(self) -> ByteSource:
        """Where the addresses of the listed datasets count: the library gives them from the start of the file."""
        return self.tree.source if self.tree is not None else ByteSource(self.view)

    def read(self, path: str) -> np.ndarray[Any, Any]:
        """The values of one tensor, perhaps read-only; bfloat16 as float32 (exact). Text is an array of objects."""
        from kerasarchive.formats.hdf5 import values

        dataset = self.dataset(path)
        with self._reporting(path):
            if values.is_readable(dataset):
                return values.read_values(self._source(), dataset, self._limits)
            return values.widened(self.box.read(path), dataset)

    def chunks(self, path: str, nbytes: int = 1 << 24) -> Iterator[np.ndarray[Any, Any]]:
        """The values of one tensor, flattened, in pieces of about `nbytes` (of a row of chunks, if that is more)."""
        from kerasarchive.formats.hdf5 import values

        dataset = self.dataset(path)
        with self._reporting(path):
            if values.is_readable(dataset):
                yield from values.read_pieces(self._source(), dataset, nbytes, self._limits)
                return
        flat = self.read(path).reshape(-1)
        step = max(1, nbytes // max(1, flat.itemsize))
        for start in range(0, len(flat), step):
            yield flat[start : start + step]
