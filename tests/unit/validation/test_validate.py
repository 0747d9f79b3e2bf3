"""Real archives are valid under the release that wrote them; a single change to one is found and named."""

import copy
import difflib
import json
import zipfile
from collections import Counter
from pathlib import Path

import pytest

from kerasarchive import schema
from kerasarchive.model.archive import Archive
from kerasarchive.model.location import Location, in_json
from kerasarchive.validation import RULES, validate, validate_config

CORPUS = Path(__file__).parents[2] / "corpus" / "keras"
FILES = sorted(path for path in CORPUS.glob("*/*.keras") if zipfile.is_zipfile(path))


def read(path):
    with zipfile.ZipFile(path) as archive:
        metadata, config = (json.loads(archive.read(name)) for name in ("metadata.json", "config.json"))
    return Archive(str(path), "keras-zip", metadata=metadata, config=config, config_at=in_json("config.json"))


def written_by(archive):
    return schema.reading(schema.written_with(archive)[0].release)


def objects(value, path=()):
    stack = [(value, path)]
    while stack:
        current, place = stack.pop()
        if isinstance(current, dict):
            if "class_name" in current and isinstance(current.get("config"), dict):
                yield current, place
            # A model's own dtype is written, and read by nobody.
            left_out = {"dtype"} if "layers" in current else set()
            stack.extend((child, (*place, key)) for key, child in current.items() if key not in left_out)
        elif isinstance(current, list):
            stack.extend((child, (*place, index)) for index, child in enumerate(current))


def builtin(archive, loaded):
    """Objects whose class kav knows and whose definition is closed, containers left out.

    Of several that share a number Keras reads one.
    """
    numbers = Counter(found.get("shared_object_id") for found, _ in objects(archive.config))
    for found, path in objects(archive.config):
        if found.get("shared_object_id") is not None and numbers[found["shared_object_id"]] > 1:
            continue
        cls = loaded.get(f"{found.get('module')}.{found['class_name']}")
        if cls is not None and not cls.accepts_any and "layers" not in found["config"]:
            yield found, path, cls


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_an_archive_is_valid_under_its_own_release(path):
    archive = read(path)
    # A release writes bytecode, and refuses it in its own safe mode.
    expected = {"KAV418"} if path.stem == "lambda_py" else set()
    found = validate(archive, written_by(archive))
    assert {finding.rule for finding in found if finding.severity != "info"} == expected


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_every_misspelt_key_is_named_with_the_right_one(path):
    archive = read(path)
    loaded = written_by(archive)
    for found, place, cls in builtin(archive, loaded):
        for key in cls.parameters:
            if key not in found["config"]:
                continue
            wrong = key[:-1] + key[-1] * 3
            config = copy.deepcopy(archive.config)
            target = resolve(config, place)["config"]
            target[wrong] = target.pop(key)
            findings = validate_config(config, archive.config_at, loaded)
            at = in_json("config.json").at(*place, "config", wrong)
            (named,) = [finding for finding in findings if finding.rule == "KAV401" and finding.location == at]
            assert repr(wrong) in named.message
            assert difflib.get_close_matches(wrong, [key]) == []  or repr(key) in named.remedy
            break


def resolve(value, path):
    for part in path:
        value = value[part]
    return value


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_every_missing_required_key_is_named(path):
    archive = read(path)
    loaded = written_by(archive)
    for found, place, cls in builtin(archive, loaded):
        for key, parameter in cls.parameters.items():
            if not parameter.required:
                continue
            config = copy.deepcopy(archive.config)
            resolve(config, place)["config"].pop(key)
            findings = validate_config(config, archive.config_at, loaded)
            at = in_json("config.json").at(*place, "config")
            assert any(f.rule == "KAV402" and f.location == at and repr(key) in f.message for f in findings), found


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_every_refused_type_and_word_is_named(path):
    archive = read(path)
    loaded = written_by(archive)
    for found, place, cls in builtin(archive, loaded):
        for key, parameter in cls.parameters.items():
            if key not in found["config"] or not parameter.types or (key == "name" and "/" in str(found["config"][key])):
                continue
            wrong = "rleu" if "string" in parameter.types and parameter.words else {"a": 1}
            if isinstance(wrong, dict) and "object" in parameter.types and not parameter.words:
                wrong = 3.5
            if not isinstance(wrong, dict) and not parameter.words and "number" in parameter.types:
                continue
            config = copy.deepcopy(archive.config)
            resolve(config, place)["config"][key] = wrong
            at = in_json("config.json").at(*place, "config", key)
            findings = validate_config(config, archive.config_at, loaded)
            rules = ["KAV403", "KAV404", "KAV407"]
            if loaded.release.major < 3 and parameter.words:
                # Archives of Keras 2 name a function of someone's own as barely as one of Keras's.
                rules.append("KAV410")
            assert any(f.rule in rules and f.location == at for f in findings), (key, found)


def test_keras_2_archives_are_refused_by_keras_3():
    for path in FILES:
        if path.parent.name != "tf2.15":
            continue
        archive = read(path)
        findings = [f for f in validate(archive, schema.load("keras==3.15.1")) if f.severity == "high"]
        rules = {finding.rule for finding in findings}
        assert rules, path
        if archive.config["class_name"] == "Functional":
            (module,) = [f for f in findings if f.location == in_json("config.json").at("module")]
            assert module.rule == "KAV406"
            assert "keras.src.models.functional.Functional" in module.remedy


def test_what_the_release_itself_writes_passes_only_for_its_own():
    """tf.keras 2.15 writes a Lambda's `function_type`, which no constructor takes."""
    loaded = schema.load("keras==2.15.0")
    assert not loaded.get("keras.layers.Lambda").accepts("function_type")
    layer = {"module": "keras.layers", "class_name": "Lambda", "registered_name": None,
             "config": {"function": "relu", "function_type": "function"}}
    assert validate_config(layer, Location(), loaded) == ()
    (finding,) = validate_config(layer, Location(), loaded, own=False)
    assert finding.rule == "KAV401"


def test_a_newer_release_is_read_leniently():
    config = {"module": "keras.layers", "class_name": "Dense", "registered_name": None, "config": {"units": 1, "new": 2}}
    newer = schema.reading(schema.target("keras==3.15.1").__class__("keras", "3.16.0"))
    archive = Archive("x", "keras-zip", metadata={"keras_version": "3.16.0"}, config=config,
                      config_at=in_json("config.json"))
    findings = validate(archive, newer)
    assert [(f.rule, f.severity) for f in findings] == [("KAV415", "info"), ("KAV401", "low")]


def test_bare_bytecode_of_a_lambda_is_called_what_it_is():
    archives = [read(path) for path in FILES if path.parent.name == "k3.8.0"]
    archive, dense = next(
        (each, found) for each in archives for found, _ in objects(each.config) if found["class_name"] == "Dense"
    )
    dense["config"]["activation"] = {"value": ["4wEAAAAA", None, None]}
    (finding,) = validate_config(archive.config, archive.config_at, schema.load("keras==3.8.0"))
    assert "bytecode" in finding.message
    assert "--map-lambda" in finding.remedy


def test_hostile_depth_is_no_danger():
    config: object = 1
    for _ in range(50_000):
        config = {"class_name": "Dense", "module": "keras.layers", "config": {"units": config}}
    validate_config(config, Location(), schema.load("keras==3.15.1"))


def test_compile_configs_inside_one_another_are_no_danger():
    config: object = "adam"
    for _ in range(200):
        optimizer = {"class_name": "Adam", "module": "keras.optimizers", "config": {}, "compile_config": config}
        config = {"optimizer": optimizer}
    layer = {"class_name": "Dense", "module": "keras.layers", "config": {"units": 1}, "compile_config": config}
    validate_config(layer, Location(), schema.load("keras==3.15.1"))


@pytest.mark.parametrize("config", [
    None, 3, "x", [], {}, {"class_name": "Dense"}, {"class_name": "Dense", "config": 3}, {"class_name": 3, "config": {}},
    {"class_name": "Dense", "config": {"units": 1}, "module": 3}, {"class_name": "Functional", "config": {"layers": 3}},
    {"class_name": "Functional", "module": "keras.src.models.functional",
     "config": {"layers": [3, {}, {"name": 3}], "input_layers": 3, "output_layers": {"a": [[[]]]}}},
    {"class_name": "Sequential", "module": "keras", "config": {"name": "s", "layers": {"a": 1}}},
    {"class_name": "Sequential", "module": "keras", "config": {"name": "s", "layers": []}, "compile_config": [1]},
    {"class_name": "Sequential", "module": "keras", "config": {"name": "s", "layers": []},
     "compile_config": {"optimizer": 3, "loss": {"a": [None, 3]}, "metrics": {"b": {"class_name": "x"}}}},
    {"class_name": "function", "config": None, "module": "builtins"},
])
def test_nonsense_is_findings_not_tracebacks(config):
    for version in ("2.15.0", "3.15.1"):
        for own in (True, False):
            validate_config(config, Location(), schema.load(f"keras=={version}"), own=own)


def test_rules_have_distinct_codes_and_names():
    assert len({rule.code for rule in RULES}) == len({rule.name for rule in RULES}) == len(RULES)
    assert all(rule.code.startswith("KAV4") and rule.help for rule in RULES)


def test_strictly_judged_an_archive_must_load_where_it_was_written():
    # Keras 3 writes the short names of losses into HDF5 files and does not find them again.
    archive = Archive(
        "m.h5",
        "h5-model",
        metadata={"keras_version": "3.15.1"},
        config={"class_name": "Sequential", "config": {"name": "s", "layers": []}},
        config_at=Location("@model_config"),
        training={"loss": "mse", "metrics": None, "optimizer_config": None},
        training_at=Location("@training_config"),
    )
    loaded = schema.load("keras==3.15.1")
    assert not [each for each in validate(archive, loaded) if "mse" in each.message]
    assert [str(each.location) for each in validate(archive, loaded, strict=True) if "mse" in each.message] == [
        "@training_config#/loss"
    ]
