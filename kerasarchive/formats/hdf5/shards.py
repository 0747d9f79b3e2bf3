"""A weight store over the files of a sharded `.weights.json`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kerasarchive.errors import ArchiveError
from kerasarchive.formats.document import parse
from kerasarchive.formats.hdf5.datasets import Dataset
from kerasarchive.formats.hdf5.datatypes import Datatype
from kerasarchive.formats.hdf5.store import Hdf5Store
from kerasarchive.formats.limits import Limits
from kerasarchive.formats.rules import finding
from kerasarchive.formats.view import FileView, Handle, View, read_all
from kerasarchive.formats.zip.judgement import unsafe
from kerasarchive.model.finding import Finding
from kerasarchive.model.location import Location, in_json
from kerasarchive.model.weights import Tensor

if TYPE_CHECKING:
    import numpy as np


class ShardedStore:
    """A `WeightStore`: the union of the shards' trees. Findings name the shard in which they were made."""

    def __init__(self, path: Path, member: str, limits: Limits) -> None:
        self.member = member
        self._path = path
        self._limits = limits
        self._handles: list[Handle] = []
        self._shards: dict[str, Hdf5Store] | None = None
        self._findings: list[Finding] = []
        self._owner: dict[str, Hdf5Store] = {}
        self._tensors: dict[str, Tensor] | None = None
        self._groups: dict[str, Hdf5Store] = {}

    def close(self) -> None:
        """Close all shards."""
        for handle in self._handles:
            handle.close()

    @property
    def shards(self) -> Mapping[str, Hdf5Store]:
        """The shards by file name, in the order in which the map names them."""
        if self._shards is None:
            self._shards = self._open_all()
        return self._shards

    def _open_all(self) -> dict[str, Hdf5Store]:
        at = in_json(self.member or self._path.name)
        handle = self._open(self._path)
        data = read_all(FileView(handle, 0, handle.size), self._limits.json_size, str(self._path))
        value, wrong = parse(data, at, self._limits)
        self._findings.extend(wrong)
        weight_map = value.get("weight_map") if isinstance(value, dict) else None
        if not isinstance(weight_map, dict):
            self._findings.append(finding("shard-map", "has no weight_map", at))
            weight_map = {}
        shards: dict[str, Hdf5Store] = {}
        refused: set[str] = set()
        for key, names in weight_map.items():
            for name in names if isinstance(names, list) else [names]:
                if isinstance(name, str) and (name in shards or name in refused):
                    continue
                if len(shards) + len(refused) >= self._limits.shards:
                    msg = f"names more than {self._limits.shards:,} files"
                    raise ArchiveError(msg, location=str(self._path), rule="shard-map", limit=self._limits.shards)
                store = self._shard(name, at / "weight_map" / key)
                if store is not None:
                    shards[name] = store
                else:
                    refused.add(str(name))
        return shards

    def _shard(self, name: Any, at: Location) -> Hdf5Store | None:
        if not isinstance(name, str) or unsafe(name) is not None or "/" in name:
            self._findings.append(finding("shard-outside", f"names {name!r}, which is no file beside the map", at))
            return None
        path = self._path.with_name(name)
        if path.is_symlink():
            self._findings.append(finding("shard-outside", f"names {name!r}, which is a symbolic link", at))
            return None
        if not path.is_file():
            self._findings.append(finding("shard-missing", f"names {name!r}, which is not there", at))
            return None
        handle = self._open(path)
        view = FileView(handle, 0, handle.size)
        return Hdf5Store(lambda: view, name, self._limits)

    def _open(self, path: Path) -> Handle:
        try:
            handle = Handle(path)
        except OSError as error:
            msg = f"cannot be opened: {error.strerror}"
            raise ArchiveError(msg, location=str(path), rule="missing") from None
        self._handles.append(handle)
        return handle

    def _list(self) -> dict[str, Tensor]:
        if self._tensors is None:
            tensors: dict[str, Tensor] = {}
            for name, store in self.shards.items():
                for path, tensor in store.tensors().items():
                    if path in tensors:
                        message = f"{path} is in more than one shard; the first one counts"
                        self._findings.append(finding("shard-map", message, Location(name)))
                        continue
                    tensors[path] = tensor
                    self._owner[path] = store
                for path in store.groups():
                    self._groups.setdefault(path, store)
                self._findings.extend(store.findings())
            self._tensors = tensors
        return self._tensors

    def tensors(self) -> Mapping[str, Tensor]:
        """Every tensor of every shard by path; a tensor's `offset` counts within its own shard."""
        return self._list()

    def groups(self) -> tuple[str, ...]:
        """Every group's path, the root excluded."""
        self._list()
        return tuple(self._groups)

    def findings(self) -> tuple[Finding, ...]:
        """What was wrong with the map and the shards, as far as listing them shows."""
        self._list()
        return tuple(self._findings)

    def attributes(self, path: str = "") -> Mapping[str, Any]:
        """The attributes of a group or tensor, from the first shard that has it."""
        self._list()
        store = self._owner.get(path) or self._groups.get(path) or next(iter(self.shards.values()), None)
        return store.attributes(path) if store else {}

    def place(self, path: str) -> tuple[View, int] | None:
        """Where the tensor's values lie raw in its shard."""
        return self._store(path).place(path)

    def dataset(self, path: str) -> Dataset:
        """The listed dataset."""
        return self._store(path).dataset(path)

    def attribute_types(self, path: str) -> Mapping[str, Datatype]:
        """How the attributes of a group or tensor are stored."""
        self._list()
        store = self._owner.get(path) or self._groups.get(path)
        return store.attribute_types(path) if store else {}

    def read(self, path: str) -> np.ndarray[Any, Any]:
        """The values of one tensor; bfloat16 as float32."""
        return self._store(path).read(path)

    def chunks(self, path: str, nbytes: int = 1 << 24) -> Iterator[np.ndarray[Any, Any]]:
        """The values of one tensor, flattened, in pieces of at most about `nbytes`."""
        return self._store(path).chunks(path, nbytes)

    def _store(self, path: str) -> Hdf5Store:
        self._list()
        if path not in self._owner:
            msg = "there is no such tensor"
            raise ArchiveError(msg, location=f"{self.member}!{path}", rule="no-such-tensor")
        return self._owner[path]
