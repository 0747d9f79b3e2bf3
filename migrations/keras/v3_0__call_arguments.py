"""What a layer is called with: Keras 3 hands ``training`` on from the outermost call, whatever the graph says."""

from collections.abc import Callable
from dataclasses import replace

from kerasarchive.migration import Log, Migration, Node, Object, Refuse, RewriteGraph

KNOWN = frozenset(
    [
        "training",
        "mask",
        "initial_state",
        "query",
        "value",
        "key",
        "query_mask",
        "value_mask",
        "key_mask",
        "attention_mask",
        "return_attention_scores",
        "use_causal_mask",
        "count_weights",
    ]
)
"""Call arguments that the built-in layers of tf.keras and Keras 3 share, with the same meaning."""
POSITIONS = {
    "MultiHeadAttention": ("query", "value", "key", "query_mask", "value_mask", "key_mask", "attention_mask"),
    "Attention": ("inputs", "mask", "training", "return_attention_scores", "use_causal_mask"),
    "AdditiveAttention": ("inputs", "mask", "training", "return_attention_scores", "use_causal_mask"),
    **dict.fromkeys(("RNN", "Bidirectional"), ("sequences", "initial_state", "mask", "training")),
    **dict.fromkeys(("LSTM", "GRU", "SimpleRNN"), ("sequences", "initial_state", "mask", "training")),
    **dict.fromkeys(("ConvLSTM1D", "ConvLSTM2D", "ConvLSTM3D"), ("sequences", "initial_state", "mask", "training")),
    **dict.fromkeys(("Softmax", "GlobalAveragePooling1D", "Masking"), ("inputs", "mask")),
    **dict.fromkeys(
        ("TimeDistributed", "BatchNormalization", "Functional", "Sequential"), ("inputs", "training", "mask")
    ),
    "CategoryEncoding": ("inputs", "count_weights"),
}
"""What the call of a layer of Keras 3.0 to 3.15 takes, in order; another's is its input and `training`."""
TRAINS_BY_DEFAULT = ("Random", "Resizing", "CenterCrop")
"""Layers of images whose call says training=True by itself, so that Keras 3 writes it; `fit` and `predict` overrule it."""
Call = Callable[[Object, Node, Log], Node]
OPERATIONS = ("TFOpLambda", "SlicingOpLambda", "ClassMethod", "InstanceMethod", "InstanceProperty", "TensorFlowOpLayer")


def shared_arguments(model: Object, log: Log) -> Object:
    """a call keeps the arguments that Keras 3 has"""
    layers = [_layer(layer, log, _call) for layer in model.config["layers"]]
    if all(new is old for new, old in zip(layers, model.config["layers"], strict=True)):
        return model
    return replace(model, config=model.config | {"layers": layers})


def by_name(model: Object, log: Log) -> Object:
    """what a layer is called with goes by name, and `training` is what the outermost call says"""
    layers = [_layer(layer, log, _named) for layer in model.config["layers"]]
    if all(new is old for new, old in zip(layers, model.config["layers"], strict=True)):
        return model
    return replace(model, config=model.config | {"layers": layers})


def _named(layer: Object, node: Node, log: Log) -> Node:
    order = POSITIONS.get(layer.class_name, ("inputs", "training"))
    if ">" in (layer.registered_name or "") and len(node.args) > 1:
        reason = "a layer of your own is called with several arguments by position, which Keras 2 spells by name"
        raise Refuse(reason, "call it with names, and save it again")
    if len(node.args) > len(order):
        reason = f"is called with {len(node.args)} arguments, more than kav knows the names of"
        raise Refuse(reason)
    every = {**dict(zip(order[1:], node.args[1:], strict=False)), **dict(node.kwargs)}
    args = node.args[:1] or ((every.pop(order[0]),) if order[0] in every else ())
    given = {key: value for key, value in every.items() if value is not None}
    if given.pop("training", False) and not layer.class_name.startswith(TRAINS_BY_DEFAULT):
        reason = (
            "is called with training=True, which Keras 3 overrides in `fit` and `predict`, and Keras 2 always obeys"
        )
        raise Refuse(reason, "rebuild the model with a subclass of the layer that sets training itself")
    same = len(args) == len(node.args) and given.keys() == node.kwargs.keys()
    return node if same else Node(tuple(args), given)


def _layer(layer: Object, log: Log, call: Call) -> Object:
    if layer.class_name in OPERATIONS or (layer.module or "").startswith("keras.src.ops"):
        return layer
    nodes = []
    for node in layer.nodes or ():
        try:
            nodes.append(call(layer, node, log))
        except Refuse as refusal:
            log.refuse(layer, refusal.reason, refusal.advice)
            return layer
    same = all(new is old for new, old in zip(nodes, layer.nodes or (), strict=True))
    return layer if same else replace(layer, nodes=tuple(nodes))


def _call(layer: Object, node: Node, log: Log) -> Node:
    given = {key: value for key, value in node.kwargs.items() if value is not None}
    if given.get("training") not in (None, False, 0):
        log.did(layer, "is called with training=True, which Keras 3 overrides", "differs")
        reason = (
            "is called with training=True; in Keras 3 the outermost call decides, so it would run in inference mode"
        )
        raise Refuse(reason, "rebuild the model with a subclass of the layer that sets training itself")
    if "training" in given:
        said = "is called with training=False, which Keras 3 overrides while training: outputs are the same, training differs"
        log.announce(layer, "training_semantics", said)
    built_in = not (layer.registered_name or "").count(">") and (layer.module or "").startswith("keras")
    foreign = sorted(set(given) - KNOWN) if built_in and layer.class_name not in ("Functional", "Sequential") else []
    if foreign:
        reason = f"is called with `{foreign[0]}`, which no built-in layer of Keras 3 takes"
        raise Refuse(reason)
    return node if len(given) == len(node.kwargs) else Node(node.args, given)


migration = Migration(
    library="keras",
    release="3.0.0",
    evidence="keras/src/models/functional.py of 3.0.0: operation_fn sets `training`; measured with BatchNormalization",
    operations=(RewriteGraph(shared_arguments, back=by_name),),
)
