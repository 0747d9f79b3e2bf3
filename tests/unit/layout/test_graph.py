"""The order of a graph's layers decides weight paths: these orders were read off tf.keras and Keras 3."""

import pytest

from kerasarchive.layout.graph import GraphError, ordered
from kerasarchive.model.objects import Node, Object, Ref


def layer(name, *inputs, cls="Dense"):
    nodes = () if cls == "InputLayer" else (Node(tuple(Ref(*ref) for ref in inputs) if inputs else ()),)
    return Object(cls, "keras.layers", {"name": name}, name=name, nodes=nodes)


def model(layers, inputs, outputs):
    config = {"name": "m", "layers": layers, "input_layers": inputs, "output_layers": outputs}
    return Object("Functional", "keras.src.models.functional", config)


def test_branches_of_unequal_depth_are_sorted_by_depth_not_by_config_order():
    short = layer("short", ("in", 0, 0))
    long_1, long_2 = layer("long_1", ("in", 0, 0)), layer("long_2", ("long_1", 0, 0))
    add = Object("Add", "keras.layers", {"name": "add"}, name="add", nodes=(Node(([Ref("short", 0, 0), Ref("long_2", 0, 0)],)),))
    start = layer("in", cls="InputLayer")
    found = ordered(model([start, short, long_2, long_1, add], Ref("in", 0, 0), Ref("add", 0, 0)))
    assert [obj.name for obj in found] == ["in", "long_1", "short", "long_2", "add"]


def test_a_layer_shared_at_two_depths_stands_at_the_greater_one():
    shared = Object(
        "Dense", "keras.layers", {"name": "s"}, name="s", nodes=(Node((Ref("in", 0, 0),)), Node((Ref("mid", 0, 0),)))
    )
    found = ordered(
        model([layer("in", cls="InputLayer"), shared, layer("mid", ("s", 0, 0))], Ref("in", 0, 0), Ref("s", 1, 0))
    )
    assert [obj.name for obj in found] == ["in", "s", "mid"]


def test_an_input_that_no_output_needs_is_kept():
    layers = [layer("a", cls="InputLayer"), layer("b", cls="InputLayer"), layer("d", ("a", 0, 0))]
    found = ordered(model(layers, [Ref("a", 0, 0), Ref("b", 0, 0)], Ref("d", 0, 0)))
    assert {obj.name for obj in found} == {"a", "b", "d"}


@pytest.mark.parametrize(
    ("layers", "said"),
    [
        ([layer("x", ("y", 0, 0)), layer("y", ("x", 0, 0))], "cycle"),
        ([layer("x", ("gone", 0, 0))], "'gone'"),
        ([layer("in", cls="InputLayer"), layer("y", ("in", 0, 0)), layer("x", ("y", 3, 0))], "call 3 of 'y'"),
    ],
)
def test_a_graph_that_cannot_be_ordered_says_why(layers, said):
    with pytest.raises(GraphError, match=said):
        ordered(model(layers, [], Ref("x", 0, 0)))


def test_a_chain_of_ten_thousand_layers_needs_no_recursion():
    layers = [layer("l0", cls="InputLayer"), *(layer(f"l{i}", (f"l{i - 1}", 0, 0)) for i in range(1, 10_000))]
    found = ordered(model(layers, Ref("l0", 0, 0), Ref("l9999", 0, 0)))
    assert [obj.name for obj in found] == [f"l{i}" for i in range(10_000)]
