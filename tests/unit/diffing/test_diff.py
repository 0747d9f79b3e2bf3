from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kerasarchive import diffing, formats
from kerasarchive.model.archive import Archive
from kerasarchive.model.change import Change
from kerasarchive.model.location import in_json

CORPUS = Path(__file__).parents[2] / "corpus" / "keras"
FILES = sorted(CORPUS.glob("*/*.keras"))
BOTH = [path.stem for path in sorted((CORPUS / "tf2.15").glob("*.keras")) if (CORPUS / "k3.15.1" / path.name).exists()]


def between(a: Path, b: Path, **options: Any) -> tuple[Change, ...]:
    with formats.open(a) as old, formats.open(b) as new:
        return diffing.diff(old, new, **options)


def config_of(name: str) -> Any:
    with formats.open(CORPUS / f"{name}.keras") as archive:
        return copy.deepcopy(archive.config)


def of_configs(a: Any, b: Any, **options: Any) -> tuple[Change, ...]:
    metadata = {"keras_version": "3.15.1"}
    sides = [
        Archive("x.keras", "keras-zip", config=c, config_at=in_json("config.json"), metadata=metadata) for c in (a, b)
    ]
    return diffing.diff(*sides, **options)


def said(changes: tuple[Change, ...]) -> list[tuple[Any, ...]]:
    return [(change.kind, str(change.location), change.before, change.after) for change in changes]


def unordered(changes: Any) -> list[str]:
    return sorted(map(repr, changes))


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_an_archive_does_not_differ_from_itself(path: Path) -> None:
    assert between(path, path) == ()


@pytest.mark.parametrize("case", BOTH)
def test_mirrored_changes_are_those_of_the_other_direction(case: str) -> None:
    old, new = (CORPUS / release / f"{case}.keras" for release in ("tf2.15", "k3.15.1"))
    assert unordered(change.mirrored for change in between(old, new)) == unordered(between(new, old))


@pytest.mark.parametrize("case", [case for case in BOTH if case != "lambda_py"])
def test_the_same_model_of_two_releases_differs_in_names_and_release_alone(case: str) -> None:
    changes = between(CORPUS / "tf2.15" / f"{case}.keras", CORPUS / "k3.15.1" / f"{case}.keras", weights=False)
    left = [change for change in changes if change.kind != ">" and change.location.parts[-1:] != ("name",)]
    assert said(tuple(left)) == [("~", "metadata.json#/keras_version", "2.15.0", "3.15.1")]


def test_weights_are_matched_by_their_layer_not_by_their_path() -> None:
    """Keras 2 stores MultiHeadAttention's projections under other attributes than Keras 3."""
    case = "mha_kw.keras"
    changes = between(CORPUS / "tf2.15" / case, CORPUS / "k3.15.1" / case)
    weights = [change for change in changes if "!" in str(change.location)]
    assert {change.kind for change in weights} <= {"~"}
    assert all(change.before == change.after for change in weights)


def test_a_changed_argument() -> None:
    a = config_of("k3.15.1/comp_nested")
    b = copy.deepcopy(a)
    b["config"]["layers"][2]["config"]["activation"] = "relu"
    b["config"]["layers"][2]["config"]["kernel_initializer"]["config"]["seed"] = 3
    place = "config.json#/config/layers/2/config"
    assert said(of_configs(a, b)) == [
        ("~", f"{place}/activation", "linear", "relu"),
        ("~", f"{place}/kernel_initializer/config/seed", None, 3),
    ]
    assert of_configs(a, b)[0].note == "Dense 'dense_1'"
    assert len(of_configs(a, b, ignore=["*/activation"])) == 1
    assert of_configs(a, b, ignore=["*/layers/2/*"]) == ()


def test_noise_is_no_change() -> None:
    a = config_of("k3.15.1/comp_nested")
    b = json.loads(json.dumps(a, sort_keys=True))
    dense = b["config"]["layers"][2]
    dense["config"]["dtype"] = "float32"
    dense["config"]["kernel_initializer"] = "glorot_uniform"
    dense["config"].pop("bias_regularizer")
    dense["config"]["quantization_config"] = None
    dense["build_config"] = {"input_shape": [7, 7]}
    dense["shared_object_id"] = 1234
    dense["module"] = "keras.src.layers.core.dense"
    b["module"] = "keras.src.engine.functional"
    b["class_name"] = "Model"
    b["compile_config"]["optimizer"] = "adam"
    b["compile_config"]["loss"] = "mean_squared_error"
    assert of_configs(a, b) == ()


def test_a_renamed_layer_is_moved_and_its_connections_follow() -> None:
    a = config_of("k3.15.1/comp_nested")
    b = json.loads(json.dumps(a).replace('"enc"', '"encoder"'))
    changes = of_configs(a, b)
    assert [(change.kind, change.note) for change in changes] == [
        (">", "enc > encoder"),
        ("~", "Sequential 'enc' > Sequential 'encoder'"),
    ]
    assert unordered(change.mirrored for change in changes) == unordered(of_configs(b, a))


def test_an_added_layer_is_one_change() -> None:
    a = config_of("k3.15.1/comp_opt_adamw")
    b = copy.deepcopy(a)
    b["config"]["layers"].insert(
        2, {"module": "keras.layers", "class_name": "Dropout", "config": {"name": "drop", "rate": 0.5}}
    )
    assert said(of_configs(a, b)) == [("+", "config.json#/config/layers/2", None, "Dropout")]
    assert said(of_configs(b, a)) == [("-", "config.json#/config/layers/2", "Dropout", None)]


def test_a_changed_layer_below_an_added_one_has_both_places() -> None:
    a = config_of("k3.15.1/comp_opt_adamw")
    b = copy.deepcopy(a)
    b["config"]["layers"].insert(
        1, {"module": "keras.layers", "class_name": "Dropout", "config": {"name": "drop", "rate": 0.5}}
    )
    b["config"]["layers"][2]["config"]["activation"] = "gelu"
    change = of_configs(a, b)[1]
    assert str(change.location) == "config.json#/config/layers/2/config/activation"
    assert str(change.counterpart) == "config.json#/config/layers/1/config/activation"
    assert unordered(change.mirrored for change in of_configs(a, b)) == unordered(of_configs(b, a))


def test_connections() -> None:
    a = config_of("k3.15.1/comp_nested")
    b = copy.deepcopy(a)
    history = b["config"]["layers"][2]["inbound_nodes"][0]["args"][0]["config"]["keras_history"]
    history[0] = "input_layer_1"
    (change,) = of_configs(a, b)
    assert str(change.location) == "config.json#/config/layers/2/inbound_nodes"
    assert (change.before, change.after) == ([["enc"]], [["input_layer_1"]])


def test_objects_in_lists_of_different_length_are_matched() -> None:
    def model(*names: str) -> Any:
        items = [
            {"module": "labpkg", "class_name": "Step", "registered_name": "labpkg>Step", "config": {"name": n}}
            for n in names
        ]
        return {"module": "labpkg", "class_name": "Net", "registered_name": "labpkg>Net", "config": {"steps": items}}

    a, b = model("x", "y", "z"), model("x", "new", "y", "z")
    (change,) = of_configs(a, b)
    assert (change.kind, str(change.location)) == ("+", "config.json#/config/steps/1")
    (back,) = of_configs(b, a)
    assert back == change.mirrored


@pytest.mark.parametrize(
    "junk", [None, "x", -1, True, [], {}, [[[]]], [None, "a"], {"class_name": "Dense"}, 1.5], ids=repr
)
@pytest.mark.parametrize("name", ["tf2.15/comp_nested", "k3.15.1/mha_kw"])
def test_a_config_with_any_value_replaced_is_compared(name: str, junk: Any) -> None:
    original = config_of(name)
    text, number = json.dumps(original), 0
    while True:
        damaged = json.loads(text)
        if not replace(damaged, number, junk):
            break
        there, back = of_configs(original, damaged), of_configs(damaged, original)
        assert unordered(change.mirrored for change in there) == unordered(back)
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


class Store:
    """A weight store in memory."""

    member = "model.weights.h5"

    def __init__(self, **arrays: Any) -> None:
        from kerasarchive.model.weights import Tensor

        self.arrays = {path.replace("__", "/"): np.asarray(array) for path, array in arrays.items()}
        self.listed = {p: Tensor(p, a.shape, str(a.dtype), a.nbytes, a.nbytes) for p, a in self.arrays.items()}

    def tensors(self) -> Any:
        return self.listed

    def groups(self) -> tuple[str, ...]:
        return ()

    def attributes(self, path: str = "") -> Any:
        return {}

    def read(self, path: str) -> Any:
        return self.arrays[path]

    def chunks(self, path: str, nbytes: int = 1 << 24) -> Any:
        flat = self.arrays[path].reshape(-1)
        for start in range(0, max(1, flat.size), 2):
            yield flat[start : start + 2]


def of_stores(a: Store, b: Store, **options: Any) -> list[tuple[Any, ...]]:
    changes = diffing.diff(Archive("a", "weights-h5", weights=a), Archive("b", "weights-h5", weights=b), **options)
    return [(c.kind, str(c.location).partition("!")[2], c.before, c.after, c.note) for c in changes]


def test_values_in_tolerance_are_the_same() -> None:
    a, b = Store(w=np.float32([1, 2, np.nan])), Store(w=np.float32([1, 2.001, np.nan]))
    (change,) = of_stores(a, b)
    assert change[:4] == ("~", "w", "float32 (3,)", "float32 (3,)")
    assert change[4] == "1 of 3 values differ, by 0.0009999 at most"
    assert of_stores(a, b, atol=0.01) == of_stores(a, b, rtol=0.001) == of_stores(a, b, weights=False) == []


def test_added_removed_and_reshaped_tensors() -> None:
    a, b = Store(x=np.zeros(2), y=np.zeros(3)), Store(y=np.zeros((3, 1)), z=np.int8([1]))
    assert sorted(of_stores(a, b)) == [
        ("+", "z", None, "int8 (1,)", ""),
        ("-", "x", "float64 (2,)", None, ""),
        ("~", "y", "float64 (3,)", "float64 (3, 1)", ""),
    ]


def test_the_optimizer_is_one_change() -> None:
    a = Store(optimizer__vars__0=np.int64(1), optimizer__vars__1=np.zeros(2))
    b = Store(optimizer__vars__0=np.int64(2), optimizer__vars__1=np.zeros(2))
    assert of_stores(a, a) == []
    note = "state of the optimizer: 1 of 2 variables have other values"
    assert of_stores(a, b) == [("~", "optimizer", "2 variables", "2 variables", note)]
    assert of_stores(a, Store()) == [("-", "optimizer", "2 variables", None, "state of the optimizer")]


@pytest.mark.parametrize("case", ["comp_nested", "mha_kw", "bidi_none", "specnorm"])
def test_a_model_is_the_same_in_either_format(case: str) -> None:
    old, new = (CORPUS / "tf2.15" / f"{case}{suffix}" for suffix in (".keras", ".h5"))
    changes = between(old, new)
    assert [change for change in changes if not change.note.startswith("state of")] == []
    assert unordered(change.mirrored for change in changes) == unordered(between(new, old))


def test_a_changed_weight_is_called_by_its_name() -> None:
    from kerasarchive.diffing.owners import named
    from kerasarchive.diffing.side import Side

    with formats.open(CORPUS / "tf2.15" / "bidi_none.keras") as archive:
        side = Side(archive)
        place = ("config", "layers", 1, "config", "layer")
        assert named(side, (place, "forward_layer/cell/1")) == "recurrent_kernel of GRU 'gru'"
        assert named(side, (place, "forward_layer/cell/7")) == ""
        assert named(side, (("config", "nowhere"), "0")) == ""
