"""Adapted layers, lookups, images."""

import numpy as np

from cases import L, case, chain, chain_of, inp, ints, keras, rnd
from cases.layers import S, V


@case("pp_normalization_adapted")
def _():
    layer = L.Normalization(axis=-1)
    layer.adapt(rnd(20, 4) * 3.0 + 1.0)
    return chain(V, layer, L.Dense(2))


@case("pp_normalization_axes")
def _():
    layer = L.Normalization(axis=(1, 2))
    layer.adapt(rnd(20, 6, 3) * 2.0)
    return chain(S, layer)


@case("pp_normalization_axis_none")
def _():
    layer = L.Normalization(axis=None)
    layer.adapt(rnd(20, 6, 3) * 2.0 + 5.0)
    return chain(S, layer)


@case("pp_normalization_invert")
def _():
    layer = L.Normalization(axis=-1, invert=True)
    layer.adapt(rnd(20, 4) * 3.0 + 1.0)
    return chain(V, layer)


@case("pp_normalization_constants")
def _():
    return chain(V, L.Normalization(axis=-1, mean=[1.0, 2.0, 3.0, 4.0], variance=[1.0, 4.0, 9.0, 2.0]))


@case("pp_category_onehot", x=ints(4, 2, 1))
def _():
    return chain_of(inp(1, dtype="int32"), L.CategoryEncoding(4, output_mode="one_hot"))


@case("pp_category_count", x=[ints(4, 2, 3), np.abs(rnd(2, 3))])
def _():
    x, w = inp(3, dtype="int32"), inp(3)
    return keras.Model([x, w], L.CategoryEncoding(4, output_mode="count")(x, count_weights=w))


@case("pp_discretization")
def _():
    return chain(V, L.Discretization(bin_boundaries=[-0.5, 0.0, 0.7], output_mode="int"))


@case("pp_discretization_adapted")
def _():
    layer = L.Discretization(num_bins=4, epsilon=0.01, output_mode="multi_hot")
    layer.adapt(rnd(40, 1))
    return chain(V, layer)


@case("pp_hashing_int", x=ints(50, 2, 3))
def _():
    return chain_of(inp(3, dtype="int32"), L.Hashing(7, salt=[13, 17], mask_value=1))


@case("pp_hashing_str", x=np.array([["a", "bb"], ["c", "a"]]))
def _():
    return chain_of(inp(2, dtype="string"), L.Hashing(5))


@case("pp_hashedcrossing", x=[ints(9, 2, 1), ints(7, 2, 1)])
def _():
    a, b = inp(1, dtype="int64"), inp(1, dtype="int64")
    return keras.Model([a, b], L.HashedCrossing(6, output_mode="one_hot")((a, b)))


@case("pp_integerlookup", x=np.array([[12, 99], [7, 36]], "int64"))
def _():
    return chain_of(inp(2, dtype="int64"), L.IntegerLookup(vocabulary=[12, 36, 7], num_oov_indices=2, mask_token=0))


@case("pp_integerlookup_adapted", x=np.array([[12, 99], [7, 36]], "int64"))
def _():
    layer = L.IntegerLookup(output_mode="multi_hot")
    layer.adapt(np.array([12, 12, 12, 36, 36, 7]))
    return chain_of(inp(2, dtype="int64"), layer)


@case("pp_stringlookup", x=np.array([["a", "zz"], ["c", "b"]]))
def _():
    return chain_of(
        inp(2, dtype="string"), L.StringLookup(vocabulary=["c", "a", "b"], num_oov_indices=1, mask_token="")
    )


@case("pp_stringlookup_two_adapted", x=[np.array([["a"], ["zz"]]), np.array([["x"], ["y"]])])
def _():
    """Two vocabularies of one size: a wrong path loads and looks up something else."""
    first, second = L.StringLookup(), L.StringLookup()
    first.adapt(np.array(["b", "b", "a"]))
    second.adapt(np.array(["y", "y", "x"]))
    a, b = inp(1, dtype="string"), inp(1, dtype="string")
    return keras.Model([a, b], [second(b), first(a)])


@case("pp_stringlookup_tfidf", x=np.array([["a", "zz"], ["c", "b"]]))
def _():
    layer = L.StringLookup(output_mode="tf_idf")
    layer.adapt(np.array([["a", "b"], ["a", "c"]]))
    return chain_of(inp(2, dtype="string"), layer)


@case("pp_textvectorization", x=np.array([["Hello world, hello"], ["a b"]]))
def _():
    layer = L.TextVectorization(max_tokens=20, output_mode="int", output_sequence_length=5)
    layer.adapt(["hello world", "a hello"])
    return chain_of(inp(1, dtype="string"), layer, L.Embedding(20, 3, mask_zero=True), L.LSTM(2))


@case("pp_textvectorization_tfidf", x=np.array([["Hello world, hello"], ["a b"]]))
def _():
    layer = L.TextVectorization(output_mode="tf_idf", ngrams=2, standardize="lower")
    layer.adapt(["hello world", "a hello"])
    return chain_of(inp(1, dtype="string"), layer)


@case("pp_image_pipeline")
def _():
    return keras.Sequential(
        [
            keras.Input((8, 8, 3)),
            L.Rescaling(1 / 255.0),
            L.RandomFlip(),
            L.RandomContrast(0.2),
            L.Resizing(6, 6),
            L.Conv2D(4, 3, activation="relu"),
            L.MaxPooling2D(),
            L.Flatten(),
            L.Dense(2),
        ]
    )
