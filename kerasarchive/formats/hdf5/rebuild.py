"""Writes the HDF5 file that a WeightPlan describes: moved datasets are copied by the HDF5 library, unread."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from typing import Any, BinaryIO

import h5py
import numpy as np
from h5py import h5g, h5o

from kerasarchive.errors import KavError
from kerasarchive.formats.hdf5.store import Hdf5Store
from kerasarchive.formats.hdf5.tail import Tail
from kerasarchive.formats.limits import Limits
from kerasarchive.formats.view import FileView, Handle
from kerasarchive.model.weights import TensorSource, WeightPlan, WeightStore


def rebuild(store: WeightStore, plan: WeightPlan, file: BinaryIO, attributes: Mapping[str, str] | None = None) -> None:
    """Write the weights that `plan` makes of `store` to the end of `file`; KavError if the tree is not the plan's.

    The path "" among the plan's groups stands for the root and its attributes; `attributes` are added to them.
    """
    start = file.tell()
    with h5py.File(Tail(file), "w") as target:
        _Filler(target, store).fill(plan)
        for name, value in (attributes or {}).items():
            target.attrs[name] = value
    end = file.seek(0, os.SEEK_END)
    wrong = _differences(file, start, end, plan)
    if wrong:
        msg = f"the weights written are not those planned: {', '.join(wrong[:5])}"
        raise KavError(msg)


def set_attributes(file: BinaryIO, attributes: Mapping[str, str]) -> None:
    """Replace attributes of the root of the HDF5 file that is at the beginning of `file`."""
    file.seek(0)
    with h5py.File(Tail(file), "r+") as target:
        for name, value in attributes.items():
            target.attrs[name] = value


class _Filler:
    def __init__(self, target: Any, store: WeightStore) -> None:
        self._store = store
        self._groups: dict[str, Any] = {"": target["/"].id}

    def fill(self, plan: WeightPlan) -> None:
        """Make the plan's groups and tensors."""
        for path, source in plan.groups.items():
            group = self._group(path)
            if source is not None and self._store.attributes(source):
                self._copy_attributes(source, group)
        for path, what in plan.tensors.items():
            parent, _, name = path.rpartition("/")
            group = self._group(parent)
            if what.path is None:
                self._create(group, name, np.asarray(what.value))
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

    def _object(self, path: str) -> Any:
        """h5py's object of the input, or None where the store has none (npz)."""
        opened = getattr(self._store, "object_at", None)
        return opened(path) if opened else None

    def _copy_attributes(self, path: str, group: Any) -> None:
        source = self._object(path)
        attributes = source.attrs.items() if source is not None else self._store.attributes(path).items()
        target = h5py.Group(group)
        for name, value in attributes:
            target.attrs[name] = value

    def _copy(self, path: str, group: Any, name: str) -> None:
        source = self._object(path)
        if source is None:
            self._create(group, name, self._store.read(path))
        else:
            h5o.copy(source.id, b".", group, name.encode())

    def _create(self, group: Any, name: str, value: Any) -> Any:
        return h5py.Group(group).create_dataset(name, data=value)

    def _transform(self, what: TensorSource, group: Any, name: str) -> None:
        assert what.path is not None and what.transform is not None
        value = np.asarray(what.transform(self._store.read(what.path)), order="C")
        half = self._store.tensors()[what.path].dtype == "bfloat16" and value.dtype == np.float32
        dataset = self._create(group, name, to_bfloat16(value) if half else value)
        if half:
            dataset.attrs["dtype"] = "bfloat16"


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
