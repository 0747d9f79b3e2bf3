"""`audit --deep`: what a look at headers and small members cannot see."""

import io
import json
import zipfile
from pathlib import Path

import h5py
import numpy as np
import pytest

from kerasarchive import api
from kerasarchive.formats.limits import Limits

CORPUS = Path(__file__).parents[1] / "corpus" / "keras"
LAYER = {"module": "keras.layers", "class_name": "Dense", "config": {"name": "d", "units": 1024, "use_bias": False},
         "build_config": {"input_shape": [None, 1024]}, "registered_name": None}  # fmt: skip
CONFIG = {"module": "keras", "class_name": "Sequential", "config": {"name": "s", "layers": [LAYER]}, "registered_name": None}


def archive(path, **options):
    content = io.BytesIO()
    with h5py.File(content, "w") as file:
        values = np.random.default_rng(0).random((1024, 1024), "f4")
        file.create_dataset("layers/dense/vars/0", data=values, **options)
    with zipfile.ZipFile(path, "w") as target:
        target.writestr("metadata.json", '{"keras_version": "3.15.1"}')
        target.writestr("config.json", json.dumps(CONFIG))
        target.writestr("model.weights.h5", content.getvalue())
    return path


def test_an_honest_one(tmp_path):
    for options in ({}, {"compression": "gzip", "chunks": (64, 1024), "shuffle": True}, {"fletcher32": True}):
        assert api.audit(archive(tmp_path / "a.keras", **options), deep=True).exit_code == 0


def test_one_bit_in_a_large_member(tmp_path):
    path = archive(tmp_path / "a.keras")
    content = bytearray(path.read_bytes())
    assert len(content) > 2 * Limits().checked_member
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    assert api.audit(path).exit_code == 0
    report = api.audit(path, deep=True)
    assert (report.exit_code, [finding.name for finding in report.subjects[0].findings]) == (1, ["zip-bad-checksum"])


def test_one_bit_in_a_chunk(tmp_path):
    path = tmp_path / "a.weights.h5"
    with h5py.File(path, "w") as file:
        values = np.arange(1 << 16, dtype="f4").reshape(256, 256)
        file.create_dataset("layers/dense/vars/0", data=values, chunks=(16, 256), fletcher32=True, compression="gzip")
        offset = file["layers/dense/vars/0"].id.get_chunk_info(7).byte_offset
    content = bytearray(path.read_bytes())
    content[offset + 5] ^= 1
    path.write_bytes(content)
    assert api.audit(path).exit_code == 0
    assert "KAV313" in {finding.rule for finding in api.audit(path, deep=True).subjects[0].findings}


def test_one_bit_in_a_checkpoint(tmp_path):
    source = CORPUS / "tf2.4" / "comp_nested.ckpt"
    for file in source.iterdir():
        content = bytearray(file.read_bytes())
        if ".data-" in file.name:
            content[40] ^= 1
        (tmp_path / file.name).write_bytes(content)
    assert api.audit(source / "weights", deep=True).exit_code == 0
    assert api.audit(tmp_path / "weights", deep=True).exit_code == 1


@pytest.mark.parametrize("options", [{"chunks": (1, 1024)}, {"chunks": (1 << 10, 1 << 10), "compression": "gzip"}])
def test_terabytes_that_nobody_stored_are_not_read(tmp_path, options):
    path = tmp_path / "a.weights.h5"
    with h5py.File(path, "w") as file:
        file.create_dataset("layers/dense/vars/0", (1 << 30, 1 << 10), "f4", **options)
    report = api.audit(path, deep=True)
    assert report.exit_code == 2
    assert "kav does not read that" in report.subjects[0].skipped[0].reason
