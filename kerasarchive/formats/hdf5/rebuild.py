"""Writes the HDF5 file that a WeightPlan describes: moved datasets are copied by the HDF5 library, unread."""

from __future__ import annotations

import io
import os
from typing import Any, BinaryIO

import h5py
import numpy as np

from kerasarchive.errors import KavError
from kerasarchive.model.weights import TensorSource, WeightPlan, WeightStore


class Tail(io.RawIOBase):
    """The end of a file, from the position that it had on, as a file of its own that may grow."""

    def __init__(self, file: BinaryIO) -> None:
        super().__init__()
        file.flush()
        self._file = file.fileno()
        self._start = file.tell()
        self._position = 0

    def readable(self) -> bool:
        """Always."""
        return True

    def writable(self) -> bool:
        """Always."""
        return True

    def seekable(self) -> bool:
        """Always."""
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Move to `offset`."""
        end = os.fstat(self._file).st_size - self._start
        self._position = {os.SEEK_SET: 0, os.SEEK_CUR: self._position, os.SEEK_END: end}[whence] + offset
        return self._position

    def tell(self) -> int:
        """The position."""
        return self._position

    def truncate(self, size: int | None = None) -> int:
        """Make the tail `size` bytes long."""
        size = self._position if size is None else size
        os.ftruncate(self._file, self._start + size)
        return size

    def readinto(self, buffer: Any) -> int:
        """Fill `buffer`."""
        target = memoryview(buffer).cast("B")
        data = os.pread(self._file, len(target), self._start + self._position)
        target[: len(data)] = data
        self._position += len(data)
        return len(data)

    def write(self, buffer: Any) -> int:
        """Write all of `buffer`."""
        data = memoryview(buffer).cast("B")
        done = 0
        while done < len(data):
            done += os.pwrite(self._file, data[done:], self._start + self._position + done)
        self._position += done
        return done


def rebuild(store: WeightStore, plan: WeightPlan, file: BinaryIO) -> None:
    """Write the weights that `plan` makes of `store` to the end of `file`; KavError if the tree is not the plan's."""
    with h5py.File(Tail(file), "w") as target:
        fill(target, store, plan)
        missing = _differences(target, plan)
    if missing:
        msg = f"the weights written are not those planned: {', '.join(missing[:5])}"
        raise KavError(msg)
    file.seek(0, os.SEEK_END)


def fill(target: Any, store: WeightStore, plan: WeightPlan, prefix: str = "") -> None:
    """Make the plan's groups and tensors in the open h5py file `target`."""
    for path, source in plan.groups.items():
        group = target.require_group(f"{prefix}/{path}")
        if source is not None:
            copy_attributes(store, source, group)
    for path, what in plan.tensors.items():
        parent, _, name = f"{prefix}/{path}".rpartition("/")
        group = target.require_group(parent or "/")
        if what.path is None:
            group.create_dataset(name, data=np.asarray(what.value))
        elif what.transform is None:
            _copy(store, what.path, group, name)
        else:
            _transform(store, what, group, name)


def copy_attributes(store: WeightStore, path: str, target: Any) -> None:
    """Give `target` the attributes of the group `path`, as they are stored."""
    source = _raw(store, path)
    if source is None:
        for name, value in store.attributes(path).items():
            target.attrs[name] = value
        return
    for name, value in source.attrs.items():
        target.attrs[name] = value


def _raw(store: WeightStore, path: str) -> Any:
    opened = getattr(store, "object_at", None)
    return opened(path) if opened else None


def _copy(store: WeightStore, path: str, group: Any, name: str) -> None:
    source = _raw(store, path)
    if source is None:
        group.create_dataset(name, data=store.read(path))
    else:
        h5py.h5o.copy(source.id, b".", group.id, name.encode())


def _transform(store: WeightStore, what: TensorSource, group: Any, name: str) -> None:
    assert what.path is not None and what.transform is not None
    value = np.ascontiguousarray(what.transform(store.read(what.path)))
    half = store.tensors()[what.path].dtype == "bfloat16" and value.dtype == np.float32
    dataset = group.create_dataset(name, data=to_bfloat16(value) if half else value)
    if half:
        dataset.attrs["dtype"] = "bfloat16"


def to_bfloat16(value: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """float32 rounded to nearest even as bfloat16, in the opaque two-byte type that Keras stores."""
    bits = np.ascontiguousarray(value, np.float32).view(np.uint32)
    rounded = ((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16).astype(np.uint16)
    rounded[np.isnan(value)] = 0x7FC0
    return rounded.view("V2")


def _differences(target: Any, plan: WeightPlan) -> list[str]:
    tensors: set[str] = set()
    groups: set[str] = set()
    stack: list[tuple[str, Any]] = [("", target)]
    while stack:
        prefix, group = stack.pop()
        for name in group:
            path = f"{prefix}/{name}" if prefix else name
            child = group[name]
            if isinstance(child, h5py.Group):
                groups.add(path)
                stack.append((path, child))
            else:
                tensors.add(path)
    expected = set(plan.groups)
    for path in (*plan.tensors, *plan.groups):
        while path := path.rpartition("/")[0]:
            expected.add(path)
    return sorted((tensors ^ set(plan.tensors)) | (groups ^ expected))
