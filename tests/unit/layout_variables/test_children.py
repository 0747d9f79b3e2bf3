from __future__ import annotations

from typing import Any

from kerasarchive.layout import variables


def test_attention_makes_its_projections() -> None:
    config = {
        "num_heads": 2,
        "key_dim": 3,
        "value_dim": None,
        "use_bias": True,
        "output_shape": None,
        "dtype": "float32",
    }
    names = ("query_dense", "key_dense", "value_dense", "_softmax", "_dropout_layer", "output_dense")
    assert variables.implicit("MultiHeadAttention", config, 3) == names
    assert variables.implicit("MultiHeadAttention", config, 2)[0] == "_query_dense"
    shapes = {
        part.path[0]: [v.shape for v in part.variables or ()]
        for part in variables.tree("MultiHeadAttention", config, input_shape=[[None, 5, 4], [None, 7, 6]])
        if part.path
    }
    assert shapes["query_dense"] == [(4, 2, 3), (2, 3)]
    assert shapes["key_dense"] == shapes["value_dense"] == [(6, 2, 3), (2, 3)]
    assert shapes["output_dense"] == [(2, 3, 4), (4,)]


def test_a_bidirectional_holds_two_of_one_config() -> None:
    layer = {"class_name": "LSTM", "module": "keras.layers", "config": {"units": 3}}
    parts = list(variables.tree("Bidirectional", {"layer": layer}, input_shape=[None, 5, 4]))
    assert [part.path for part in parts] == [
        (),
        ("forward_layer",),
        ("forward_layer", "cell"),
        ("backward_layer",),
        ("backward_layer", "cell"),
    ]
    assert parts[2].variables is not None
    assert parts[2].variables[0].shape == (4, 12)


def test_stacked_cells_feed_each_other() -> None:
    cells = [
        {"class_name": "GRUCell", "module": "keras.layers", "config": {"units": n, "reset_after": True}} for n in (3, 2)
    ]
    cell = {"class_name": "StackedRNNCells", "module": "keras.layers", "config": {"cells": cells}}
    parts = list(variables.tree("RNN", {"cell": cell}, input_shape=[None, 5, 4]))
    kernels = {part.path: part.variables[0].shape for part in parts if part.variables}
    assert kernels == {("cell", "cells", "0"): (4, 9), ("cell", "cells", "1"): (3, 6)}


def test_a_custom_cell_is_unknown() -> None:
    cell = {"class_name": "GRUCell", "module": "labpkg", "registered_name": "labpkg>GRUCell", "config": {"units": 3}}
    parts = list(variables.tree("RNN", {"cell": cell}))
    assert [part.variables for part in parts] == [(), None]


def test_copies_of_copies_end() -> None:
    layer: dict[str, Any] = {"class_name": "LSTM", "config": {"units": 3}}
    for _ in range(60):
        layer = {"class_name": "Bidirectional", "config": {"layer": layer}}
    parts = list(variables.tree("Bidirectional", layer["config"]))
    assert len(parts) == variables.MAX_PARTS + 1
    assert parts[-1].variables is None
