"""Which weight of a layer's list belongs to which object."""

import numpy as np

from .conftest import dense


def names(subject):
    return [refusal.reason for refusal in subject.plan.refusals]


def test_trained_weights_come_before_the_others(write, migrate, random):
    gamma, beta, mean, variance, kernel = random(3), random(3), random(3), abs(random(3)), random(3, 2)
    inner = [
        {"class_name": "BatchNormalization", "config": {"name": "bn", "trainable": True, "axis": -1}},
        dense("frozen", 3, 2, use_bias=False, trainable=False),
    ]
    nested = {"class_name": "Sequential", "config": {"name": "nested", "layers": inner}}
    nested["config"]["layers"][0]["config"]["batch_input_shape"] = [None, 3]
    listed = [
        ("bn/gamma:0", gamma),
        ("bn/beta:0", beta),
        ("bn/moving_mean:0", mean),
        ("bn/moving_variance:0", variance),
    ]
    path = write([nested], {"nested": [*listed, ("frozen/kernel:0", kernel)]})
    subject, _, arrays = migrate(path)
    assert subject.verdict == "migrated", names(subject)
    places = "layers/sequential/layers/"
    assert np.array_equal(arrays[f"{places}batch_normalization/vars/0"], gamma)
    assert np.array_equal(arrays[f"{places}batch_normalization/vars/3"], variance)
    assert np.array_equal(arrays[f"{places}dense/vars/0"], kernel)


def test_names_are_believed_where_they_say_another_order(write, migrate, random):
    kernel, bias = random(4, 4), random(4)
    layers = [dense("d", 4, 4, batch_input_shape=[None, 4])]
    _, _, arrays = migrate(write(layers, {"d": [("d/bias:0", bias), ("d/kernel:0", kernel)]}))
    assert np.array_equal(arrays["layers/dense/vars/0"], kernel)
    assert np.array_equal(arrays["layers/dense/vars/1"], bias)


def test_a_list_of_another_length_is_refused(write, migrate, random):
    layers = [dense("d", 4, 4, batch_input_shape=[None, 4])]
    subject, _, _ = migrate(write(layers, {"d": [("d/kernel:0", random(4, 4))]}))
    assert subject.verdict == "refused"
    assert "asks for 2 weights (kernel, bias), and 1 are stored" in names(subject)[0]


def test_weights_of_a_layer_that_the_config_lacks_are_refused(write, migrate, random):
    layers = [dense("d", 2, 2, use_bias=False, batch_input_shape=[None, 2])]
    weights = {"d": [("d/kernel:0", random(2, 2))], "gone": [("gone/kernel:0", random(2, 2))]}
    subject, _, _ = migrate(write(layers, weights))
    assert "belong to no layer" in names(subject)[0]


def custom(name="scale"):
    return {"class_name": "pkg>Scale", "config": {"name": name, "trainable": True, "dtype": "float32"}}


def test_a_custom_layer_keeps_weights_of_its_own(write, migrate, random):
    gamma = random(2)
    first = {"class_name": "InputLayer", "config": {"batch_input_shape": [None, 2], "dtype": "float32", "name": "i"}}
    _, _, arrays = migrate(write([first, custom()], {"scale": [("scale/gamma:0", gamma)]}, "2.15.0"))
    assert np.array_equal(arrays["layers/scale/vars/0"], gamma)


def test_a_custom_layer_with_layers_inside_is_refused(write, migrate, random):
    first = {"class_name": "InputLayer", "config": {"batch_input_shape": [None, 2], "dtype": "float32", "name": "i"}}
    subject, _, _ = migrate(write([first, custom()], {"scale": [("scale/dense/kernel:0", random(2, 2))]}, "2.15.0"))
    assert "not Keras's own" in names(subject)[0]


def test_the_input_of_a_sequential_is_its_first_layers(write, migrate, random):
    layers = [dense("d", 3, 2, use_bias=False, batch_input_shape=[None, 3])]
    _, config, _ = migrate(write(layers, {"d": [("d/kernel:0", random(3, 2))]}))
    first, second = config["config"]["layers"]
    assert (first["class_name"], first["config"]["batch_shape"]) == ("InputLayer", [None, 3])
    assert "batch_input_shape" not in second["config"]


def test_an_input_that_nothing_says_is_taken_from_the_weights_and_announced(write, migrate, random):
    rnn = {"class_name": "SimpleRNN", "config": {"name": "r", "units": 2, "use_bias": False}}
    weights = {
        "d": [("d/kernel:0", random(3, 4))],
        "r": [("r/kernel:0", random(4, 2)), ("r/recurrent_kernel:0", random(2, 2))],
    }
    subject, config, _ = migrate(write([dense("d", 3, 4, use_bias=False), rnn], weights))
    assert config["config"]["layers"][0]["config"]["batch_shape"] == [None, None, 3]
    assert [said.kind for said in subject.plan.announcements] == ["lost_at_save"]
