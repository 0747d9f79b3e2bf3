"""Models that hide from whoever walks a folder, and what lies beside them: an audit is clean only of what it looked at."""

import io
import json
import os
import zipfile

import h5py
import numpy as np
import pytest

from kerasarchive import api

LAMBDA = {"class_name": "Lambda", "config": {"name": "l", "function": ["4wEAAAAAAAAAAAAAAAEAAAABAAAAQwAAAHME", None, None],
                                             "function_type": "lambda"}}  # fmt: skip
HOSTILE = json.dumps({"class_name": "Sequential", "config": {"name": "s", "layers": [LAMBDA]}})


def zipped(first=b""):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("weights-first", first)
        archive.writestr("metadata.json", '{"keras_version": "2.15.0"}')
        archive.writestr("config.json", HOSTILE)
    return buffer.getvalue()


def hdf5(**options):
    buffer = io.BytesIO()
    with h5py.File(buffer, "w", **options) as file:
        file.attrs["model_config"] = HOSTILE
        file.create_group("model_weights").attrs["layer_names"] = []
    return buffer.getvalue()


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "README.md").write_text("a model")
    (tmp_path / "vocabulary.txt").write_text("one\ntwo\n")
    (tmp_path / "honest.json").write_text(json.dumps({"class_name": "Sequential", "config": {"name": "s", "layers": []}}))
    return tmp_path


def rules(report):
    return {finding.rule for subject in report.subjects for finding in subject.findings if finding.rank >= 2}


def test_honest(folder):
    np.savez(folder / "inputs.npz", x=np.zeros(3))
    np.save(folder / "inputs.npy", np.zeros(3))
    report = api.audit(folder)
    assert report.exit_code == 0
    assert [subject.path for subject in report.subjects] == [str(folder / "honest.json")]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        (".hidden.keras", zipped()), (".cache/model.keras", zipped()), ("model", zipped()), ("model.bin", zipped(b"x" * 9000)),
        ("prefixed", b"#!/bin/sh\n" + zipped()), ("model.dat", hdf5()), ("behind", hdf5(userblock_size=1024)),
        ("a.json", HOSTILE.replace("class_name", "cl\\u0061ss_name").encode()), ("architecture", HOSTILE.encode()),
        ("a/b/c/d.h5", hdf5()),
    ],
)  # fmt: skip
def test_found_under_any_name(folder, name, content):
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(content)
    assert "KAV101" in rules(api.audit(folder))


@pytest.mark.parametrize("whole", ["config.json", "saved_model.pb"])
def test_found_inside_of_a_folder_that_is_an_archive(folder, whole):
    inner = folder / "model"
    (inner / "deep").mkdir(parents=True)
    (inner / whole).write_text((folder / "honest.json").read_text() if whole == "config.json" else "")
    (inner / "deep" / "other.h5").write_bytes(hdf5())
    for path in (folder, inner):
        report = api.audit(path)
        assert "KAV101" in rules(report)
        assert str(inner) in [subject.path for subject in report.subjects]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.pkl", b"\x80\x04."), ("a.joblib", b"joblib"), ("a.pt", b"PK\x03\x04" + b"x" * 60), ("a", b"\x80\x05\x95"),
        ("text-pickle", b"cos\nsystem\n(S'x'\ntR."), ("a.tar.gz", b"\x1f\x8b\x08"), ("a.tar", b"x" * 257 + b"ustar" + b"x" * 99),
        ("a.yaml", b"class_name: Sequential\nconfig: {}\n"), ("frozen.pb", b"\x0a\x12"), ("a.7z", b"7z\xbc\xaf\x27\x1c"),
    ],
)  # fmt: skip
def test_what_is_not_looked_at_is_never_clean(folder, name, content):
    (folder / name).write_bytes(content)
    report = api.audit(folder)
    assert report.exit_code == 2
    assert any(gap.what == str(folder / name) for subject in report.subjects for gap in subject.skipped)


def test_arrays_of_pickled_objects(folder):
    np.save(folder / "a.npy", np.array([{}], object), allow_pickle=True)
    np.savez(folder / "b.npz", x=np.array([{}], object))
    assert len([gap for subject in api.audit(folder).subjects for gap in subject.skipped]) == 2


@pytest.mark.parametrize(("name", "content"), [("a.py", b"import os"), ("ops.so", b"\x7fELF"), ("run", b"#!/bin/sh\n")])
def test_code_is_told(folder, name, content):
    (folder / name).write_bytes(content)
    report = api.audit(folder)
    assert (report.exit_code, [finding.rule for finding in report.subjects[-1].findings]) == (0, ["KAV244"])
    assert api.audit(folder, fail_on="low").exit_code == 1
    assert api.audit(folder, ignore=("KAV244",), fail_on="low").exit_code == 0


def test_linked_and_closed_folders(folder, tmp_path_factory):
    (folder / "link").symlink_to(tmp_path_factory.mktemp("elsewhere"))
    assert api.audit(folder).exit_code == 2
    (folder / "link").unlink()
    assert api.audit(folder).exit_code == 0
    if os.geteuid() == 0:
        return
    (folder / "closed").mkdir(mode=0)
    assert api.audit(folder).exit_code == 2


def test_other_commands_pass_over_what_is_hidden(folder):
    (folder / ".hidden.keras").write_bytes(zipped())
    assert [subject.path for subject in api.inspect(folder).subjects] == [str(folder / "honest.json")]


def test_an_attribute_that_is_no_text_is_no_absent_one(folder):
    with h5py.File(folder / "opaque.h5", "w") as file:
        file.attrs.create("model_config", np.void(HOSTILE.encode()))
    assert api.audit(folder / "opaque.h5").exit_code == 1


def test_missing_weights_are_the_audits_own_finding(folder):
    with zipfile.ZipFile(folder / "a.keras", "w") as archive:
        layer = {"module": "keras.layers", "class_name": "Dense", "config": {"name": "d", "units": 2}, "registered_name": None,
                 "build_config": {"input_shape": [None, 3]}}  # fmt: skip
        config = {"module": "keras", "class_name": "Sequential", "config": {"name": "s", "layers": [layer]}}
        archive.writestr("metadata.json", '{"keras_version": "3.8.0"}')
        archive.writestr("config.json", json.dumps(config))
        buffer = io.BytesIO()
        with h5py.File(buffer, "w") as file:
            file["layers/dense/vars/0"] = np.ones((3, 2), "f4")
        archive.writestr("model.weights.h5", buffer.getvalue())
    assert rules(api.audit(folder / "a.keras")) == {"KAV421"}
