"""The HDF5 library may crash or loop on a hostile file: only its own process is lost."""

import h5py
import numpy as np
import pytest

from kerasarchive import formats
from kerasarchive.errors import ArchiveError
from kerasarchive.formats.hdf5 import box


@pytest.fixture
def dense(tmp_path):
    """A file that only the library can list."""
    path = tmp_path / "dense.weights.h5"
    with h5py.File(path, "w", libver="latest") as file:
        for index in range(20):
            file[f"layers/dense_{index}/vars/0"] = np.full(3, index, "f4")
        file["layers"].attrs["name"] = "text"
    return path


def test_in_order(dense):
    with formats.open(dense) as archive:
        assert archive.format == "weights-h5"
        assert len(archive.weights.tensors()) == 20
        assert archive.weights.attributes("layers") == {"name": "text"}
        np.testing.assert_array_equal(archive.weights.read("layers/dense_7/vars/0"), np.full(3, 7, "f4"))
        assert archive.weights.findings() == ()


@pytest.mark.parametrize(
    ("program", "what"),
    [
        ("import os; os.kill(os.getpid(), 11)", "crashed"),
        ("import sys; sys.stderr.write('bad tree\\n'); sys.exit(3)", "bad tree"),
        ("import time; time.sleep(60)", "more than 1 seconds"),
        ("raise SystemExit(1)", "crashed"),
        ("print('no json')", "damaged"),
        ("print('{}')", "damaged"),
    ],
)
def test_failures(dense, monkeypatch, program, what):
    monkeypatch.setattr(box, "_ENTRY", program + " # {path!r}")
    monkeypatch.setattr(box, "SECONDS", {"list": 1 if "sleep" in program else 30, "read": 1})
    with pytest.raises(ArchiveError, match=what):
        formats.open(dense).weights.tensors()
