"""What lies in a folder of archives: one case of one format with its record, and what it takes to migrate it."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import h5py
import numpy as np

from kerasarchive.model.release import Release

SUFFIXES = {"keras": ".keras", "h5": ".h5", "weights": ".weights.h5", "json": ".json", "sm": ".sm"}
"""Format -> how its archives are called; the first that a folder has is a format of its own, not each other's prefix."""
WHOLE = ("keras", "h5", "sm")
"""Formats that hold architecture and weights, so that a Keras can be asked to load them as they are."""


@dataclass(frozen=True, slots=True)
class Case:
    """One archive: `source` to migrate, `record` to judge by, and the other half of a model in two files (`options`)."""

    name: str
    format: str
    source: Path
    record: Path
    options: dict[str, str] = field(default_factory=dict)

    @property
    def whole(self) -> Path | None:
        """The case as one archive that its writer can load: itself, or a sibling of another format."""
        if self.format in WHOLE:
            return self.source
        siblings = (self.record.with_name(self.name + SUFFIXES[form]) for form in WHOLE)
        return next((path for path in siblings if path.exists()), None)


def cases(folder: Path, form: str, *, only: str = "*", limit: int = 0) -> list[Case]:
    """The cases of one format in a folder, by name."""
    found = (case for record in sorted(folder.glob(f"{only}.npz")) if (case := _case(record, form)) is not None)
    return [case for index, case in enumerate(found) if not limit or index < limit]


def _case(record: Path, form: str) -> Case | None:
    name = record.stem
    source = record.with_name(name + SUFFIXES[form])
    if not source.exists():
        return None
    weights, config = (record.with_name(name + SUFFIXES[each]) for each in ("weights", "json"))
    if form == "json":
        return Case(name, form, source, record, {"weights": str(weights)}) if weights.exists() else None
    if form == "weights":
        # The architecture from whatever lies beside: to_json(), else the whole model without its weights.
        beside = (config, *(record.with_name(name + SUFFIXES[each]) for each in ("keras", "h5")))
        whole = next((path for path in beside if path.exists()), None)
        return Case(name, form, source, record, {"config": str(whole)}) if whole is not None else None
    return Case(name, form, source, record)


def formats(folder: Path) -> Iterator[str]:
    """The formats that the folder has cases of."""
    return (form for form in SUFFIXES if next(iter(cases(folder, form, limit=1)), None) is not None)


def writer(path: Path, record: Path) -> Release | None:
    """The release that wrote an archive, as it or its record says."""
    text = ""
    if path.is_dir():
        with np.load(record, allow_pickle=False) as data:
            text = ".".join(str(json.loads(str(data["_meta"])).get("version", "")).split(".")[:2])
    elif zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            text = json.loads(archive.read("metadata.json"))["keras_version"]
    elif h5py.is_hdf5(path):
        with h5py.File(path, "r") as file:
            recorded = file.attrs.get("keras_version", b"")
            text = recorded.decode() if isinstance(recorded, bytes) else str(recorded)
    return Release.parse(text) if text else None
