"""Recurrent layers take their initial state as the argument ``initial_state``, not as further inputs."""

from collections.abc import Callable
from dataclasses import replace

from kerasarchive.migration import Log, Migration, Node, Object, RewriteGraph

RECURRENT = frozenset({"RNN", "LSTM", "GRU", "SimpleRNN", "ConvLSTM1D", "ConvLSTM2D", "ConvLSTM3D", "Bidirectional"})


def states_by_name(model: Object, log: Log) -> Object:
    """the initial state of a recurrent layer is passed by name"""
    return _changed(model, _call)


def states_as_inputs(model: Object, log: Log) -> Object:
    """the initial state of a recurrent layer is among its inputs"""
    return _changed(model, _back)


def _changed(model: Object, call: Callable[[Node], Node]) -> Object:
    layers = [_converted(layer, call) for layer in model.config["layers"]]
    if all(new is old for new, old in zip(layers, model.config["layers"], strict=True)):
        return model
    return replace(model, config=model.config | {"layers": layers})


def _converted(layer: Object, call: Callable[[Node], Node]) -> Object:
    if layer.class_name not in RECURRENT or layer.module != "keras.layers":
        return layer
    nodes = tuple(call(node) for node in layer.nodes or ())
    return (
        layer
        if all(new is old for new, old in zip(nodes, layer.nodes or (), strict=True))
        else replace(layer, nodes=nodes)
    )


def _call(node: Node) -> Node:
    first = node.args[0] if len(node.args) == 1 else None
    if not isinstance(first, list) or len(first) < 2:
        return node
    return Node((first[0],), {**node.kwargs, "initial_state": first[1:]})


def _back(node: Node) -> Node:
    state = node.kwargs.get("initial_state")
    if state is None or len(node.args) != 1 or isinstance(node.args[0], list):
        return node
    states = state if isinstance(state, (list, tuple)) else [state]
    rest = {key: value for key, value in node.kwargs.items() if key != "initial_state"}
    return Node(([node.args[0], *states],), rest)


migration = Migration(
    library="keras",
    release="3.0.0",
    evidence="keras/src/layers/rnn/base_rnn.py of 2.15.0: RNN.__call__ puts the states among the inputs; rnn.py of 3.0.0",
    operations=(RewriteGraph(states_by_name, back=states_as_inputs),),
)
