"""References between layers, in Keras 3's form of nodes and in Keras 2's."""

import pytest

from kerasarchive.model.location import in_json
from kerasarchive.validation.graph import check_graph

AT = in_json("config.json").at("config")


def tensor(layer, node=0, index=0):
    return {"class_name": "__keras_tensor__",
            "config": {"shape": [None, 1], "dtype": "float32", "keras_history": [layer, node, index]}}


def layer(name, *inputs, form=3, class_name="Dense"):
    nodes = [{"args": [tensor(*args)], "kwargs": {}} if form == 3 else [[*args, {}]] for args in inputs]
    return {"class_name": class_name, "name": name, "config": {"name": name}, "inbound_nodes": nodes}


def config(*layers, inputs=("x", 0, 0), outputs=("y", 0, 0)):
    return {"name": "m", "layers": list(layers), "input_layers": [list(inputs)], "output_layers": [list(outputs)]}


def found(graph, major=3):
    return [(finding.rule, str(finding.location).partition("#")[2]) for finding in check_graph(graph, AT, major)]


@pytest.mark.parametrize("form", [2, 3])
def test_a_sound_graph_is_clean(form):
    graph = config(layer("x", class_name="InputLayer"), layer("y", ("x", 0, 0), form=form))
    assert found(graph, form) == []


@pytest.mark.parametrize("form", [2, 3])
def test_a_dangling_reference_names_the_nearest_layer(form):
    graph = config(layer("input", class_name="InputLayer"), layer("y", ("inputs", 0, 0), form=form),
                   inputs=("input", 0, 0))
    (finding,) = check_graph(graph, AT, form)
    assert (finding.rule, finding.remedy) == ("KAV411", "did you mean 'input'?")
    assert str(finding.location).startswith("config.json#/config/layers/1/inbound_nodes/0")


def test_calls_are_counted():
    graph = config(layer("x", class_name="InputLayer"), layer("y", ("x", 0, 0)), layer("z", ("y", 1, 0)))
    assert found(graph) == [("KAV411", "/config/layers/2/inbound_nodes/0/args/0/config/keras_history")]


def test_a_nested_model_has_a_call_of_its_own_making():
    """Keras 2 counts it everywhere, Keras 3 where a model's outputs are named, and nowhere else."""
    def graph(node, form):
        return config(layer("x", class_name="InputLayer"), layer("m", ("x", 0, 0), form=form, class_name="Functional"),
                      layer("y", ("m", node, 0), form=form))

    assert found(graph(1, 2), 2) == []
    assert found(graph(0, 3), 3) == []
    assert [rule for rule, _ in found(graph(1, 3), 3)] == ["KAV411"]
    outer = config(layer("x", class_name="InputLayer"), layer("m", ("x", 0, 0), class_name="Functional"),
                   outputs=("m", 1, 0))
    assert found(outer) == []


def test_missing_ends():
    graph = config(layer("x", class_name="InputLayer"), inputs=("nope", 0, 0), outputs=("x", 0, 0))
    assert found(graph) == [("KAV411", "/config/input_layers/0")]
    graph["input_layers"] = ["x", 0]
    assert found(graph) == [("KAV412", "/config/input_layers")]


def test_a_cycle_is_named():
    graph = config(layer("x", class_name="InputLayer"), layer("a", ("c", 0, 0)), layer("b", ("a", 0, 0)),
                   layer("c", ("b", 0, 0)), layer("y", ("c", 0, 0)))
    (finding,) = check_graph(graph, AT, 3)
    assert finding.rule == "KAV413"
    for name in "abc":
        assert name in finding.message.partition(": ")[2].split(" -> ")


def test_a_layer_called_on_its_own_other_output_is_no_cycle():
    graph = config(layer("x", class_name="InputLayer"), layer("y", ("x", 0, 0), ("y", 0, 0)), outputs=("y", 1, 0))
    assert found(graph) == []


def test_duplicate_names():
    graph = config(layer("x", class_name="InputLayer"), layer("y", ("x", 0, 0)), layer("y", ("x", 0, 0)))
    assert found(graph) == [("KAV414", "/config/layers/2/name")]


@pytest.mark.parametrize("history", [None, [], ["x"], ["x", 0], ["x", "0", 0], ["x", -1, 0], ["x", 0, -1], [3, 0, 0],
                                     ["x", True, 0], {"a": 1}])
def test_malformed_references(history):
    graph = config(layer("x", class_name="InputLayer"), layer("y", ("x", 0, 0)))
    graph["layers"][1]["inbound_nodes"][0]["args"][0]["config"]["keras_history"] = history
    assert [rule for rule, _ in found(graph)] == ["KAV412"]


def test_a_very_long_chain_is_no_danger():
    layers = [layer("l0", class_name="InputLayer"), *(layer(f"l{i}", (f"l{i - 1}", 0, 0)) for i in range(1, 20_000))]
    assert found(config(*layers, inputs=("l0", 0, 0), outputs=("l19999", 0, 0))) == []
