"""How a serialized object finds its class."""

import pytest

from kerasarchive import schema
from kerasarchive.model.config import ObjectNode
from kerasarchive.model.location import Location

K2 = schema.load("keras==2.15.0")
K3 = schema.load("keras==3.15.1")


def node(class_name, module=None, registered_name=None, **config):
    data = {"class_name": class_name, "config": config}
    if module is not None:
        data["module"] = module
    if registered_name is not None:
        data["registered_name"] = registered_name
    return ObjectNode(data, Location())


@pytest.mark.parametrize(("loaded", "wanted", "role", "name"), [
    (K3, node("Dense", "keras.layers"), "", "keras.layers.Dense"),
    (K3, node("Dense", "keras.src.layers.core.dense"), "", "keras.layers.Dense"),
    (K3, node("Dense", "keras.src.layers"), "", "keras.layers.Dense"),
    (K3, node("Sequential", "keras"), "", "keras.Sequential"),
    (K3, node("Sequential", "keras.models"), "", "keras.Sequential"),
    (K3, node("Functional", "keras.src.models.functional"), "", "keras.src.models.functional.Functional"),
    (K3, node("Add", "keras.src.ops.numpy"), "", "keras.src.ops.numpy.Add"),
    (K3, node("Add", "keras.layers"), "", "keras.layers.Add"),
    (K3, node("OrthogonalInitializer", "keras.initializers"), "initializer", "keras.initializers.Orthogonal"),
    (K3, node("Adam"), "optimizer", "keras.optimizers.Adam"),
    (K3, node("adam"), "optimizer", "keras.optimizers.Adam"),
    (K3, node("Dense"), "layer", "keras.layers.Dense"),
    (K2, node("Functional", "keras.src.engine.functional"), "", "keras.src.engine.functional.Functional"),
    (K2, node("TFOpLambda", "keras.src.layers.core.tf_op_layer"), "",
     "keras.src.layers.core.tf_op_layer.TFOpLambda"),
    (K2, node("LSTM"), "layer", "keras.layers.LSTM"),
    (K2, node("Custom>Adam"), "optimizer", "keras.optimizers.Adam"),
    (K2, node("Adam", learning_rate=0.1), "optimizer", "keras.optimizers.legacy.Adam"),
    (K2, node("Zeros"), "initializer", "keras.initializers.Zeros"),
])
def test_found(loaded, wanted, role, name):
    assert loaded.find(wanted, role).name == name


@pytest.mark.parametrize(("loaded", "wanted", "role"), [
    (K3, node("Functional", "keras.src.engine.functional"), "layer"),
    (K3, node("Scale", "labpkg", "labpkg>Scale"), "layer"),
    (K3, node("Dense", "keras.layers", "mine>Dense"), "layer"),
    (K3, node("ThresholdedReLU", "keras.layers"), "layer"),
    (K3, node("Dense", "keras.layers"), "initializer"),
    (K3, node("function", "builtins"), "activation"),
    (K2, node("GroupQueryAttention", "keras.layers"), "layer"),
])
def test_not_found(loaded, wanted, role):
    assert loaded.find(wanted, role) is None


def test_functions():
    assert K3.accepts_function("relu", "activation")
    assert K3.accepts_function("keras.activations.relu", "activation")
    assert K3.accepts_function("mean_squared_error")
    assert K3.accepts_function("keras.ops.relu")
    assert not K3.accepts_function("mean_squared_error", "activation")
    assert not K3.accepts_function("os.system")
    assert not K3.accepts_function("GlorotUniform", "initializer")


def test_words_differ_between_releases():
    assert "celu" in K3.words("activation")
    assert "celu" not in K2.words("activation")
    assert K3.words("initializer")["glorot_uniform"] == "keras.initializers.GlorotUniform"


def test_a_misspelling_is_recognised_and_a_name_of_ones_own_is_not():
    assert K3.nearest("Dnese", "layer") == "Dense"
    assert K3.nearest("LTSM", "layer") == "LSTM"
    assert K3.nearest("MyDense", "layer") == ""


def test_definitions_are_plain_json_schema():
    definition = K3.definition(K3.get("keras.layers.Conv2D"))
    assert definition["required"] == ["filters", "kernel_size"]
    assert {"enum": sorted(K3.words("activation"))} in definition["properties"]["activation"]["anyOf"]
    assert definition["properties"]["padding"]["pattern"] == "^([sS][aA][mM][eE]|[vV][aA][lL][iI][dD])$"


@pytest.mark.parametrize("release", ["keras==2.12.0", "keras==2.15.0", "keras==3.0.5", "keras==3.15.1"])
def test_a_lookup_of_text_may_weigh_by_frequency(release):
    """With a vocabulary and no weights this mode is refused, so that trying words one by one had missed it."""
    modes = schema.load(release).raw["keras.layers.StringLookup"]["properties"]["output_mode"]["x-kav-words"]
    assert {"int", "one_hot", "tf_idf"} <= set(modes)
