"""What no release after the writing one computes alike is refused, or expressed by other layers exactly."""

import numpy as np
import pytest

from .conftest import dense


def refused(subject):
    return [refusal.reason for refusal in subject.plan.refusals]


def upsampling(size, layout="channels_last"):
    return {"name": "u", "size": size, "interpolation": "bilinear", "data_format": layout}


@pytest.mark.parametrize(
    ("version", "verdict"),
    [("2.3.1", "averaged"), ("2.2.4-tf", "refused"), ("2.1.6-tf", "refused"), ("2.3.0-tf", "kept"), ("2.4.0", "kept")],
)
def test_who_sampled_at_the_corners_of_pixels(write, migrate, version, verdict):
    layers = [{"class_name": "UpSampling2D", "config": upsampling([2, 2]) | {"batch_input_shape": [None, 2, 2, 1]}}]
    subject, new, _ = migrate(write(layers, {}, version))
    if verdict == "refused":
        assert "does not say whether 1.14 or before" in refused(subject)[0]
        return
    last = new["config"]["layers"][-1]
    assert last["class_name"] == ("UpSampling2D" if verdict == "kept" else "Functional")
    assert verdict == "averaged" or last["config"]["interpolation"] == "bilinear"


@pytest.mark.parametrize(("more", "kept"), [({"ragged": False}, True), ({}, False)])
def test_an_input_of_tensorflow_1_15_and_later_tells(write, migrate, more, kept):
    ends = {"input_layers": [["i", 0, 0]], "output_layers": [["u", 0, 0]]}
    given = {"batch_input_shape": [None, 2, 2, 1], "dtype": "float32", "sparse": False, "name": "i"} | more
    layers = [
        {"name": "i", "class_name": "InputLayer", "config": given, "inbound_nodes": []},
        {"name": "u", "class_name": "UpSampling2D", "config": upsampling([2, 2]), "inbound_nodes": [[["i", 0, 0, {}]]]},
    ]
    model = {"class_name": "Model", "config": {"name": "m", "layers": layers, **ends}}
    _, new, _ = migrate(write([], {}, "2.2.4-tf", model=model))
    assert (new["config"]["layers"][-1]["class_name"] == "UpSampling2D") is kept


@pytest.mark.parametrize(("size", "first"), [((2, 2), False), ((2, 1), False), ((4, 3), False), ((3, 2), True)])
def test_bilinear_upsampling_of_tensorflow_1_is_a_moving_average(write, migrate, random, size, first):
    shape = [None, 2, 3, 4] if first else [None, 3, 4, 2]
    config = upsampling(list(size), "channels_first" if first else "channels_last") | {"batch_input_shape": shape}
    _, new, _ = migrate(write([{"class_name": "UpSampling2D", "config": config}], {}))
    assert new["config"]["layers"][0]["config"]["batch_shape"] == shape
    layers = new["config"]["layers"][-1]["config"]["layers"]
    x = random(3, 4, 2)
    found = x.repeat(size[0], 0).repeat(size[1], 1)
    assert layers[1]["config"]["interpolation"] == "nearest"
    if max(size) > 2:
        assert layers[2]["class_name"] == "Pad"
        around = layers[2]["config"]["pad_width"]
        around = [around[2], around[3], around[1]] if first else around[1:]
        assert layers[2]["config"]["mode"] == "symmetric"
        found = np.pad(found, around, "symmetric")
    assert layers[-1]["config"]["padding"] == ("valid" if max(size) > 2 else "same")
    assert layers[-1]["config"]["pool_size"] == list(size)
    rows = [slice(at, at + size[0]) for at in range(3 * size[0])]
    columns = [slice(at, at + size[1]) for at in range(4 * size[1])]
    found = np.array([[found[r, c].mean((0, 1)) for c in columns] for r in rows])
    assert np.allclose(found, corners(corners(x, size[0], 0), size[1], 1), atol=1e-6)


def corners(x, factor, axis):
    """``resize_bilinear`` of TensorFlow 1 along one axis."""
    places = np.arange(x.shape[axis] * factor) / factor
    low = np.floor(places).astype(int)
    high = np.minimum(np.ceil(places).astype(int), x.shape[axis] - 1)
    part = (places - low).reshape(-1, *[1] * (x.ndim - 1 - axis))
    return x.take(low, axis) * (1 - part) + x.take(high, axis) * part


def test_bilinear_upsampling_of_theano_is_refused(write, migrate):
    layers = [{"class_name": "UpSampling2D", "config": upsampling([2, 2]) | {"batch_input_shape": [None, 2, 2, 1]}}]
    subject, _, _ = migrate(write(layers, {}, backend="theano"))
    assert subject.verdict != "migrated"


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
