"""``Attention(causal=True)`` became a call argument; tf.keras 2.9 to 2.15 wrote neither."""

from dataclasses import replace

from kerasarchive.migration import Log, Migration, Node, Object, RewriteGraph, RewriteObject, unchanged

CLASSES = ("keras.layers.Attention", "keras.layers.AdditiveAttention")
MISSING = object()
LOST = (
    "if it was built with causal=True, no archive of tf.keras 2.9 to 2.15 says so, and it attends to the future since it "
    "was saved: compare its outputs with recorded ones, and call it with use_causal_mask=True"
)


def causal_by_call(model: Object, log: Log) -> Object:
    """`causal` is the call argument `use_causal_mask`"""
    layers = [_called(layer) for layer in model.config["layers"]]
    if all(new is old for new, old in zip(layers, model.config["layers"], strict=True)):
        return model
    return replace(model, config=model.config | {"layers": layers})


def _called(layer: Object) -> Object:
    if layer.key not in CLASSES or not layer.get("causal"):
        return layer
    nodes = tuple(Node(node.args, {**node.kwargs, "use_causal_mask": True}) for node in layer.nodes or ())
    return replace(layer, nodes=nodes)


def without_causal(obj: Object, log: Log) -> Object:
    """`causal` is no argument of the layer"""
    if obj.get("causal", MISSING) is not MISSING:
        return obj.with_config({key: value for key, value in obj.config.items() if key != "causal"})
    if not any(node.kwargs.get("use_causal_mask") for node in obj.nodes or ()):
        log.announce(obj, "lost_at_save", LOST)
    return obj


migration = Migration(
    library="keras",
    release="3.0.0",
    evidence="keras/layers/attention/base_dense_attention.py of 2.8.0 and 2.15.0: get_config; measured with 2.12 and 2.15",
    operations=(RewriteGraph(causal_by_call, back=unchanged), RewriteObject(CLASSES, without_causal, back=unchanged)),
)
