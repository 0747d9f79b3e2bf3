"""What the file holds: members, assets, and the weight tree as far as it was asked for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kerasarchive.model.archive import Archive
from kerasarchive.model.weights import Tensor, is_of_model


def members(archive: Archive) -> list[dict[str, Any]]:
    """Every member, in the container's order, sizes in bytes."""
    return [
        {"name": member.name, "size": member.size, "stored": member.stored, "method": member.method}
        for member in archive.members
    ]


def assets(archive: Archive) -> list[dict[str, Any]]:
    """Every asset, such as the vocabulary of a lookup layer."""
    return [
        {"layer": member.name.removeprefix("assets/").rpartition("/")[0], "name": member.name, "size": member.size}
        for member in archive.members
        if member.name.startswith("assets/") and not member.name.endswith("/")
    ]


def weights(tensors: Mapping[str, Tensor], *, listed: bool) -> dict[str, Any]:
    """Totals of the stored tensors, and every one of them if they are to be `listed`."""
    own = [tensor for path, tensor in tensors.items() if is_of_model(path)]
    facts: dict[str, Any] = {
        "tensors": len(tensors),
        "bytes": sum(tensor.nbytes for tensor in tensors.values()),
        "model_tensors": len(own),
        "model_parameters": sum(size(tensor) for tensor in own),
        "dtypes": sorted({tensor.dtype for tensor in tensors.values()}),
    }
    if listed:
        facts["tree"] = [
            {"path": tensor.path, "shape": list(tensor.shape), "dtype": tensor.dtype, "bytes": tensor.nbytes}
            for tensor in tensors.values()
        ]
    return facts


def size(tensor: Tensor) -> int:
    """Number of elements."""
    total = 1
    for length in tensor.shape:
        total *= length
    return total
