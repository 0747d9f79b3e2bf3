"""Weights of whole-model HDF5 files: as many as the layers ask for, in their shapes."""

import json

import h5py
import numpy as np
import pytest

from kerasarchive import api


def validated(path, bias):
    config = {"name": "lstm", "trainable": True, "batch_input_shape": [None, 4, 3], "dtype": "float32", "units": 2,
              "activation": "tanh", "recurrent_activation": "sigmoid", "use_bias": True}
    layers = [{"class_name": "LSTM", "config": config}]
    with h5py.File(path, "w") as file:
        file.attrs["keras_version"] = "2.3.1"
        file.attrs["backend"] = "tensorflow"
        file.attrs["model_config"] = json.dumps({"class_name": "Sequential", "config": {"name": "s", "layers": layers}})
        weights = file.create_group("model_weights")
        weights.attrs["layer_names"] = [b"lstm"]
        group = weights.create_group("lstm")
        shapes = {"lstm/kernel:0": (3, 8), "lstm/recurrent_kernel:0": (2, 8), "lstm/bias:0": bias}
        group.attrs["weight_names"] = [name.encode() for name in shapes]
        for name, shape in shapes.items():
            group[name] = np.zeros(shape, "float32")
    return [finding.rule for finding in api.validate(path).subjects[0].findings if finding.severity != "info"]


@pytest.mark.parametrize(("bias", "rules"), [((8,), []), ((16,), []), ((9,), ["KAV423"])])
def test_a_bias_of_the_cudnn_twin_is_taken(tmp_path, bias, rules):
    assert validated(tmp_path / "a.h5", bias) == rules
