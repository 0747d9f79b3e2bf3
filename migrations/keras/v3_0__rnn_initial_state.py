"""Recurrent layers take their initial state as the argument ``initial_state``, not as further inputs."""

from dataclasses import replace

from kerasarchive.migration import Log, Migration, Node, Object, RewriteGraph

RECURRENT = frozenset({"RNN", "LSTM", "GRU", "SimpleRNN", "ConvLSTM1D", "ConvLSTM2D", "ConvLSTM3D", "Bidirectional"})


def states_by_name(model: Object, log: Log) -> Object:
    """the initial state of a recurrent layer is passed by name"""
    layers = [_converted(layer) for layer in model.config["layers"]]
    if all(new is old for new, old in zip(layers, model.config["layers"], strict=True)):
        return model
    return replace(model, config=model.config | {"layers": layers})


def _converted(layer: Object) -> Object:
    if layer.class_name not in RECURRENT or layer.module != "keras.layers":
        return layer
    nodes = tuple(_call(node) for node in layer.nodes or ())
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


migration = Migration(
    library="keras",
    release="3.0.0",
    evidence="keras/src/layers/rnn/base_rnn.py of 2.15.0: RNN.__call__ puts the states among the inputs; rnn.py of 3.0.0",
    operations=(RewriteGraph(states_by_name),),
)
