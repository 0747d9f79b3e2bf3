"""Masks that Keras 3 hands on or combines otherwise, on graphs that TF 2.15 was seen to compute differently."""

import pytest

from kerasarchive.migration import Log, Node, Object, Ref, Step, catalogue

MASKS = next(Step(migration) for migration in catalogue("keras") if migration.name == "keras/v3_0__masks")


def layer(cls, name, *inputs, **config):
    refs = [Ref(one, 0, 0) for one in inputs]
    nodes = (Node((refs if len(refs) > 1 else refs[0],)),) if refs else ()
    return Object(cls, "keras.layers", {"name": name, **config}, name=name, nodes=nodes)


def model(*layers):
    ends = {"input_layers": Ref("ids", 0, 0), "output_layers": Ref(layers[-1].name, 0, 0)}
    return Object("Functional", "keras.src.models.functional", {"name": "m", "layers": list(layers), **ends})


def refusals(*layers):
    log = Log()
    embedding = layer("Embedding", "embedding", "ids", mask_zero=True)
    MASKS.apply(model(layer("InputLayer", "ids"), embedding, *layers), log)
    return [refusal.reason for refusal in log.refusals]


LSTM = {"return_sequences": False}


@pytest.mark.parametrize("cls", ["Add", "Concatenate", "Maximum"])
def test_one_mask_and_none(cls):
    conv = layer("Conv1D", "conv", "embedding")
    said = refusals(conv, layer(cls, "merged", "embedding", "conv"), layer("LSTM", "lstm", "merged", **LSTM))
    assert len(said) == 1
    assert "LSTM 'lstm'" in said[0]


@pytest.mark.parametrize("cls", ["Dense", "LayerNormalization", "LSTM", "MultiHeadAttention"])
def test_the_same_mask_by_two_ways(cls):
    other = layer(cls, "other", "embedding", return_sequences=True)
    assert not refusals(other, layer("Add", "sum", "embedding", "other"), layer("LSTM", "lstm", "sum", **LSTM))


def test_no_layer_uses_the_merged_mask():
    conv = layer("Conv1D", "conv", "embedding")
    assert not refusals(conv, layer("Add", "sum", "embedding", "conv"), layer("Dense", "dense", "sum"))


@pytest.mark.parametrize("cls", ["Identity", "Rescaling", "Normalization"])
def test_layers_that_hand_a_mask_on_only_now(cls):
    assert refusals(layer(cls, "between", "embedding"), layer("GlobalAveragePooling1D", "pool", "between"))


@pytest.mark.parametrize("cls", ["Conv1D", "Dense", "Reshape"])
def test_layers_that_treat_a_mask_as_before(cls):
    assert not refusals(layer(cls, "between", "embedding"), layer("GlobalAveragePooling1D", "pool", "between"))


def test_a_sequential_model_is_a_chain():
    chain = [
        Object("InputLayer", "keras.layers", {"name": "ids"}),
        Object("Embedding", "keras.layers", {"name": "e", "mask_zero": True}),
        Object("Rescaling", "keras.layers", {"name": "r"}),
        Object("LSTM", "keras.layers", {"name": "l", **LSTM}),
    ]
    log = Log()
    MASKS.apply(Object("Sequential", "keras", {"name": "s", "layers": chain}), log)
    assert len(log.refusals) == 1
