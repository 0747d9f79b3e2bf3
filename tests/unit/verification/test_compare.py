"""What counts as equal, and what as lost."""

from __future__ import annotations

import numpy as np
import pytest

from kerasarchive.verification.compare import canonical_loss, compare_outputs, compare_state, compare_training

TOLERANCE = {"rtol": 5e-6, "atol": 2e-4}


def out(**arrays: object) -> dict[str, np.ndarray]:
    return {f"out_{name}": np.asarray(value) for name, value in arrays.items()}


def test_small_differences_are_equal() -> None:
    found = compare_outputs(out(a=[1.0, 2.0]), out(a=[1.0001, 2.0]), **TOLERANCE)
    assert found["equal"] and found["max_abs"] == pytest.approx(1e-4)


def test_a_larger_difference_is_named() -> None:
    found = compare_outputs(out(a=[1.0, 2.0], b=[0.0]), out(a=[1.0, 2.0], b=[0.1]), **TOLERANCE)
    assert not found["equal"]
    assert found["because"] == "output b: max abs error 0.1"


def test_tolerance_grows_with_the_largest_value() -> None:
    old = np.array([2000.0, 1.0], "float32")
    assert compare_outputs({"out_": old}, {"out_": old + 0.005}, **TOLERANCE)["equal"]
    assert not compare_outputs({"out_": old}, {"out_": old + 0.05}, **TOLERANCE)["equal"]


@pytest.mark.parametrize(
    ("old", "new", "because"),
    [
        (out(a=[1.0]), out(b=[1.0]), "outputs are [a] in the old and [b] in the new"),
        ({"out_": np.zeros((2, 2))}, {"out_": np.zeros((1, 2, 2))}, "output 0: shape [2, 2] became [1, 2, 2]"),
        ({"out_": np.zeros(2)}, {"out_0": np.zeros(2)}, "outputs are one array in the old and [0] in the new"),
        (out(a=[1.0, np.nan]), out(a=[1.0, 2.0]), "output a: NaN or infinite at different places"),
        (out(a=[1, 2]), out(a=[1, 3]), "output a: max abs error 1"),
        (out(a=["x"]), out(a=[b"y"]), "output a: the text differs"),
    ],
)
def test_what_can_differ(old: dict[str, np.ndarray], new: dict[str, np.ndarray], because: str) -> None:
    assert compare_outputs(old, new, **TOLERANCE)["because"] == because


def test_nan_at_the_same_place_is_equal() -> None:
    assert compare_outputs(out(a=[1.0, np.nan, np.inf]), out(a=[1.0, np.nan, np.inf]), **TOLERANCE)["equal"]


def test_text_is_equal_as_bytes_and_as_str() -> None:
    assert compare_outputs(out(a=["é", "b"]), {"out_a": np.array(["é".encode(), b"b"])}, **TOLERANCE)["equal"]


STEP = np.asarray(3, "int64")
SLOT, OTHER = np.full((2, 2), 0.5, "float32"), np.full((2, 2), 0.25, "float32")


def state(old: list[np.ndarray], new: list[np.ndarray], **more: object) -> list[str]:
    return compare_state(old, new, **({"optimizer": "Adam", "momentum": None} | more))  # type: ignore[arg-type]


def test_the_learning_rate_that_keras_3_adds_is_no_loss() -> None:
    assert state([STEP, SLOT, OTHER], [STEP, np.asarray(0.01, "float32"), OTHER, SLOT]) == []


def test_a_slot_that_is_gone_is_a_loss() -> None:
    (lost,) = state([STEP, SLOT, OTHER], [STEP, SLOT, np.zeros((2, 2), "float32")])
    assert lost == "a slot of shape [2, 2] (sum of absolute values 1) is gone"


def test_each_slot_is_matched_once() -> None:
    assert len(state([STEP, SLOT, SLOT], [STEP, SLOT])) == 1


def test_the_iteration_counts() -> None:
    assert state([STEP, SLOT], [np.asarray(0, "int64"), SLOT])[0].startswith("iteration 3")


def test_slots_of_sgd_without_momentum_may_go() -> None:
    assert state([STEP, SLOT], [STEP], optimizer="SGD", momentum=0.0) == []
    assert state([STEP, SLOT], [STEP], optimizer="SGD", momentum=0.9) != []


def test_slots_of_joined_and_turned_weights_are_found() -> None:
    gates = [np.arange(6, dtype="float32").reshape(2, 3) + 10 * index for index in range(3)]
    joined = np.concatenate(gates, axis=1).T
    assert state([STEP, *gates], [STEP, np.asarray(0.01, "float32"), joined]) == []
    assert state([STEP, *gates], [STEP, joined + 0.5]) != []
    assert state([STEP, *gates], [STEP, joined[:8]]) != []


def test_the_place_of_a_vhat_that_is_not_kept_may_go() -> None:
    nothing, one = np.zeros(1, "float32"), np.ones(1, "float32")
    assert state([STEP, SLOT, nothing, nothing], [STEP, SLOT]) == []
    assert state([STEP, SLOT, one], [STEP, SLOT]) != []


def test_an_optimizer_without_a_step_has_nothing_to_lose() -> None:
    assert state([np.asarray(0, "int64"), SLOT], []) == []


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("mse", "MeanSquaredError"),
        ("MAPE", "mean_absolute_percentage_error"),
        ("kld", "KLDivergence"),
        ("logcosh", "LogCosh"),
        ("ListWrapper(['mse'])", "mean_squared_error"),
        (["mse", "mae"], ["MeanSquaredError", "mean_absolute_error"]),
        ({"a": "bce"}, {"a": "BinaryCrossentropy"}),
        ("labpkg>my_loss", "my_loss"),
        ("keras.losses.huber", "Huber"),
    ],
)
def test_spellings_of_one_loss(one: object, other: object) -> None:
    assert canonical_loss(one) == canonical_loss(other)


def test_losses_that_differ() -> None:
    assert canonical_loss("mse") != canonical_loss("mae")
    assert canonical_loss(["mse", "mae"]) != canonical_loss(["mae", "mse"])


OLD = {"optimizer": "Adam", "lr": 0.01, "loss": "mse"}


@pytest.mark.parametrize(
    ("new", "said"),
    [
        ({}, ["the new model is not compiled"]),
        (OLD | {"lr": 0.001}, ["learning rate 0.01 became 0.001"]),
        (OLD | {"optimizer": "SGD"}, ["optimizer Adam became SGD"]),
        (OLD | {"loss": "mae"}, ["loss mse became mae"]),
        (OLD | {"lr": 0.009, "last_lr": 0.01}, []),
        (OLD, []),
    ],
)
def test_training(new: dict[str, object], said: list[str]) -> None:
    assert compare_training(OLD, new) == said


def test_a_model_that_was_not_compiled_has_nothing_to_lose() -> None:
    assert compare_training({}, OLD) == []
