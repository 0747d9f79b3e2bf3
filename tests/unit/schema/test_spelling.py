"""Slips of the pen are told from what people call their own things."""

import pytest

from kerasarchive.schema.spelling import is_name, slip

KNOWN = ["Activation", "ConvLSTM2D", "Dense", "LSTM", "elu", "linear", "relu", "selu", "sigmoid", "softmax", "tanh"]


@pytest.mark.parametrize(("word", "meant"), [
    ("relux", "relu"), ("rel", "relu"), ("sofmax", "softmax"), ("lienar", "linear"), ("sigmiod", "sigmoid"),
    ("Relu", "relu"), ("dense", "Dense"), ("LSTMs", "LSTM"), ("softnax", "softmax"),
])
def test_slips(word, meant):
    assert slip(word, KNOWN) == meant


@pytest.mark.parametrize("word", ["relu6", "crelu", "mish", "swish", "gelu", "Attention", "ConvLSTM3D", "MyDense", "relu"])
def test_names_of_ones_own(word):
    assert slip(word, KNOWN) == ""


@pytest.mark.parametrize(("word", "expected"), [
    ("my_act", True), ("<lambda>", True), ("None", False), ("keras.layers", False), ("two words", False), ("", False)])
def test_what_can_be_a_name(word, expected):
    assert is_name(word) is expected
