"""Weights over several files, as Keras saves and loads them since 3.10: `NAME_00000.weights.h5`, ... and a map of them.

Source: ``ShardedH5IOStore`` in ``keras/src/saving/saving_lib.py``. It goes by the map, whose keys are ``vars`` groups; one of
them may lie in several files. Here a group is only split where it does not fit into one.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from kerasarchive.errors import KavError
from kerasarchive.model.weights import Tensor, TensorSource, WeightPlan, WeightStore

SHARDED = "weights-json"
SUFFIX = ".weights.json"


@dataclass(frozen=True, slots=True)
class Shards:
    """How an output is split: `name` is that of the map without its suffix, `size` the most bytes of values in a file."""

    name: str
    size: int

    def file(self, number: int) -> str:
        """What Keras calls the file of that number."""
        return f"{self.name}_{number:05}.weights.h5"


def write_shards(store: WeightStore, plan: WeightPlan, folder: Path, shards: Shards) -> None:
    """Write the weights that `plan` makes of `store` into `folder`, with the map. Raises KavError for too small a size."""
    from kerasarchive.formats.hdf5.rebuild import rebuild

    stored = store.tensors()
    sizes = {path: _size(source, stored) for path, source in plan.tensors.items()}
    found: dict[str, list[str]] = {}
    for number, tensors in enumerate(_divided(sizes, shards.size, store.member)):
        name = shards.file(number)
        owners = {path.rpartition("/")[0] for path in tensors}
        above = {path[:end] for path in owners for end in (*_slashes(path), len(path))}
        part = WeightPlan(
            {path: plan.tensors[path] for path in tensors},
            {path: source for path, source in plan.groups.items() if path in above},
        )
        with (folder / name).open("x+b") as file:
            rebuild(store, part, file)
        for owner in sorted(owners):
            found.setdefault(f"/{owner}", []).append(name)
    placed = {key: names[0] if len(names) == 1 else names for key, names in found.items()}
    text = json.dumps({"metadata": {"total_size": sum(sizes.values())}, "weight_map": placed}, indent=4)
    (folder / f"{shards.name}{SUFFIX}").write_text(text)


def _slashes(path: str) -> list[int]:
    return [index for index, letter in enumerate(path) if letter == "/"]


def _size(source: TensorSource, stored: Mapping[str, Tensor]) -> int:
    """About how many bytes the values take; exact where they merely move."""
    if source.path is None:
        return int(getattr(source.value, "nbytes", 8))
    tensor = stored[source.path]
    if source.transform is None:
        return tensor.nbytes
    return tensor.nbytes // max(1, math.prod(tensor.shape)) * math.prod(source.shape)


def _divided(sizes: dict[str, int], most: int, member: str) -> Iterator[list[str]]:
    """The tensors of each file, in order; those of one group together where they fit."""
    groups: dict[str, list[str]] = {}
    for path in sizes:
        groups.setdefault(path.rpartition("/")[0], []).append(path)
    taken: list[str] = []
    used = 0
    for paths in groups.values():
        whole = sum(sizes[path] for path in paths)
        if taken and used + whole > most >= whole:
            yield taken
            taken, used = [], 0
        for path in paths:
            if sizes[path] > most:
                msg = f"has {sizes[path]:,} bytes, more than a shard may have"
                raise KavError(msg, location=f"{member}!{path}", hint="allow more: --max-shard-size GIGABYTES")
            if taken and used + sizes[path] > most:
                yield taken
                taken, used = [], 0
            taken.append(path)
            used += sizes[path]
    yield taken
