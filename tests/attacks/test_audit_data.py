"""Attacks by what is stored (rows D, E, F1, G1, G5): flagged, or not looked at and said so; never exit 0. Nothing runs."""

import io
import json
import pickle
import zipfile

import h5py
import numpy as np
import pytest

from kerasarchive import api

DENSE = {"module": "keras.layers", "class_name": "Dense", "registered_name": None,
         "config": {"name": "d", "units": 1}, "build_config": {"input_shape": [None, 3]}}  # fmt: skip


def config(*layers):
    return json.dumps({"module": "keras", "class_name": "Sequential", "config": {"name": "s", "layers": list(layers)},
                       "registered_name": None})  # fmt: skip


@pytest.fixture
def audit(tmp_path):
    def run(make=lambda file: None, *, text=None, members=(), method=zipfile.ZIP_STORED):
        content = io.BytesIO()
        with h5py.File(content, "w") as file:
            file["layers/dense/vars/0"] = np.zeros((3, 1), "f4")
            file["layers/dense/vars/1"] = np.zeros(1, "f4")
            make(file)
        with zipfile.ZipFile(tmp_path / "a.keras", "w", method) as archive:
            archive.writestr("metadata.json", '{"keras_version": "3.8.0"}')
            archive.writestr("config.json", config(DENSE) if text is None else text)
            archive.writestr("model.weights.h5", content.getvalue())
            for name, data in members:
                archive.writestr(name, data)
        report = api.audit(tmp_path / "a.keras")
        (subject,) = report.subjects
        return report.exit_code, {finding.name: finding.severity for finding in subject.findings}

    return run


def test_honest(audit):
    assert audit() == (0, {})


def many(file):
    for number in range(40):
        file.create_dataset(f"x/{number}", (1 << 20,), "f4")


def zeros(file):
    file.create_dataset("x", (1 << 27,), "f4", chunks=(1 << 26,), compression="gzip")[:] = np.zeros(1 << 27, "f4")


def test_many_small_that_were_never_written(audit):
    assert audit(many) == (1, {"hollow-data": "high"})


def test_compressed_zeros(audit):
    assert audit(zeros) == (1, {"hollow-data": "high"})


def test_compressed_zeros_that_are_weights(audit):
    embedding = {"module": "keras.layers", "class_name": "Embedding", "registered_name": None,
                 "config": {"name": "e", "input_dim": 1 << 20, "output_dim": 128}}  # fmt: skip

    def store(file):
        data = file.create_dataset(
            "layers/embedding/vars/0", (1 << 20, 128), "f4", chunks=(1 << 19, 128), compression="gzip"
        )
        data[:] = np.zeros((1 << 20, 128), "f4")

    assert audit(store, text=config(embedding, DENSE)) == (0, {})


def test_an_asset_that_inflates(audit):
    members = [("assets/x", bytes(80 << 20))]
    assert audit(members=members, method=zipfile.ZIP_DEFLATED) == (1, {"hollow-data": "high"})


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("assets/x.pkl", pickle.dumps(1)),
        ("assets/vocabulary.txt", pickle.dumps([1])),
        ("assets/words", b"cpkg\nname\n(S'x'\ntR."),
        ("run.py", b"pass"),
        ("x", b"\x7fELF..."),
        ("y.bin", b"PK\x03\x04"),
    ],
)
def test_foreign_members(audit, name, data):
    assert audit(members=[(name, data)]) == (1, {"foreign-member": "medium"})


def test_foreign_members_behind_many(audit):
    members = [(f"assets/{number}", b"word") for number in range(300)]
    assert audit(members=[*members, ("z", b"\x80\x04N.")]) == (1, {"foreign-member": "medium"})


@pytest.mark.parametrize("text", ["null", "[]", "3", '"x"', '{"a": 1}', '{"class_name": 3, "config": {}}', ""])
def test_no_config(audit, text):
    assert audit(text=text) == (1, {"json-invalid": "high"})


CONTENTS = {
    "a.keras": b"", "b.keras": b"\x80\x04N.", "c.h5": b"\x1f\x8b\x08", "d.keras": b"<!DOCTYPE html>",
    "e.yaml": b"class_name: Sequential\nconfig: !!python/object x", "f.h5": b"cpkg\nname\n", "g.json": b"[1]",
    "checkpoint": b'model_checkpoint_path: "/etc/x"\n', "h.weights.json": b'{"weight_map": {"/a": ["../x.h5"]}}',
    "i.weights.json": b'{"weight_map": {"/a": ["/etc/passwd"]}}', "saved_model.pb": b"\x08\x01",
    "j.keras": b"version https://git-lfs.github.com/spec/v1\n",
}  # fmt: skip


@pytest.mark.parametrize("name", CONTENTS)
def test_what_is_no_archive_is_never_clean(tmp_path, name):
    (tmp_path / name).write_bytes(CONTENTS[name])
    assert api.audit(tmp_path / name).exit_code in (1, 2)


def test_a_folder_with_nothing_to_look_at_is_never_clean(tmp_path):
    assert api.audit(tmp_path).exit_code == 2
    (tmp_path / "model.pkl").write_bytes(b"\x80\x04N.")
    assert api.audit(tmp_path).exit_code == 2
