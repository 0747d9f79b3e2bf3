"""The schema files that ship: well-formed, complete, and saying of known breakages what was measured."""

import json
import time
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from kerasarchive import _catalog, schema
from kerasarchive.model.release import Release

FILES = sorted(path for library in _catalog.libraries() for path in _catalog.schemas(library).glob("[0-9]*.json"))
RELEASES = [release for library in _catalog.libraries() for release in schema.releases(library)]


def named(path):
    return f"{path.parent.name}-{path.stem}"


@pytest.mark.parametrize("path", FILES, ids=named)
def test_valid_against_the_metaschema(path):
    content = json.loads(path.read_text())
    Draft202012Validator.check_schema(content)
    assert content["$id"] == f"kav:/{path.parent.name}/{path.name}"


@pytest.mark.parametrize("path", FILES, ids=named)
def test_every_reference_leads_to_a_definition_in_an_older_file(path):
    library = path.parent.name
    for name, definition in json.loads(path.read_text())["$defs"].items():
        if "$ref" in definition:
            file, _, pointer = definition["$ref"].partition("#")
            target = _catalog.read_schema(library, file)["$defs"][name]
            assert pointer == f"/$defs/{name}"
            assert "$ref" not in target
            assert Release(library, Path(file).stem) < Release(library, path.stem)


@pytest.mark.parametrize("library", _catalog.libraries())
def test_the_index_names_every_file_and_only_those(library):
    index = _catalog.read_schema(library, "index.json")["releases"]
    assert {entry["file"] for entry in index.values()} == {path.name for path in FILES if path.parent.name == library}
    assert all(entry["parent"] is None or entry["parent"] in index for entry in index.values())


@pytest.mark.parametrize("library", _catalog.libraries())
def test_the_index_names_the_releases_of_the_overrides(library):
    overrides = _catalog.read_schema(library, "overrides.json")
    assert {release.label for release in schema.releases(library)} == set(overrides["releases"])


def test_every_release_of_three_generations_is_known():
    labels = [release.label for release in schema.releases("keras")]
    assert labels[:2] == ["1.0.0", "1.0.1"]
    assert labels[-1] == "3.15.1"
    assert len(labels) == 98
    assert labels.index("2.2.4") + 1 == labels.index("2.2.4-tf")
    assert [release.label for release in schema.releases("tf_keras")][-1] == "2.21.0"


@pytest.mark.parametrize(("release", "parent"), [
    ("keras==3.13.0", "keras==3.12.0"), ("keras==3.12.4", "keras==3.12.3"), ("keras==1.0.0", None),
    ("keras==2.2.5", "keras==2.2.4"), ("keras==2.4.0", "keras==2.3.0-tf"), ("keras==2.2.4-tf", "keras==2.1.6-tf"),
    ("tf_keras==2.14.1", None),
])
def test_a_maintenance_branch_is_nobodys_ancestor(release, parent):
    assert schema.parent(schema.target(release)) == (schema.target(parent) if parent else None)


@pytest.mark.parametrize("release", RELEASES, ids=str)
def test_defaults_satisfy_their_own_schema(release):
    loaded = schema.load(release)
    for cls in loaded:
        definition = loaded.definition(cls)
        for key, value in definition["properties"].items():
            if "default" in value and "x-kav-words" not in value:
                errors = list(Draft202012Validator(value).iter_errors(value["default"]))
                assert not errors, (cls.name, key, value)


@pytest.mark.parametrize(("release", "cls", "key", "accepted"), [
    ("3.0.5", "keras.layers.Dense", "quantization_config", False),
    ("3.15.1", "keras.layers.Dense", "quantization_config", True),
    ("3.0.5", "keras.layers.RandomRotation", "value_range", True),
    ("3.15.1", "keras.layers.RandomRotation", "value_range", False),
    ("3.0.5", "keras.initializers.GlorotUniform", "input_axes", False),
    ("3.15.1", "keras.initializers.GlorotUniform", "input_axes", True),
    ("3.8.0", "keras.layers.LayerNormalization", "rms_scaling", True),
    ("2.15.0", "keras.layers.LSTM", "time_major", True),
    ("3.0.0", "keras.layers.LSTM", "time_major", False),
    ("3.8.0", "keras.layers.BatchNormalization", "renorm", False),
    ("3.15.1", "keras.layers.BatchNormalization", "renorm", True),
    ("2.15.0", "keras.layers.Embedding", "batch_input_shape", True),
    ("3.15.1", "keras.layers.Embedding", "batch_input_shape", False),
    ("3.15.1", "keras.layers.SpatialDropout2D", "trainable", False),
    ("1.2.2", "keras.layers.Dense", "W_regularizer", True),
    ("1.2.2", "keras.layers.Dense", "kernel_regularizer", False),
    ("2.3.1", "keras.layers.Dense", "W_regularizer", True),
    ("2.3.1", "keras.layers.Dense", "kernel_regularizer", True),
    ("2.4.0", "keras.layers.Dense", "W_regularizer", False),
    ("2.2.4", "keras.layers.CuDNNLSTM", "cell", False),
    ("2.2.4-tf", "keras.layers.LSTM", "time_major", True),
    ("2.4.0", "keras.layers.InputLayer", "ragged", True),
    ("2.3.1", "keras.layers.InputLayer", "ragged", False),
])
def test_known_breakages(release, cls, key, accepted):
    assert schema.load(f"keras=={release}").get(cls).accepts(key) is accepted


def test_parameters_have_defaults_and_stored_keys():
    dense = schema.load("keras==3.15.1").get("keras.layers.Dense")
    assert dense.parameters["units"].required
    assert dense.parameters["units"].default is schema.MISSING
    assert dense.parameters["kernel_initializer"].default == "glorot_uniform"
    assert dense.parameters["kernel_initializer"].words == "initializer"
    assert {"units", "use_bias", "name", "trainable", "dtype"} <= set(dense.stored)
    assert "lora_rank" in dense.sometimes
    assert dense.path == "keras.src.layers.core.dense.Dense"
    assert dense.module == "keras.layers"


def test_what_is_lost_at_save_is_known():
    assert "delta" in schema.load("keras==3.15.1").get("keras.losses.Huber").lost
    assert "units" not in schema.load("keras==3.15.1").get("keras.layers.Dense").lost


def test_diff_names_what_a_release_changed():
    changes = [str(change) for change in schema.diff("keras==3.8.0", "keras==3.15.1")]
    assert "+ keras.initializers.GlorotUniform(input_axes)" in changes
    assert "+ keras.layers.AdaptiveAveragePooling2D" in changes
    assert any(change.startswith("- ") for change in changes)
    assert schema.diff("keras==3.8.0", "keras==3.8.0") == ()
    mirrored = schema.diff("keras==3.15.1", "keras==3.8.0")
    assert len(mirrored) == len(changes)


def test_loading_one_release_is_fast():
    _catalog.read_schema.cache_clear()
    start = time.perf_counter()
    loaded = schema.ReleaseSchema(schema.target("3.15.1"), schema.target("3.15.1"))
    assert loaded.get("keras.layers.Dense") is not None
    assert time.perf_counter() - start < 1
