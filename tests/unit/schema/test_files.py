"""The schema files that ship: well-formed, complete, and saying of known breakages what was measured."""

import json
import time
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from packaging.version import Version

from kerasarchive import _catalog, schema

FOLDER = _catalog.schemas("keras")
FILES = sorted(FOLDER.glob("[0-9]*.json"))
INDEX = json.loads((FOLDER / "index.json").read_text())["releases"]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_valid_against_the_metaschema(path):
    content = json.loads(path.read_text())
    Draft202012Validator.check_schema(content)
    assert content["$id"] == f"kav:/keras/{path.name}"


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_reference_leads_to_a_definition_in_an_older_file(path):
    for name, definition in json.loads(path.read_text())["$defs"].items():
        if "$ref" in definition:
            file, _, pointer = definition["$ref"].partition("#")
            target = _catalog.read_schema("keras", file)["$defs"][name]
            assert pointer == f"/$defs/{name}"
            assert "$ref" not in target
            assert Version(Path(file).stem) < Version(path.stem)


def test_the_index_names_every_file_and_only_those():
    assert {entry["file"] for entry in INDEX.values()} == {path.name for path in FILES}
    assert all(entry["parent"] is None or entry["parent"] in INDEX for entry in INDEX.values())


def test_every_release_of_the_two_generations_is_known():
    versions = [release.version for release in schema.releases("keras")]
    assert versions[:5] == ["2.12.0", "2.13.1", "2.14.0", "2.15.0", "3.0.0"]
    assert versions[-1] == "3.15.1"
    assert len(versions) == 44


def test_a_maintenance_branch_is_nobodys_ancestor():
    assert schema.parent(schema.target("keras==3.13.0")) == schema.target("keras==3.12.0")
    assert schema.parent(schema.target("keras==3.12.4")) == schema.target("keras==3.12.3")
    assert schema.parent(schema.target("keras==2.12.0")) is None


@pytest.mark.parametrize("release", schema.releases("keras"), ids=str)
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
