from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from kerasarchive import formats, inspection, schema
from kerasarchive.inspection.brief import brief
from kerasarchive.model.archive import Archive

CORPUS = Path(__file__).parents[2] / "corpus" / "keras"
FILES = sorted(CORPUS.glob("*/*.keras"))


def facts(name: str, *, weights: bool = False) -> dict[str, Any]:
    with formats.open(CORPUS / f"{name}.keras") as archive:
        return inspection.summarize(archive, schema.written_with(archive), None, weights=weights)


def of_config(config: Any) -> dict[str, Any]:
    return inspection.summarize(Archive("x.json", "config-json", config=config), ())


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_facts_are_json_and_the_same_twice(path: Path) -> None:
    name = f"{path.parent.name}/{path.stem}"
    first = json.dumps(facts(name), allow_nan=False)
    assert json.dumps(facts(name)) == first


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_the_config_counts_what_the_file_holds(path: Path) -> None:
    found = facts(f"{path.parent.name}/{path.stem}")
    assert found["notes"] == []
    if path.stem == "rnn_customcell":
        assert found["totals"]["from"] == "file"
        assert found["totals"]["unknown_layers"] == ["rnn"]
    elif found["weights"] is not None and path.stem != "specnorm":
        assert found["totals"]["parameters"] == found["weights"]["model_parameters"]


def test_a_nested_compiled_model() -> None:
    found = facts("tf2.15/comp_nested")
    assert found["model"] == {
        "name": "model", "class": "Functional", "saved": "2026-11-22@17:06:46", "keras_version": "2.15.0",
    }  # fmt: skip
    rows = {row["name"]: row for row in found["layers"]}
    assert list(rows) == ["input_2", "enc", "enc/input_1", "enc/dense", "enc/batch_normalization", "dense_1"]
    assert rows["enc"]["parameters"] == 45
    assert rows["enc"]["trainable"] == 35
    assert rows["enc/dense"]["output_shape"] == [None, 5]
    assert rows["dense_1"]["connected_to"] == ["enc"]
    assert rows["enc/dense"]["location"] == "config.json#/config/layers/1/config/layers/1"
    assert found["totals"]["parameters"] == 57
    assert found["totals"]["non_trainable"] == 10
    assert found["inputs"] == [{"name": "input_2", "shape": [None, 4], "dtype": "float32"}]
    assert found["outputs"] == [{"name": "dense_1", "shape": [None, 2], "dtype": "float32"}]
    assert found["compile"]["optimizer"] == "adam"
    assert found["compile"]["loss"] == "mse"
    assert found["compile"]["steps_taken"] == 1
    assert found["compile"]["optimizer_variables"] == 13


def test_a_schedule_is_said_in_a_few_words() -> None:
    compiled = facts("k3.15.1/comp_opt_sched_cosr")["compile"]
    assert compiled["learning_rate"].startswith("CosineDecayRestarts(initial_learning_rate=0.1, first_decay_steps=100")
    assert compiled["hyperparameters"]["beta_1"] == 0.9
    assert compiled["steps_taken"] == 2


@pytest.mark.parametrize("release", ["tf2.15", "k3.15.1"])
def test_custom_objects_and_lambdas(release: str) -> None:
    cell = facts(f"{release}/rnn_customcell")
    assert [(row["kind"], row["name"], row["module"]) for row in cell["custom_objects"]] == [
        ("layer", "labpkg>MyCell", "custom")
    ]
    assert cell["custom_objects"][0]["locations"] == ["config.json#/config/layers/1/config/cell"]
    assert cell["custom_objects_skeleton"] == {"labpkg>MyCell": "custom.MyCell"}
    assert [(row["name"], row["function"]) for row in facts(f"{release}/lambda_py")["lambdas"]] == [
        ("lambda", "bytecode")
    ]


def test_a_vocabulary_is_an_asset() -> None:
    assets = facts("k3.15.1/textvec_multihot")["assets"]
    assert [asset["layer"] for asset in assets] == [
        "layers/text_vectorization/_lookup_layer",
        "layers/text_vectorization",
    ]


def test_weights_lists_every_tensor() -> None:
    found = facts("k3.15.1/comp_nested", weights=True)["weights"]
    assert len(found["tree"]) == found["tensors"]
    assert {"path": "layers/dense/vars/0", "shape": [5, 2], "dtype": "float32", "bytes": 40} in found["tree"]
    assert "tree" not in facts("k3.15.1/comp_nested")["weights"]


def test_what_is_frozen_is_not_trainable() -> None:
    layer = {"class_name": "Dense", "config": {"name": "d", "units": 3, "trainable": False, "use_bias": True}}
    model = {"class_name": "Sequential", "config": {"name": "s", "build_input_shape": [None, 4], "layers": [layer]}}
    totals = of_config(model)["totals"]
    assert (totals["parameters"], totals["trainable"], totals["non_trainable"]) == (15, 0, 15)


def test_a_custom_model_shows_the_layers_that_its_config_spells() -> None:
    dense = {"module": "keras.layers", "class_name": "Dense", "build_config": {"input_shape": [None, 4]},
             "config": {"name": "d", "trainable": True, "units": 3, "use_bias": False}}  # fmt: skip
    model = {
        "module": "labpkg",
        "class_name": "Net",
        "registered_name": "labpkg>Net",
        "config": {"head": dense, "n": [1]},
    }
    found = of_config(model)
    assert [(row["name"], row["parameters"], row["location"]) for row in found["layers"]] == [
        ("d", 12, "#/config/head")
    ]


def test_a_number_that_is_no_json_becomes_text() -> None:
    assert brief({"a": float("nan"), "b": float("inf")}) == {"a": "nan", "b": "inf"}


def test_deep_and_wide_values_are_cut() -> None:
    deep: Any = 1
    for _ in range(500):
        deep = [deep]
    assert "..." in json.dumps(brief(deep))
    assert len(brief("x" * 10_000)) < 300


@pytest.mark.parametrize(
    "junk", [None, "x", -1, True, [], {}, [[[]]], [None, "a"], {"class_name": "Dense"}, 1.5], ids=repr
)
@pytest.mark.parametrize("name", ["tf2.15/comp_nested", "k3.15.1/mha_kw", "k3.15.1/lambda_py"])
def test_a_config_with_any_value_replaced_is_summarized(name: str, junk: Any) -> None:
    with formats.open(CORPUS / f"{name}.keras") as archive:
        original = json.dumps(archive.config)
    number = 0
    while True:
        damaged = json.loads(original)
        if not replace(damaged, number, junk):
            break
        json.dumps(of_config(damaged))
        number += 1


def replace(value: Any, number: int, junk: Any) -> bool:
    stack = [value]
    while stack:
        current = stack.pop()
        keys: Any = (
            list(current) if isinstance(current, dict) else range(len(current)) if isinstance(current, list) else ()
        )
        for key in keys:
            if number == 0:
                current[key] = junk
                return True
            number -= 1
            stack.append(current[key])
    return False


def test_copies_of_copies_stay_unknown_in_time() -> None:
    def nested(depth: int) -> dict[str, Any]:
        layer: dict[str, Any] = {"class_name": "LSTM", "config": {"units": 3, "name": "l"}}
        for _ in range(depth):
            layer = {"class_name": "Bidirectional", "config": {"layer": layer, "name": "b"}}
        return layer

    found = of_config({"class_name": "Sequential", "config": {"layers": [nested(60) for _ in range(60)]}})
    assert found["totals"]["parameters"] is None
    assert found["totals"]["unknown_layers"] == ["b"] * 60


def test_names_of_any_length_are_cut() -> None:
    layer = {"class_name": "Dense", "config": {"units": 3, "name": "x" * 100_000}}
    model = {"class_name": "Sequential", "config": {"name": "y" * 100_000, "layers": [layer]}}
    assert len(of_config(model)["layers"][0]["name"]) == 100
