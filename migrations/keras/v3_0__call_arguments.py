"""What a layer is called with: Keras 3 hands ``training`` on from the outermost call, whatever the graph says."""

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
OPERATIONS = ("TFOpLambda", "SlicingOpLambda", "ClassMethod", "InstanceMethod", "InstanceProperty", "TensorFlowOpLayer")


def shared_arguments(model: Object, log: Log) -> Object:
    """a call keeps the arguments that Keras 3 has"""
    layers = [_layer(layer, log) for layer in model.config["layers"]]
    if all(new is old for new, old in zip(layers, model.config["layers"], strict=True)):
        return model
    return replace(model, config=model.config | {"layers": layers})


def _layer(layer: Object, log: Log) -> Object:
    if layer.class_name in OPERATIONS:
        return layer
    nodes = []
    for node in layer.nodes or ():
        try:
            nodes.append(_call(layer, node, log))
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
    operations=(RewriteGraph(shared_arguments),),
)
