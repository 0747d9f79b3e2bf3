"""Writes the HDF5 file that a WeightPlan describes: values that merely move are copied from file to file, unread."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, BinaryIO

import h5py
import numpy as np
from h5py import h5d, h5g, h5p, h5s, h5t

from kerasarchive.errors import KavError
from kerasarchive.formats.hdf5.datatypes import FIXED, FLOAT, OPAQUE, STRING, VLEN, Datatype
from kerasarchive.formats.hdf5.store import Hdf5Store
from kerasarchive.formats.hdf5.tail import Tail
from kerasarchive.formats.limits import Limits
from kerasarchive.formats.transfer import transfer, write_at
from kerasarchive.formats.view import FileView, Handle, View
from kerasarchive.model.weights import TensorSource, WeightPlan, WeightStore

KERNEL = 1 << 20
"""Values of at least so many bytes are copied inside the kernel."""


def rebuild(store: WeightStore, plan: WeightPlan, file: BinaryIO, attributes: Mapping[str, str] | None = None) -> None:
    """Write the weights that `plan` makes of `store` to the end of `file`; KavError if the tree is not the plan's.

    The path "" among the plan's groups stands for the root and its attributes; `attributes` are added to them.
    """
    start = file.tell()
    with h5py.File(Tail(file), "w") as target:
        filler = _Filler(target, store)
        filler.fill(plan)
        for name, value in (attributes or {}).items():
            target.attrs[name] = value
    _pour(filler.pending, file, start)
    for path, place in filler.streamed:
        _stream(store, path, file, start + place)
    end = file.seek(0, os.SEEK_END)
    wrong = _differences(file, start, end, plan)
    if wrong:
        msg = f"the weights written are not those planned: {', '.join(wrong[:5])}"
        raise KavError(msg)


def _pour(pending: Iterable[tuple[View, int, int, int]], file: BinaryIO, start: int) -> None:
    """Copy values straight from file to file, inside the kernel where they are large."""
    target = file.fileno()
    for view, offset, place, nbytes in pending:
        if isinstance(view, FileView) and nbytes >= KERNEL:
            transfer(view.handle.descriptor, view.start + offset, target, start + place, nbytes)
            continue
        for done in range(0, nbytes, KERNEL):
            block = view.pread(offset + done, min(KERNEL, nbytes - done))
            if len(block) != min(KERNEL, nbytes - done):
                msg = "the values reach beyond the end of the file"
                raise KavError(msg)
            write_at(target, start + place + done, block)


def _stream(store: WeightStore, path: str, file: BinaryIO, place: int) -> None:
    """Write the values of one tensor at `place` in pieces, whatever its size."""
    tensor, done = store.tensors()[path], 0
    for piece in store.chunks(path, 4 * KERNEL):
        block = np.ascontiguousarray(piece, np.dtype(tensor.dtype)).tobytes()
        write_at(file.fileno(), place + done, block)
        done += len(block)
    if done != tensor.nbytes:
        msg = f"gave {done:,} of {tensor.nbytes:,} bytes"
        raise KavError(msg, location=f"{store.member}!{path}")


def set_attributes(file: BinaryIO, attributes: Mapping[str, str]) -> None:
    """Replace attributes of the root of the HDF5 file that is at the beginning of `file`."""
    file.seek(0)
    with h5py.File(Tail(file), "r+") as target:
        for name, value in attributes.items():
            target.attrs[name] = value


LONGEST = 64512
"""Bytes that a list takes as one attribute (``HDF5_OBJECT_HEADER_LIMIT`` of ``legacy_h5_format.py``)."""


def set_texts(attributes: Any, said: Mapping[str, str | Sequence[str]]) -> None:
    """Write texts and lists of texts as attributes, a long list over ``name0``, ``name1`` and so on."""
    for name, value in said.items():
        if isinstance(value, str):
            attributes[name] = value
            continue
        array = np.array([text.encode() for text in value]) if value else np.array([])
        count = 1
        while any(part.nbytes > LONGEST for part in np.array_split(array, count)):
            count += 1
        for index, part in enumerate(np.array_split(array, count)):
            attributes[name if count == 1 else f"{name}{index}"] = part


class _Filler:
    """Makes the output's tree. The input is read by kav's own parser alone, so no HDF5 library meets a strange file."""

    def __init__(self, target: Any, store: WeightStore) -> None:
        self._store = store
        self._groups: dict[str, Any] = {"": target["/"].id}
        self.pending: list[tuple[View, int, int, int]] = []
        """Values to be copied when the tree is done: (from, offset there, offset here, bytes)."""
        self.streamed: list[tuple[str, int]] = []
        """Tensors to be written in pieces when the tree is done: (path, offset here)."""
        self._early = h5p.create(h5p.DATASET_CREATE)
        self._early.set_alloc_time(h5d.ALLOC_TIME_EARLY)
        self._early.set_fill_time(h5d.FILL_TIME_NEVER)
        self._early.set_obj_track_times(False)

    def fill(self, plan: WeightPlan) -> None:
        """Make the plan's groups and tensors."""
        for path, source in plan.groups.items():
            group = self._group(path)
            if source is not None:
                self._copy_attributes(source, group)
        for path, said in plan.attributes.items():
            set_texts(h5py.AttributeManager(_Owner(self._group(path))), said)
        for path, what in plan.tensors.items():
            parent, _, name = path.rpartition("/")
            group = self._group(parent)
            if what.path is None:
                h5py.Group(group).create_dataset(name, data=np.asarray(what.value))
            elif what.transform is None:
                self._copy(what.path, group, name)
            else:
                self._transform(what, group, name)

    def _group(self, path: str) -> Any:
        group = self._groups.get(path)
        if group is None:
            parent, _, name = path.rpartition("/")
            group = self._groups[path] = h5g.create(self._group(parent), name.encode())
        return group

    def _copy_attributes(self, path: str, target: Any) -> None:
        attributes = self._store.attributes(path)
        if not attributes:
            return
        types: Mapping[str, Datatype] = getattr(self._store, "attribute_types", _no_types)(path)
        for name, value in attributes.items():
            h5py.AttributeManager(_Owner(target))[name] = _typed(value, types.get(name))

    def _copy(self, path: str, group: Any, name: str) -> None:
        placed = getattr(self._store, "place", _nowhere)(path)
        tensor = self._store.tensors()[path]
        if placed is None and tensor.nbytes >= KERNEL and tensor.dtype in _NUMBERS:
            kind = h5t.py_create(np.dtype(tensor.dtype))
            made = h5d.create(
                group, name.encode(), kind, h5s.create_simple(tensor.shape), self._early
            )
            self.streamed.append((path, made.get_offset()))
            self._copy_attributes(path, made)
            return
        if placed is None or not tensor.nbytes:
            self._write(path, self._store.read(path), group, name)
            return
        datatype = self._store.dataset(path).datatype  # type: ignore[attr-defined]
        if datatype.kind not in (FIXED, FLOAT, STRING, OPAQUE) and datatype.code != "b1":
            msg = f"has elements of type {datatype.name}, which kav does not write"
            raise KavError(msg, location=f"{self._store.member}!{path}")
        space = h5s.create_simple(tensor.shape) if tensor.shape else h5s.create(h5s.SCALAR)
        made = h5d.create(group, name.encode(), self._type(datatype), space, self._early)
        self.pending.append((placed[0], placed[1], made.get_offset(), tensor.nbytes))
        self._copy_attributes(path, made)

    def _type(self, datatype: Datatype) -> Any:
        made = _TYPES.get(datatype)
        if made is None:
            wanted = np.dtype("?" if datatype.code == "b1" else datatype.code)
            if datatype.kind == STRING and datatype.utf8:
                wanted = h5py.string_dtype("utf-8", datatype.size)
            made = _TYPES[datatype] = h5t.py_create(wanted, logical=True)
        return made

    def _transform(self, what: TensorSource, group: Any, name: str) -> None:
        assert what.path is not None and what.transform is not None
        value = np.asarray(what.transform(*map(self._store.read, what.paths)), order="C")
        self._write(what.path, value, group, name)

    def _write(self, path: str, value: np.ndarray[Any, Any], group: Any, name: str) -> None:
        half = self._store.tensors()[path].dtype == "bfloat16" and value.dtype == np.float32
        if value.dtype.hasobject:
            data: Any = np.array(value, h5py.string_dtype())
        else:
            data = to_bfloat16(value) if half else value
        dataset = h5py.Group(group).create_dataset(name, data=data)
        if half:
            dataset.attrs["dtype"] = "bfloat16"


_TYPES: dict[Datatype, Any] = {}
_NUMBERS = frozenset(f"{kind}{bits}" for kind in ("int", "uint", "float") for bits in (8, 16, 32, 64)) - {"float8"}
"""Elements that are written as they are read, byte for byte."""


class _Owner:
    """What h5py's attribute manager asks of its object."""

    def __init__(self, identifier: Any) -> None:
        self.id = identifier


def _no_types(path: str) -> Mapping[str, Datatype]:
    return {}


def _nowhere(path: str) -> None:
    return None


def _typed(value: Any, datatype: Datatype | None) -> Any:
    """An attribute's value as it was stored: fixed-length text stays that, numbers keep their width."""
    if value is None:
        return h5py.Empty("f")
    if datatype is None or datatype.kind == VLEN:
        return np.array(value, h5py.string_dtype()) if isinstance(value, list) and datatype else value
    if datatype.kind == STRING:
        return np.char.encode(np.array(value, "U"), "utf-8").astype(f"S{datatype.size}")[()]
    return np.array(value, "?" if datatype.code == "b1" else datatype.code)[()]


def to_bfloat16(value: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """float32 rounded to nearest even as bfloat16, in the opaque two-byte type that Keras stores."""
    bits = np.array(value, np.float32, order="C").reshape(-1).view(np.uint32)
    rounded = ((bits + np.uint32(0x7FFF) + ((bits >> 16) & 1)) >> 16).astype(np.uint16)
    rounded[np.isnan(value).reshape(-1)] = 0x7FC0
    opaque: np.ndarray[Any, Any] = rounded.view("V2").reshape(value.shape)
    return opaque


def _differences(file: BinaryIO, start: int, end: int, plan: WeightPlan) -> list[str]:
    """Paths that are planned and not there, or there and not planned; read back with kav's own parser."""
    file.flush()
    handle = Handle(descriptor=os.dup(file.fileno()))
    try:
        view = FileView(handle, start, end - start)
        written = Hdf5Store(lambda: view, "", Limits())
        tensors, groups = set(written.tensors()), set(written.groups())
        broken = [str(each.location) for each in written.findings() if each.severity == "high"]
    finally:
        handle.close()
    expected = set(_with_parents(plan.groups)) | set(_with_parents(plan.tensors)) - set(plan.tensors)
    return sorted((tensors ^ set(plan.tensors)) | (groups ^ (expected - {""}))) + broken


def _with_parents(paths: Iterable[str]) -> Iterable[str]:
    for path in paths:
        yield path
        while path := path.rpartition("/")[0]:
            yield path
