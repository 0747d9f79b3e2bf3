"""Inputs come from the config alone, and are right for what they go into."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from kerasarchive.errors import VerificationError
from kerasarchive.verification.inputs import describe, make


def source(name: str, *shape: int | None, dtype: str = "float32", key: str = "batch_shape") -> dict[str, Any]:
    return {
        "class_name": "InputLayer",
        "name": name,
        "config": {"name": name, key: [None, *shape], "dtype": dtype},
        "inbound_nodes": [],
    }


def layer(cls: str, name: str, *sources: str, **config: Any) -> dict[str, Any]:
    return {
        "class_name": cls,
        "name": name,
        "config": {"name": name, **config},
        "inbound_nodes": [[[one, 0, 0, {}] for one in sources]],
    }


def functional(inputs: Any, *layers: dict[str, Any]) -> dict[str, Any]:
    return {"class_name": "Functional", "config": {"name": "m", "layers": list(layers), "input_layers": inputs}}


def test_one_input_of_either_dialect() -> None:
    for key, inputs in (("batch_shape", ["x", 0, 0]), ("batch_input_shape", [["x", 0, 0]])):
        kind, arrays = make(functional(inputs, source("x", 4, key=key), layer("Dense", "d", "x")))
        assert kind == "single"
        assert arrays[""].shape == (2, 4) and arrays[""].dtype == np.float32


def test_two_inputs_of_one_shape_get_different_values() -> None:
    kind, arrays = make(functional([["a", 0, 0], ["b", 0, 0]], source("a", 3), source("b", 3)))
    assert kind == "list" and list(arrays) == ["0", "1"]
    assert not np.allclose(arrays["0"], arrays["1"])


def test_structures() -> None:
    layers = [source(name, 3) for name in "abc"]
    assert describe(functional({"k": ["a", 0, 0], "l": ["b", 0, 0]}, *layers))[0] == "dict"
    kind, specs = describe(functional([["c", 0, 0], [["a", 0, 0], ["b", 0, 0]]], *layers))
    assert kind == "nest" and [spec.name for spec in specs.values()] == ["c", "a", "b"]


def test_the_same_seed_gives_the_same_arrays() -> None:
    config = functional(["x", 0, 0], source("x", None, 3))
    assert np.array_equal(make(config)[1][""], make(config)[1][""])
    assert not np.array_equal(make(config, seed=1)[1][""], make(config)[1][""])


def test_open_axes_are_filled() -> None:
    assert make(functional(["x", 0, 0], source("x", None, 3)))[1][""].shape == (2, 6, 3)
    assert make(functional(["x", 0, 0], source("x", None, None, 3)))[1][""].shape == (2, 64, 64, 3)


def test_indices_stay_within_an_embedding_even_where_the_input_is_a_float() -> None:
    config = functional(
        ["x", 0, 0], source("x", 50), layer("Reshape", "r", "x"), layer("Embedding", "e", "r", input_dim=3)
    )
    values = make(config)[1][""]
    assert values.dtype == np.float32
    assert set(np.unique(values)) == {0.0, 1.0, 2.0}


def test_indices_stay_within_an_embedding_in_a_nested_model() -> None:
    inner = functional([["y", 0, 0]], source("y", 50, dtype="int32"), layer("Embedding", "e", "y", input_dim=4))
    inner |= {
        "name": "inner",
        "inbound_nodes": [{"args": [{"class_name": "__keras_tensor__", "config": {"keras_history": ["x", 0, 0]}}]}],
    }
    values = make(functional(["x", 0, 0], source("x", 50, dtype="int32"), inner))[1][""]
    assert values.dtype == np.int32 and values.max() == 3


def test_text_is_taken_from_the_vocabulary() -> None:
    config = functional(
        ["x", 0, 0], source("x", 30, dtype="string"), layer("StringLookup", "s", "x", vocabulary=["red", "blue"])
    )
    assert set(np.unique(make(config)[1][""])) == {"red", "blue", "out of vocabulary"}


def test_integer_lookup_takes_its_own_keys() -> None:
    config = functional(
        ["x", 0, 0], source("x", 40, dtype="int64"), layer("IntegerLookup", "s", "x", vocabulary=[12, 36])
    )
    assert set(np.unique(make(config)[1][""])) == {12, 36, 37}


def test_sequential_with_and_without_an_input_layer() -> None:
    dense = {"class_name": "Dense", "config": {"name": "d", "batch_input_shape": [None, 7]}}
    assert make({"class_name": "Sequential", "config": {"layers": [dense]}})[1][""].shape == (2, 7)
    nested = {"class_name": "Sequential", "config": {"layers": [functional([["x", 0, 0]], source("x", 5))]}}
    assert make(nested)[1][""].shape == (2, 5)
    built = {
        "class_name": "Sequential",
        "config": {"layers": [{"class_name": "Dense", "config": {}}]},
        "build_config": {"input_shape": [None, 3]},
    }
    assert make(built)[1][""].shape == (2, 3)


def test_a_subclassed_model_does_not_say_what_goes_in() -> None:
    with pytest.raises(VerificationError, match="does not say what goes into it"):
        make({"class_name": "MyModel", "config": {"units": 3}})


def test_broken_input_layers_are_an_error_not_a_traceback() -> None:
    with pytest.raises(VerificationError, match="name layers that are no inputs"):
        make(functional([["gone", 0, 0]], source("x", 3)))
    with pytest.raises(VerificationError):
        make(functional(7, source("x", 3)))
