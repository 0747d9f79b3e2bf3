"""What is mutated: the archives of tests/corpus, one of each shape, and the containers that the corpus has none of."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

CORPUS = Path(__file__).parents[1] / "corpus"
LARGEST = 1 << 20


@dataclass(frozen=True)
class Seed:
    """Files by their paths below a folder, and the path that kav is given (the folder itself where it is empty)."""

    name: str
    files: dict[str, bytes]
    path: str


def seeds() -> tuple[Seed, ...]:
    """All of them, by name."""
    found = [*_files(), *_folders(), *_checkpoints(), *_made()]
    return tuple(sorted(found, key=lambda seed: seed.name))


def _files() -> Iterator[Seed]:
    for path in CORPUS.rglob("*"):
        if path.suffix in (".keras", ".h5", ".json") and path.stat().st_size < LARGEST and "meta" not in path.name:
            yield Seed(_name(path), {path.name: path.read_bytes()}, path.name)


def _folders() -> Iterator[Seed]:
    for folder in CORPUS.rglob("*.sm"):
        yield Seed(_name(folder), _below(folder), "")


def _checkpoints() -> Iterator[Seed]:
    for index in CORPUS.rglob("*.ckpt/*.index"):
        yield Seed(_name(index), _below(index.parent), index.stem)
    for index in CORPUS.rglob("*.ckpt.index"):
        files = {path.name: path.read_bytes() for path in index.parent.glob(f"{index.stem}.*")}
        yield Seed(_name(index), files, index.stem)


def _below(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def _name(path: Path) -> str:
    return str(path.relative_to(CORPUS))


def _made() -> Iterator[Seed]:
    import h5py
    import numpy as np

    for path in sorted(CORPUS.glob("keras/k3*/*.keras"))[:4]:
        with zipfile.ZipFile(path) as archive:
            files = {name: archive.read(name) for name in archive.namelist() if not name.endswith("/")}
        yield Seed(f"made/{path.stem} unpacked", files, "")
        if (weights := files.get("model.weights.h5")) is not None:
            yield Seed(f"made/{path.stem}.weights.h5", {"a.weights.h5": weights}, "a.weights.h5")
            shards = {"metadata": {"total_size": 0}, "weight_map": {"/layers/a": ["b.h5"], "/layers/b": "c.h5"}}
            yield Seed(
                f"made/{path.stem} in shards",
                {"a.weights.json": json.dumps(shards).encode(), "b.h5": weights, "c.h5": weights}, "a.weights.json",
            )  # fmt: skip
        arrays = io.BytesIO()
        np.savez(arrays, __root__=np.zeros(3, "f4"))
        with_npz = {name: data for name, data in files.items() if name != "model.weights.h5"}
        yield Seed(
            f"made/{path.stem} npz", {"a.keras": packed(with_npz | {"model.weights.npz": arrays.getvalue()})}, "a.keras"
        )
    # What only the HDF5 library reads, in its child process.
    buffer = io.BytesIO()
    with h5py.File(buffer, "w", libver="latest") as file:
        for index in range(12):
            file[f"layers/dense_{index}/vars/0"] = np.ones((3, 3), "f4")
    yield Seed("made/latest.weights.h5", {"a.weights.h5": buffer.getvalue()}, "a.weights.h5")


def packed(files: dict[str, bytes], method: int = zipfile.ZIP_STORED) -> bytes:
    """A zip of these files."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(name), data, method)
    return buffer.getvalue()
