"""The weight store of one HDF5 file."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import h5py
from h5py import h5d, h5g, h5l, h5o

from kerasarchive.errors import ArchiveError
from kerasarchive.formats.limits import Limits
from kerasarchive.formats.rules import finding
from kerasarchive.formats.view import View, ViewStream, stream
from kerasarchive.model.archive import Member
from kerasarchive.model.finding import Finding
from kerasarchive.model.location import in_hdf5
from kerasarchive.model.weights import Tensor

if TYPE_CHECKING:
    import numpy as np


class Hdf5Store:
    """A `WeightStore` over the HDF5 file in `view`. Nothing is read before it is asked for."""

    def __init__(self, content: Callable[[], View], member: str, limits: Limits) -> None:
        self._content = content
        self.member = member
        self._limits = limits
        self._opened: Any = None
        self._listed: tuple[dict[str, Tensor], tuple[str, ...], tuple[Finding, ...]] | None = None

    @property
    def _file(self) -> Any:
        if self._opened is None:
            try:
                self._opened = h5py.File(ViewStream(self._content()), "r")
            except (OSError, RuntimeError, ValueError) as error:
                raise ArchiveError(f"is not readable HDF5: {error}", location=self.member, rule="hdf5-broken") from None
        return self._opened

    def close(self) -> None:
        """Close the file."""
        if self._opened is not None:
            self._opened.close()
            self._opened = None

    def whole(self) -> Member:
        """The file as a member, for copying."""
        view = self._content()
        return Member("", view.size, view.size, open=lambda: stream(view))

    def h5py_object(self, path: str) -> Any:
        """The group or dataset as h5py's own object, for copying; only for paths that were listed."""
        return self._file[f"/{path}"]

    def _list(self) -> tuple[dict[str, Tensor], tuple[str, ...], tuple[Finding, ...]]:
        if self._listed is None:
            self._listed = self._walk()
        return self._listed

    def _walk(self) -> tuple[dict[str, Tensor], tuple[str, ...], tuple[Finding, ...]]:
        tensors: dict[str, Tensor] = {}
        groups: list[str] = []
        findings: list[Finding] = []
        seen = set()
        stack: list[tuple[str, Any]] = [("", self._file["/"].id)]
        while stack:
            path, group = stack.pop()
            children = []
            for raw in group:
                name = raw.decode("utf-8", "backslashreplace")
                place = f"{path}/{name}" if path else name
                at = in_hdf5(self.member, place)
                info = group.links.get_info(raw)
                if info.type == h5l.TYPE_SOFT:
                    findings.append(finding("hdf5-soft-link", "a symbolic link", at))
                    continue
                if info.type != h5l.TYPE_HARD:
                    findings.append(finding("hdf5-external-link", "a link to another file", at))
                    continue
                child = h5o.open(group, raw)
                address = h5o.get_info(child).addr
                if address in seen:
                    findings.append(finding("hdf5-shared-object", "an object that was listed already", at))
                    continue
                seen.add(address)
                if isinstance(child, h5g.GroupID):
                    groups.append(place)
                    children.append((place, child))
                elif isinstance(child, h5d.DatasetID):
                    plist = child.get_create_plist()
                    if plist.get_external_count():
                        findings.append(finding("hdf5-external-storage", "values in another file", at))
                        continue
                    if plist.get_layout() == h5d.VIRTUAL:
                        findings.append(finding("hdf5-virtual-dataset", "a virtual dataset", at))
                        continue
                    tensors[place] = self._describe(place, child)
            stack.extend(reversed(children))
        return tensors, tuple(groups), tuple(findings)

    def _describe(self, path: str, dataset: Any) -> Tensor:
        dtype = dataset.dtype
        count = 1
        for extent in dataset.shape:
            count *= extent
        name = "bfloat16" if dtype.kind == "V" and dtype.itemsize == 2 else str(dtype)
        offset = dataset.get_offset()
        return Tensor(path, tuple(dataset.shape), name, count * dtype.itemsize, dataset.get_storage_size(), offset)

    def tensors(self) -> Mapping[str, Tensor]:
        """Every tensor by path."""
        return self._list()[0]

    def top(self) -> tuple[str, ...]:
        """Names directly under the root, links that are not followed included."""
        return tuple(name.decode("utf-8", "backslashreplace") for name in self._file["/"].id)

    def groups(self) -> tuple[str, ...]:
        """Every group's path, the root excluded."""
        return self._list()[1]

    def findings(self) -> tuple[Finding, ...]:
        """What was wrong with the file, as far as listing it shows."""
        return self._list()[2]

    def attributes(self, path: str = "") -> Mapping[str, Any]:
        """The attributes of a group or tensor, bytes decoded, arrays as lists."""
        found = {}
        for name, value in self._file[f"/{path}"].attrs.items():
            found[name] = _plain(value)
        return found

    def read(self, path: str) -> np.ndarray[Any, Any]:
        """The values of one tensor; bfloat16 as float32."""
        import numpy as np

        if path not in self.tensors():
            raise ArchiveError("there is no such tensor", location=f"{self.member}!{path}")
        value = self._file[f"/{path}"][()]
        array = np.asarray(value)
        if self.tensors()[path].dtype == "bfloat16":
            array = (array.view(np.uint16).astype(np.uint32) << 16).view(np.float32)
        return array

    def chunks(self, path: str, nbytes: int = 1 << 24) -> Iterator[np.ndarray[Any, Any]]:
        """The values of one tensor, flattened, in pieces."""
        flat = self.read(path).reshape(-1)
        step = max(1, nbytes // max(1, flat.itemsize))
        for start in range(0, len(flat), step):
            yield flat[start : start + step]


def _plain(value: Any) -> Any:
    import numpy as np

    if isinstance(value, np.ndarray):
        return [_plain(item) for item in value.tolist()]
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, bytes):
        return value.decode("utf-8", "backslashreplace")
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value
