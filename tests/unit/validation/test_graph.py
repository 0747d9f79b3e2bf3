"""References between layers, in Keras 3's form of nodes and in Keras 2's."""

import pytest

from kerasarchive import schema
from kerasarchive.model.location import in_json
from kerasarchive.validation.graph import check_chain, check_graph
from kerasarchive.validation.loader import loader

AT = in_json("config.json").at("config")
RELEASES = {2: "2.15.0", 3: "3.15.1"}


def tensor(layer, node=0, index=0):
    return {"class_name": "__keras_tensor__",
            "config": {"shape": [None, 1], "dtype": "float32", "keras_history": [layer, node, index]}}


def layer(name, *inputs, form=3, class_name="Dense"):
    nodes = [{"args": [tensor(*args)], "kwargs": {}} if form == 3 else [[*args, {}]] for args in inputs]
    return {"class_name": class_name, "name": name, "config": {"name": name}, "inbound_nodes": nodes}


def config(*layers, inputs=("x", 0, 0), outputs=("y", 0, 0)):
    return {"name": "m", "layers": list(layers), "input_layers": [list(inputs)], "output_layers": [list(outputs)]}


def findings(graph, version="3.15.1"):
    known = schema.load(f"keras=={version}")
    return list(check_graph(graph, AT, known, loader(known.release)))


def found(graph, major=3):
    return [(one.rule, str(one.location).partition("#")[2]) for one in findings(graph, RELEASES[major])]


@pytest.mark.parametrize("form", [2, 3])
def test_a_sound_graph_is_clean(form):
    graph = config(layer("x", class_name="InputLayer"), layer("y", ("x", 0, 0), form=form))
    assert found(graph, form) == []


@pytest.mark.parametrize("form", [2, 3])
def test_a_dangling_reference_names_the_nearest_layer(form):
    graph = config(layer("input", class_name="InputLayer"), layer("y", ("inputs", 0, 0), form=form),
                   inputs=("input", 0, 0))
    (finding,) = findings(graph, RELEASES[form])
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
    (finding,) = findings(graph)
    assert finding.rule == "KAV413"
    for name in "abc":
        assert name in finding.message.partition(": ")[2].split(" -> ")


def test_a_layer_called_on_its_own_other_output_is_no_cycle():
    graph = config(layer("x", class_name="InputLayer"), layer("y", ("x", 0, 0), ("y", 0, 0)), outputs=("y", 1, 0))
    assert found(graph) == []


def test_duplicate_names():
    graph = config(layer("x", class_name="InputLayer"), layer("y", ("x", 0, 0)), layer("y", ("x", 0, 0)))
    assert found(graph) == [("KAV414", "/config/layers/2/name")]


@pytest.mark.parametrize("history", [None, [], ["x"], ["x", 0], ["x", "0", 0], [3, 0, 0], {"a": 1}, ["x", 0.0, 0]])
def test_malformed_references(history):
    graph = config(layer("x", class_name="InputLayer"), layer("y", ("x", 0, 0)))
    graph["layers"][1]["inbound_nodes"][0]["args"][0]["config"]["keras_history"] = history
    assert {rule for rule, _ in found(graph)} == {"KAV412"}


@pytest.mark.parametrize("history", [["x", -1, 0], ["x", 0, -1], ["x", False, 0]])
def test_python_counts_from_the_end_and_false_is_zero(history):
    graph = config(layer("x", class_name="InputLayer"), layer("y", ("x", 0, 0)))
    graph["layers"][1]["inbound_nodes"][0]["args"][0]["config"]["keras_history"] = history
    assert found(graph) == []


@pytest.mark.parametrize("node", [-2, 1, True])
def test_a_call_that_there_is_not(node):
    graph = config(layer("x", class_name="InputLayer"), layer("y", ("x", node, 0)))
    assert [rule for rule, _ in found(graph)] == ["KAV411"]


def test_an_output_needs_an_input():
    graph = config(layer("x", class_name="InputLayer"), layer("z", class_name="InputLayer"), layer("y", ("z", 0, 0)))
    (finding,) = findings(graph)
    assert finding.rule == "KAV411"
    assert "none of the model's inputs" in finding.message


def test_an_output_that_is_an_input_and_computed():
    graph = config(layer("x", class_name="InputLayer"), layer("y", ("x", 0, 0)), inputs=("y", 0, 0))
    assert [rule for rule, _ in found(graph)] == ["KAV411"]


def test_layers_that_call_themselves_alike():
    graph = config(layer("x", class_name="InputLayer"), layer("z", ("x", 0, 0)), layer("y", ("z", 0, 0)))
    graph["layers"][2]["config"]["name"] = "z"
    assert found(graph) == [("KAV414", "/config/layers/2/config/name")]


def test_a_layer_without_a_name_of_its_own_takes_one_that_is_taken():
    graph = config(layer("x", class_name="InputLayer"), layer("dense", ("x", 0, 0)), layer("y", ("dense", 0, 0)))
    del graph["layers"][2]["config"]["name"]
    assert found(graph) == [("KAV414", "/config/layers/2/config/name")]


@pytest.mark.parametrize(("version", "rules"), [("3.6.0", ["KAV413"]), ("3.7.0", [])])
def test_early_releases_do_not_come_back_for_what_is_listed_too_early(version, rules):
    graph = config(layer("x", class_name="InputLayer"), layer("y", ("z", 0, 0)), layer("z", ("x", 0, 0)))
    graph["input_layers"], graph["output_layers"] = [["x", 0, 0]], [["y", 0, 0]]
    assert [one.rule for one in findings(graph, version)] == rules


@pytest.mark.parametrize("key", ["name", "inbound_nodes"])
def test_what_every_layer_of_a_graph_says(key):
    graph = config(layer("x", class_name="InputLayer"), layer("y", ("x", 0, 0)))
    del graph["layers"][1][key]
    assert found(graph)[0][0] in ("KAV409", "KAV412")


@pytest.mark.parametrize(("call", "rules"), [
    ({"args": []}, ["KAV412", "KAV402"]),
    ({"kwargs": {}}, ["KAV412", "KAV402"]),
    ({"args": [tensor("x")], "kwargs": {"mask": None}}, ["KAV401"]),
    ({"args": [tensor("x")], "kwargs": {"training": True}}, []),
    ({"args": [tensor("x"), tensor("x"), tensor("x")], "kwargs": {}}, ["KAV412"]),
    ({"args": [5], "kwargs": {}}, ["KAV412", "KAV412"]),
    ({"args": [[]], "kwargs": {}}, ["KAV412"]),
    ({"args": [tensor("x") | {"class_name": "__tensor__ "}], "kwargs": {}}, ["KAV412", "KAV412"]),
    ([], ["KAV412"]),
    ("x", ["KAV412"]),
])
def test_calls_of_a_layer(call, rules):
    graph = config(layer("x", class_name="InputLayer"), layer("y", ("x", 0, 0)))
    graph["layers"][1]["module"] = "keras.layers"
    graph["layers"][1]["inbound_nodes"] = [call]
    assert [rule for rule, _ in found(graph) if rule != "KAV411"] == rules


@pytest.mark.parametrize(("change", "rule"), [
    ({"dtype": "float33"}, "KAV404"), ({"shape": [None, -1]}, "KAV404"), ({"shape": "x"}, "KAV403"),
    ({"shape": [None, "1"]}, "KAV404"),
])
def test_descriptions_of_tensors(change, rule):
    graph = config(layer("x", class_name="InputLayer"), layer("y", ("x", 0, 0)))
    graph["layers"][1]["inbound_nodes"][0]["args"][0]["config"].update(change)
    assert [one for one, _ in found(graph)] == [rule]


def test_the_last_entry_of_a_call_in_keras_2_has_the_arguments():
    graph = config(layer("x", class_name="InputLayer"), layer("y", ("x", 0, 0), form=2))
    graph["layers"][1]["inbound_nodes"] = [[["x", 0, 0, {"wrong": 1}], ["x", 0, 0, {}]]]
    assert found(graph, 2) == []
    graph["layers"][1]["inbound_nodes"] = [[["x", 0, 0, {}], ["x", 0, 0, {"wrong": 1}]]]
    assert found(graph, 2) == [("KAV401", "/config/layers/1/inbound_nodes/0/1/3/wrong")]


def chain(*layers, version="3.15.1"):
    return [one.rule for one in check_chain({"layers": list(layers)}, AT, loader(schema.target(f"keras=={version}")))]


def test_layers_of_a_sequential():
    first, dense = layer("x", class_name="InputLayer"), layer("dense")
    assert chain(first, dense) == []
    assert chain(first, dense, dense) == ["KAV414"]
    assert chain(dense, first) == ["KAV409"]
    nameless = layer("any")
    del nameless["config"]["name"]
    assert chain(first, dense, nameless) == ["KAV414"]
    assert chain(first, nameless, nameless) == []


def test_a_very_long_chain_is_no_danger():
    layers = [layer("l0", class_name="InputLayer"), *(layer(f"l{i}", (f"l{i - 1}", 0, 0)) for i in range(1, 20_000))]
    assert found(config(*layers, inputs=("l0", 0, 0), outputs=("l19999", 0, 0))) == []
