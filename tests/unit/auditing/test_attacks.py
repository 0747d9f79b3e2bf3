"""Attacks in every container that holds a config: the audit says the same wherever it stands. Nothing here is run."""

import io
import json
import warnings
import zipfile

import h5py
import pytest

from kerasarchive import api

BYTECODE = {"class_name": "Lambda", "config": {"name": "l", "function": ["4wEAAAAAAAAAAAAAAAEAAAABAAAAQwAAAA==", None, None],
                                               "function_type": "lambda"}}  # fmt: skip
VOCABULARY = {
    "class_name": "StringLookup",
    "module": "keras.layers",
    "config": {"name": "s", "vocabulary": "/etc/hosts"},
}
GADGET = {"class_name": "function", "module": "keras.utils", "config": "get_file", "registered_name": "get_file"}
STANDARD = {"class_name": "function", "module": "posix", "config": "system", "registered_name": "system"}
SAVED_MODEL = {"class_name": "TFSMLayer", "module": "keras.layers", "config": {"filepath": "gs://x/y"}}
WRITER = {"class_name": "TFOpLambda", "config": {"name": "t", "function": "io.write_file"}}
ATTACKS = {
    "KAV101": BYTECODE, "KAV106": VOCABULARY, "KAV103": GADGET, "KAV102": STANDARD, "KAV104": SAVED_MODEL, "KAV107": WRITER,
}  # fmt: skip


def model(layer):
    """The attack in a model in a model, wrapped."""
    wrapped = {"class_name": "TimeDistributed", "module": "keras.layers", "config": {"name": "w", "layer": layer}}
    inner = {"class_name": "Sequential", "module": "keras", "config": {"name": "i", "layers": [wrapped]}}
    return {"class_name": "Sequential", "module": "keras", "config": {"name": "o", "layers": [inner]}}


def weights(**edit) -> bytes:
    content = io.BytesIO()
    with h5py.File(content, "w") as file:
        file.create_group("vars")
        for name, value in edit.items():
            file[name] = value
    return content.getvalue()


def write_zip(path, config, stored=None):
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("metadata.json", json.dumps({"keras_version": "3.15.1"}))
        archive.writestr("config.json", json.dumps(config))
        archive.writestr("model.weights.h5", stored or weights())
    return path


def write_folder(path, config):
    path.mkdir()
    (path / "metadata.json").write_text(json.dumps({"keras_version": "3.15.1"}))
    (path / "config.json").write_text(json.dumps(config))
    (path / "model.weights.h5").write_bytes(weights())
    return path


def write_h5(path, config, training=None):
    with h5py.File(path, "w") as file:
        file.attrs["keras_version"] = "2.15.0"
        file.attrs["backend"] = "tensorflow"
        file.attrs["model_config"] = json.dumps(config)
        if training is not None:
            file.attrs["training_config"] = json.dumps(training).encode()
        file.create_group("model_weights").attrs["layer_names"] = []
    return path


def write_json(path, config):
    path.write_text(json.dumps(config))
    return path


WRITERS = {"a.keras": write_zip, "unpacked": write_folder, "a.h5": write_h5, "a.json": write_json}


def audited(path) -> dict[str, str]:
    report = api.audit(path)
    assert report.exit_code == 1
    return {finding.rule: finding.severity for finding in report.subjects[0].findings}


@pytest.mark.parametrize("name", WRITERS)
@pytest.mark.parametrize("rule", ATTACKS)
def test_every_container(tmp_path, name, rule):
    path = WRITERS[name](tmp_path / name, model(ATTACKS[rule]))
    assert audited(path).get(rule) in ("high", "critical")


@pytest.mark.parametrize("rule", ATTACKS)
def test_training_config(tmp_path, rule):
    training = {"loss": {"out": ATTACKS[rule]}, "optimizer_config": {"class_name": "Adam", "config": {}}}
    path = write_h5(tmp_path / "a.h5", model({"class_name": "Dense", "config": {"units": 1}}), training)
    assert audited(path).get(rule) in ("high", "critical")


def test_external_data_in_the_weights(tmp_path):
    content = io.BytesIO()
    with h5py.File(content, "w") as file:
        file["vars"] = h5py.ExternalLink("/etc/hosts", "/x")
        file.create_dataset("d", (4,), "i1", external=[(str(tmp_path / "other"), 0, 4)])
    path = write_zip(tmp_path / "a.keras", model({"class_name": "Dense", "config": {"units": 1}}), content.getvalue())
    found = audited(path)
    assert {"KAV301", "KAV303"} <= set(found)


def test_two_members_of_one_name(tmp_path):
    path = write_zip(tmp_path / "a.keras", model({"class_name": "Dense", "config": {"units": 1}}))
    with zipfile.ZipFile(path, "a") as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        archive.writestr("config.json", json.dumps(model(BYTECODE)))
    assert audited(path)["KAV201"] == "high"


def test_sizes_that_nothing_stores(tmp_path):
    config = model({"class_name": "Dense", "module": "keras.layers", "config": {"name": "d", "units": 10**10}})
    assert audited(write_zip(tmp_path / "a.keras", config))["KAV501"] == "high"


def test_an_honest_model_is_clean(tmp_path):
    layer = {"class_name": "ReLU", "module": "keras.layers", "config": {"name": "d"}}
    for name, write in WRITERS.items():
        (subject,) = api.audit(write(tmp_path / name, model(layer))).subjects
        assert (subject.verdict, subject.findings) == ("clean", ())
