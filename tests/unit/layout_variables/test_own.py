from __future__ import annotations

from typing import Any

import pytest

from kerasarchive.layout import variables

F32 = {"dtype": "float32"}


def told(class_name: str, config: dict[str, Any], shape: Any = None, major: int = 3) -> list[tuple[Any, ...]]:
    found = variables.own(class_name, F32 | config, input_shape=shape, major=major)
    assert found is not None
    return [(v.name, v.shape, v.trainable) for v in found]


def test_dense() -> None:
    assert told("Dense", {"units": 4, "use_bias": True}, [None, 3]) == [("kernel", (3, 4), True), ("bias", (4,), True)]


def test_a_shape_is_known_as_far_as_the_config_tells() -> None:
    assert told("Dense", {"units": 4, "use_bias": False}) == [("kernel", (None, 4), True)]


@pytest.mark.parametrize(
    ("class_name", "config", "shape", "shapes"),
    [
        ("Conv2D", {"filters": 6, "kernel_size": [3, 2], "groups": 2}, [None, 8, 8, 4], [(3, 2, 2, 6), (6,)]),
        ("Conv1D", {"filters": 6, "kernel_size": 3, "data_format": "channels_first"}, [1, 5, 9], [(3, 5, 6), (6,)]),
        ("Conv2DTranspose", {"filters": 6, "kernel_size": [3, 3]}, [None, 8, 8, 4], [(3, 3, 6, 4), (6,)]),
        ("DepthwiseConv2D", {"kernel_size": [3, 3], "depth_multiplier": 2}, [None, 8, 8, 4], [(3, 3, 4, 2), (8,)]),
        (
            "SeparableConv1D",
            {"filters": 6, "kernel_size": [3], "depth_multiplier": 2},
            [None, 8, 4],
            [(3, 4, 2), (1, 8, 6), (6,)],
        ),
        ("Embedding", {"input_dim": 9, "output_dim": 2}, [None, 7], [(9, 2)]),
        ("LSTMCell", {"units": 3}, [None, 5], [(5, 12), (3, 12), (12,)]),
        ("GRUCell", {"units": 3, "reset_after": True}, [None, 5], [(5, 9), (3, 9), (2, 9)]),
        ("GRUCell", {"units": 3, "reset_after": False}, [None, 5], [(5, 9), (3, 9), (9,)]),
        ("PReLU", {"shared_axes": [1]}, [None, 5, 3], [(1, 3)]),
        ("LayerNormalization", {"axis": [1, 2]}, [None, 5, 3], [(5, 3), (5, 3)]),
        (
            "EinsumDense",
            {"equation": "abc,cd->abd", "output_shape": [None, 6], "bias_axes": "d"},
            [None, 5, 3],
            [(3, 6), (6,)],
        ),
        ("EinsumDense", {"equation": "...x,xy->...y", "output_shape": 4, "bias_axes": None}, [None, 5, 3], [(3, 4)]),
    ],
)
def test_shapes(class_name: str, config: dict[str, Any], shape: list[Any], shapes: list[tuple[int, ...]]) -> None:
    assert [found[1] for found in told(class_name, config, shape)] == shapes


def test_what_is_not_trained_comes_after_what_is() -> None:
    names = told("BatchNormalization", {"axis": -1}, [None, 3])
    assert [(name, trainable) for name, _, trainable in names] == [
        ("gamma", True),
        ("beta", True),
        ("moving_mean", False),
        ("moving_variance", False),
    ]
    assert told("BatchNormalization", {"axis": [3]}, [None, 2, 2, 5], major=2)[0] == ("gamma", (5,), True)
    fourier = told("RandomFourierFeatures", {"output_dim": 4}, [None, 3], major=2)
    assert [name for name, *_ in fourier] == ["kernel_scale", "unscaled_kernel", "bias"]


def test_normalization_that_was_given_its_statistics_stores_none() -> None:
    assert told("Normalization", {"axis": [-1], "mean": [0.0]}, [None, 3]) == []
    assert [name for name, *_ in told("Normalization", {"axis": [-1]}, [None, 3])] == ["mean", "variance", "count"]


def test_lora_is_trained_and_never_stored() -> None:
    found = variables.own("Dense", {"units": 4, "lora_rank": 2}, input_shape=[None, 3])
    assert found is not None
    assert [(v.name, v.trainable, v.key) for v in found] == [
        ("kernel", False, "0"),
        ("bias", True, "1"),
        ("lora_kernel_a", True, None),
        ("lora_kernel_b", True, None),
    ]


def test_quantized_dense_stores_its_scale_last() -> None:
    policy = {"class_name": "QuantizedDTypePolicy", "config": {"mode": "int8", "source_name": "float32"}}
    found = variables.own("Dense", {"units": 4, "dtype": policy}, input_shape=[None, 3])
    assert found is not None
    assert [(v.name, v.shape, v.dtype, v.trainable) for v in found] == [
        ("kernel", (3, 4), "int8", False),
        ("bias", (4,), "float32", True),
        ("kernel_scale", (4,), "float32", False),
    ]


def test_mixed_precision_keeps_variables_in_float32() -> None:
    policy = {"class_name": "DTypePolicy", "config": {"name": "mixed_float16"}}
    assert variables.variable_dtype(policy) == variables.variable_dtype("mixed_bfloat16") == "float32"
    assert variables.variable_dtype("float16") == "float16"
    assert variables.variable_dtype(None) is None


def test_an_unknown_class_is_not_guessed() -> None:
    assert variables.own("Scale", {"units": 3}) is None
    assert variables.own("Dropout", {}) == ()


def test_custom_classes_are_told_from_keras_own() -> None:
    assert variables.is_builtin("keras.layers", None)
    assert variables.is_builtin(None)
    assert not variables.is_builtin("labpkg.layers", "labpkg>Dense")
    assert not variables.is_builtin("custom", None)
    assert not variables.is_builtin(None, None, "labpkg>Dense")


@pytest.mark.parametrize("junk", [None, "x", -1, 10**40, True, [], [1, "a"], {"a": 1}, [[[]]], 1.5])
@pytest.mark.parametrize(
    "class_name",
    [
        "Dense",
        "Conv2D",
        "EinsumDense",
        "BatchNormalization",
        "LSTM",
        "MultiHeadAttention",
        "Bidirectional",
        "PReLU",
        "Normalization",
        "LocallyConnected2D",
        "StackedRNNCells",
        "GRUCell",
        "ConvLSTM2D",
    ],
)
def test_wrong_types_give_unknown_shapes_never_errors(class_name: str, junk: Any) -> None:
    keys = (
        "units",
        "filters",
        "kernel_size",
        "axis",
        "equation",
        "output_shape",
        "bias_axes",
        "num_heads",
        "key_dim",
        "layer",
        "cells",
        "cell",
        "shared_axes",
        "strides",
        "groups",
        "dtype",
        "query_shape",
        "lora_rank",
    )
    for config in (dict.fromkeys(keys, junk), *({key: junk} for key in keys)):
        for shape in (junk, [None, 3], [junk, junk], [None] * 40, {"query_shape": junk}):
            for major in (2, 3):
                list(variables.tree(class_name, config, input_shape=shape, major=major))


def test_blocks_of_four_bits_store_a_zero_point_and_an_index() -> None:
    policy = {"class_name": "QuantizedDTypePolicy", "config": {"mode": "int4/128", "source_name": "float32"}}
    for class_name, config in (("Dense", {"units": 4}), ("Embedding", {"input_dim": 9, "output_dim": 4})):
        found = variables.own(class_name, config | {"dtype": policy}, input_shape=[None, 3])
        assert found is not None
        assert [v.name for v in found][-1] == "g_idx"
        assert not any(v.trainable for v in found if v.name != "bias")


def test_a_lookup_stores_its_frequencies_by_name() -> None:
    found = variables.own("StringLookup", {"output_mode": "tf_idf"})
    assert found is not None
    assert [(v.key, v.trainable) for v in found] == [("idf_weights", False)]


def test_the_kernel_of_spectral_normalization_is_the_layers_own() -> None:
    layer = {"class_name": "Dense", "config": {"units": 3}}
    found = variables.own("SpectralNormalization", {"layer": layer}, input_shape=[None, 4])
    assert found is not None
    assert [(v.name, v.shape, v.alias, v.trainable) for v in found] == [
        ("kernel", (4, 3), ("layer", "kernel"), True),
        ("vector_u", (1, 3), (), False),
    ]
