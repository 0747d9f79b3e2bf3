"""`kav audit --for` on whole-model HDF5 files: their own loader, which is lenient about modules and silent about optimizers."""

import numpy as np

from kerasarchive import api

from .conftest import dense

TARGET = "keras==3.15.1"
INPUT = {"class_name": "InputLayer", "config": {"batch_input_shape": [None, 4, 3], "dtype": "float32", "name": "i"}}


def foretold(path):
    return api.audit(path, for_=[TARGET]).subjects[0].compatibility[0]


def answers(one):
    return one.loads, one.same_outputs, one.keeps_training_state


def test_a_plain_file_loads(write, random):
    layers = [INPUT, dense("d", 3, 2, use_bias=False)]
    assert answers(foretold(write(layers, {"d": [("d/kernel:0", random(3, 2))]}, "2.15.0")))[:2] == ("yes", "yes")


def test_an_optimizer_of_another_name_becomes_a_default_one(write, random):
    training = {"optimizer_config": {"class_name": "Custom>SGD", "config": {"learning_rate": 0.5}}, "loss": "hinge"}
    layers, weights = [INPUT, dense("d", 3, 2, use_bias=False)], {"d": [("d/kernel:0", random(3, 2))]}
    one = foretold(write(layers, weights, "2.15.0", training=training, slots=[("iteration:0", np.int64(1))]))
    assert answers(one) == ("yes", "yes", "no")
    assert "default one" in one.because[0].message
    assert one.fix.endswith(".keras")


def test_an_axis_that_is_a_list_is_dropped_without_a_word(write):
    layers = [INPUT, {"class_name": "Softmax", "config": {"name": "s", "axis": [1, 2]}}]
    one = foretold(write(layers, {}, "2.15.0"))
    assert answers(one)[:2] == ("yes", "no")
    assert "drops an `axis`" in one.because[0].message


def test_a_sequential_without_an_input_layer_refuses_its_calls(write, random):
    layers = [dense("d", 3, 2, use_bias=False, batch_input_shape=[None, 3])]
    one = foretold(write(layers, {"d": [("d/kernel:0", random(3, 2))]}))
    assert one.same_outputs == "no"
    assert "no InputLayer" in one.because[0].message


def test_a_convolution_without_an_input_layer_is_not_even_built(write, random):
    config = {"name": "c", "filters": 2, "kernel_size": [3], "use_bias": False, "batch_input_shape": [None, 8, 3]}
    one = foretold(write([{"class_name": "Conv1D", "config": config}], {"c": [("c/kernel:0", random(3, 3, 2))]}))
    assert one.loads == "no"
    assert "one axis too many for Conv1D" in one.because[0].message


def test_an_initial_state_among_the_inputs_fails(write, random):
    rnn = {"class_name": "SimpleRNN", "config": {"name": "r", "units": 2, "use_bias": False}, "name": "r"}
    layers = [
        {**INPUT, "name": "i", "inbound_nodes": []},
        {
            "class_name": "InputLayer",
            "config": {"batch_input_shape": [None, 2], "name": "h"},
            "name": "h",
            "inbound_nodes": [],
        },
        {**rnn, "inbound_nodes": [[["i", 0, 0, {}], ["h", 0, 0, {}]]]},
    ]
    ends = {"input_layers": [["i", 0, 0], ["h", 0, 0]], "output_layers": [["r", 0, 0]]}
    model = {"class_name": "Model", "config": {"name": "m", "layers": layers, **ends}}
    listed = [("r/kernel:0", random(3, 2)), ("r/recurrent_kernel:0", random(2, 2))]
    assert foretold(write(None, {"r": listed}, model=model)).loads == "no"


def test_an_audit_finds_weights_that_the_config_does_not_imply(write, random):
    layers = [INPUT, dense("d", 3, 2, use_bias=False)]
    subject = api.audit(write(layers, {"d": [("d/kernel:0", random(3, 5))]}, "2.15.0")).subjects[0]
    assert subject.verdict == "flagged"
    assert "KAV423" in {finding.rule for finding in subject.findings}
