"""Builds hostile containers, inert, in the test's own folder. The letters are those of docs on attacks: D, E, F."""

import json
import struct
import zlib
from dataclasses import dataclass, field

import pytest

from kerasarchive import formats
from kerasarchive.errors import ArchiveError

CONFIG = json.dumps({"module": "keras", "class_name": "Sequential", "config": {"name": "m", "layers": []}}).encode()
METADATA = b'{"keras_version": "3.15.1", "date_saved": "2026-01-01@00:00:00"}'


@dataclass
class Part:
    """One zip member; every field of both headers can be told to lie."""

    name: bytes
    data: bytes
    method: int = 0
    flags: int = 0
    external: int = 0
    extra: bytes = b""
    local: dict = field(default_factory=dict)
    central: dict = field(default_factory=dict)
    listed: bool = True
    before: bytes = b""
    offset: int | None = None


def pack(parts, *, prefix=b"", counted=True, comment=b"", trailing=b"", count=None, before_directory=b""):
    """The bytes of a zip made of `parts`; `counted`: offsets include the prefix."""
    body = bytearray(prefix)
    entries = []
    for part in parts:
        body += part.before
        stored = zlib.compress(part.data, 9)[2:-4] if part.method == 8 else part.data
        stored = part.local.get("stored_bytes", stored)
        true = {"name": part.name, "flags": part.flags, "method": part.method, "crc": zlib.crc32(part.data)}
        true |= {"stored": len(stored), "size": len(part.data)}
        here = len(body) if part.offset is None else part.offset
        if part.offset is None:
            one = true | part.local
            body += struct.pack(
                "<4s5H3L2H", b"PK\3\4", 20, one["flags"], one["method"], 0, 33,
                one["crc"], one["stored"], one["size"], len(one["name"]), 0,
            )  # fmt: skip
            body += one["name"] + stored
        if part.listed:
            entries.append((true | part.central, here, part))
    body += before_directory
    start = len(body)
    shift = 0 if counted else len(prefix)
    for one, here, part in entries:
        body += struct.pack(
            "<4s4B4HL2L5H2L", b"PK\1\2", 20, 3, 20, 0, one["flags"], one["method"], 0, 33, one["crc"],
            one["stored"], one["size"], len(one["name"]), len(part.extra), 0, 0, 0, part.external, here - shift,
        )  # fmt: skip
        body += one["name"] + part.extra
    size = len(body) - start
    number = len(entries) if count is None else count
    body += struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, number, number, size, start - shift, len(comment))
    return bytes(body) + comment + trailing


@pytest.fixture
def weights(tmp_path):
    """The bytes of a small honest HDF5 file."""
    import h5py
    import numpy as np

    path = tmp_path / "honest.h5"
    with h5py.File(path, "w") as file:
        file["layers/dense/vars/0"] = np.arange(12, dtype="f4").reshape(3, 4)
        file["layers/dense/vars/1"] = np.zeros(4, "f4")
    return path.read_bytes()


@pytest.fixture
def honest(weights):
    """The three members that every archive has."""
    return [
        Part(b"metadata.json", METADATA),
        Part(b"config.json", CONFIG),
        Part(b"model.weights.h5", weights),
    ]


@pytest.fixture
def part():
    return Part


@pytest.fixture
def build(tmp_path):
    """Writes parts as a zip and gives its path."""

    def make(parts, **options):
        path = tmp_path / "hostile.keras"
        path.write_bytes(pack(parts, **options))
        return path

    return make


@pytest.fixture
def look():
    """Opens a path, lists the weights, and gives the names of all findings and the archive (closed)."""

    def make(path, **limits):
        with formats.open(path, limits=formats.Limits(**limits)) as archive:
            names = [each.name for each in archive.findings]
            if archive.weights is not None:
                try:
                    names += [each.name for each in archive.weights.findings()]
                except ArchiveError as error:
                    names.append(error.rule)
        return names, archive

    return make
