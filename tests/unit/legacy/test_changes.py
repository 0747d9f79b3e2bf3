"""What no release after the writing one computes alike is refused, or expressed by other layers exactly."""

import numpy as np
import pytest

from .conftest import dense


def refused(subject):
    return [refusal.reason for refusal in subject.plan.refusals]


@pytest.mark.parametrize(
    ("version", "exact"), [("2.3.1", False), ("2.2.4-tf", False), ("2.3.0-tf", True), ("2.4.0", True)]
)
def test_bilinear_upsampling_of_tensorflow_1(write, migrate, random, version, exact):
    config = {"name": "u", "size": [2, 2], "interpolation": "bilinear", "data_format": "channels_last"}
    layers = [{"class_name": "UpSampling2D", "config": config | {"batch_input_shape": [None, 2, 2, 1]}}]
    subject, _, _ = migrate(write(layers, {}, version))
    assert (subject.verdict == "migrated") is exact


def masked(*after):
    word = {"name": "e", "input_dim": 3, "output_dim": 2, "mask_zero": True, "batch_input_shape": [None, 4]}
    inner = {
        "class_name": "SimpleRNN",
        "config": {"name": "r", "units": 2, "use_bias": False, "return_sequences": True},
    }
    both = {"name": "b", "layer": inner, "merge_mode": "sum"}
    return [{"class_name": "Embedding", "config": word}, {"class_name": "Bidirectional", "config": both}, *after]


@pytest.mark.parametrize(
    ("after", "version", "exact"),
    [
        ((), "2.3.1", False),
        (({"class_name": "SimpleRNN", "config": {"name": "last", "units": 2, "use_bias": False}},), "2.3.1", True),
        ((), "2.4.0", True),
    ],
)
def test_masked_steps_of_a_bidirectional(write, migrate, random, after, version, exact):
    pair = [("kernel:0", random(2, 2)), ("recurrent_kernel:0", random(2, 2))]
    weights = {
        "e": [("e/embeddings:0", random(3, 2))],
        "b": [(f"b/{way}/{name}", array) for way in "fb" for name, array in pair],
    }
    if after:
        weights["last"] = [(f"last/{name}", array) for name, array in pair]
    subject, _, _ = migrate(write(masked(*after), weights, version))
    assert (subject.verdict == "migrated") is exact, refused(subject)


@pytest.mark.parametrize("first", [False, True])
def test_locally_connected_layers_are_dense_ones(write, migrate, random, first):
    height, width, channels, filters, window = 4, 3, 2, 3, (2, 2)
    places = [(r, c) for r in range(height - 1) for c in range(width - 1)]
    kernel, bias = random(len(places), 4 * channels, filters), random(height - 1, width - 1, filters)
    shape = (channels, height, width) if first else (height, width, channels)
    x = random(*shape)
    config = {
        "name": "l", "filters": filters, "kernel_size": list(window), "strides": [1, 1], "padding": "valid",
        "activation": "linear", "use_bias": True,
        "data_format": "channels_first" if first else "channels_last", "batch_input_shape": [None, *shape],
    }  # fmt: skip
    listed = [("l/kernel:0", kernel), ("l/bias:0", bias)]
    subject, new, arrays = migrate(write([{"class_name": "LocallyConnected2D", "config": config}], {"l": listed}))
    assert new is not None, refused(subject)
    inner = "layers/sequential/layers/dense/vars"
    found = x.reshape(-1) @ arrays[f"{inner}/0"] + arrays[f"{inner}/1"]
    patches = [x[:, r : r + 2, c : c + 2] if first else x[r : r + 2, c : c + 2, :] for r, c in places]
    wanted = np.stack([patch.reshape(-1) @ kernel[i] for i, patch in enumerate(patches)]).reshape(
        height - 1, width - 1, filters
    )
    wanted = wanted.transpose(2, 0, 1) + bias.reshape(filters, height - 1, width - 1) if first else wanted + bias
    assert np.allclose(found.reshape(wanted.shape), wanted, atol=1e-5)
    assert "training_semantics" in {said.kind for said in subject.plan.announcements}


def test_a_lambda_activation_of_which_nothing_is_left_is_refused(write, migrate, random):
    layers = [dense("d", 2, 2, activation="<lambda>", use_bias=False, batch_input_shape=[None, 2])]
    subject, _, _ = migrate(write(layers, {"d": [("d/kernel:0", random(2, 2))]}))
    assert "was a lambda, of which the archive holds nothing" in refused(subject)[0]


@pytest.mark.parametrize("release", ["2.0.8", "2.1.4"])
def test_a_gru_that_does_not_say_where_it_resets_resets_before(write, migrate, random, release):
    config = {"name": "g", "units": 2, "use_bias": False, "batch_input_shape": [None, 4, 3]}
    listed = [("g/kernel:0", random(3, 6)), ("g/recurrent_kernel:0", random(2, 6))]
    _, new, _ = migrate(write([{"class_name": "GRU", "config": config}], {"g": listed}, release))
    # Without a bias the weights have the same shapes either way: only the config tells.
    assert new["config"]["layers"][1]["config"]["reset_after"] is False
