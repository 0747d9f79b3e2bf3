"""Keras 1: gates in matrices of their own, channels first in kernels, Merge, layers that are gone. Numbers are checked."""

import numpy as np
import pytest

MODEL = {"class_name": "Sequential"}


def keras1(*layers):
    return MODEL | {"config": list(layers)}


def test_gates_are_joined_in_the_order_of_keras_2(write, migrate, random):
    gates = {
        f"{name}_{gate}": random(*shape)
        for gate in "icfo"
        for name, shape in (("W", (3, 2)), ("U", (2, 2)), ("b", (2,)))
    }
    config = {
        "name": "lstm_1", "batch_input_shape": [None, 4, 3], "input_dtype": "float32", "output_dim": 2, "consume_less": "cpu",
        "activation": "tanh", "inner_activation": "sigmoid", "init": "glorot_uniform", "inner_init": "orthogonal",
        "forget_bias_init": "one", "trainable": True,
    }  # fmt: skip
    listed = [(f"lstm_1_{name}:0", array) for name, array in gates.items()]
    path = write(
        None, {"lstm_1": listed}, "1.2.2", model=keras1({"class_name": "LSTM", "config": config}), backend=None
    )
    _, new, arrays = migrate(path)
    for index, name in enumerate("WUb"):
        wanted = np.concatenate([gates[f"{name}_{gate}"] for gate in "ifco"], axis=-1)
        assert np.array_equal(arrays[f"layers/lstm/cell/vars/{index}"], wanted)
    lstm = new["config"]["layers"][1]["config"]
    assert (lstm["units"], lstm["recurrent_activation"], lstm["unit_forget_bias"]) == (2, "sigmoid", True)


def convolution(ordering, **config):
    shape = [None, 3, 8, 8] if ordering == "th" else [None, 8, 8, 3]
    given = {
        "name": "c",
        "nb_filter": 4,
        "nb_row": 3,
        "nb_col": 2,
        "border_mode": "valid",
        "subsample": [1, 1],
        "bias": False,
    }
    config = (
        given
        | {"dim_ordering": ordering, "batch_input_shape": shape, "activation": "linear", "init": "uniform"}
        | config
    )
    return keras1({"class_name": "Convolution2D", "config": config})


def test_kernels_with_channels_first_are_turned(write, migrate, random):
    kernel = random(4, 3, 3, 2)
    path = write(None, {"c": [("c_W:0", kernel)]}, "1.2.2", model=convolution("th"), backend=None)
    _, new, arrays = migrate(path)
    assert np.array_equal(arrays["layers/conv2d/vars/0"], kernel.transpose(2, 3, 1, 0))
    layer = new["config"]["layers"][1]["config"]
    assert (layer["data_format"], layer["kernel_size"], layer["filters"]) == ("channels_first", [3, 2], 4)


def test_theano_is_told_by_the_names_and_its_kernels_turned_round(write, migrate, random):
    kernel = random(3, 2, 3, 4)
    path = write(None, {"c": [("c_W", kernel)]}, "1.2.2", model=convolution("tf"), backend=None)
    _, _, arrays = migrate(path)
    assert np.array_equal(arrays["layers/conv2d/vars/0"], kernel[::-1, ::-1])


def test_what_theano_pads_otherwise_is_refused(write, migrate, random):
    model = convolution("tf", border_mode="same")
    subject, _, _ = migrate(write(None, {"c": [("c_W", random(3, 2, 3, 4))]}, "1.2.2", model=model, backend=None))
    assert "Theano pads 'same'" in subject.plan.refusals[0].reason


def branch(name):
    config = {"name": name, "batch_input_shape": [None, 2], "output_dim": 2, "bias": False, "activation": "linear"}
    return keras1({"class_name": "Dense", "config": config | {"init": "uniform", "input_dim": 2}})


def test_branches_inside_a_merge_are_a_graph(write, migrate, random):
    merge = {"class_name": "Merge", "config": {"name": "m", "mode": "mul", "layers": [branch("left"), branch("right")]}}
    left, right = random(2, 2), random(2, 2)
    weights = {"left": [("left_W:0", left)], "right": [("right_W:0", right)]}
    _, new, arrays = migrate(write(None, weights, "1.2.2", model=keras1(merge), backend=None))
    assert new["class_name"] == "Functional"
    assert [layer["class_name"] for layer in new["config"]["layers"]].count("Multiply") == 1
    assert np.array_equal(arrays["layers/sequential/layers/dense/vars/0"], left)
    assert np.array_equal(arrays["layers/sequential_1/layers/dense/vars/0"], right)


def test_a_merge_by_bytecode_is_refused(write, migrate):
    merge = {
        "class_name": "Merge",
        "config": {"name": "m", "mode": ["code", None, None], "layers": [branch("a"), branch("b")]},
    }
    weights = {name: [(f"{name}_W:0", np.zeros((2, 2), "float32"))] for name in "ab"}
    subject, _, _ = migrate(write(None, weights, "1.2.2", model=keras1(merge), backend=None))
    assert "bytecode" in subject.plan.refusals[0].reason


def test_maxout_is_a_maximum_over_a_dense(write, migrate, random):
    kernel, bias, x = random(3, 4, 2), random(3, 2), random(5, 4)
    config = {
        "name": "m",
        "batch_input_shape": [None, 4],
        "output_dim": 2,
        "nb_feature": 3,
        "bias": True,
        "init": "uniform",
    }
    path = write(
        None, {"m": [("m_W:0", kernel), ("m_b:0", bias)]}, "1.2.2",
        model=keras1({"class_name": "MaxoutDense", "config": config}), backend=None,
    )  # fmt: skip
    _, _, arrays = migrate(path)
    wide, flat = arrays["layers/sequential/layers/dense/vars/0"], arrays["layers/sequential/layers/dense/vars/1"]
    wanted = (np.einsum("bi,kio->bko", x, kernel) + bias).max(axis=1)
    assert np.allclose((x @ wide + flat).reshape(5, 3, 2).max(axis=1), wanted, atol=1e-6)


def normalization(**config):
    given = {"name": "n", "mode": 0, "axis": -1, "epsilon": 0.001, "momentum": 0.9, "batch_input_shape": [None, 2]}
    return keras1({"class_name": "BatchNormalization", "config": given | config})


@pytest.mark.parametrize(("release", "exact"), [("1.0.5", False), ("1.0.6", True)])
def test_batch_normalization_stored_deviations_once(write, migrate, random, release, exact):
    listed = [(f"n_{name}:0", abs(random(2))) for name in ("gamma", "beta", "running_mean", "running_std")]
    subject, _, _ = migrate(write(None, {"n": listed}, release, model=normalization(), backend=None))
    assert (subject.verdict == "migrated") is exact
    assert exact or "standard deviations" in subject.plan.refusals[0].reason


def test_branches_whose_layers_share_a_name_are_refused(write, migrate, random):
    merge = {"class_name": "Merge", "config": {"name": "input_0", "mode": "sum", "layers": [branch("a"), branch("b")]}}
    weights = {name: [(f"{name}_W:0", random(2, 2))] for name in "ab"}
    subject, _, _ = migrate(write(None, weights, "1.2.2", model=keras1(merge), backend=None))
    assert "one name" in subject.plan.refusals[0].reason
