"""A mask travels in the graph as an argument, computed by operations; in tf.keras it goes beside the tensor by itself."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from kerasarchive.migration import Log, Migration, Node, Object, Ref, RewriteGraph, unchanged

ARGUMENTS = {"mask": 0, "query_mask": 0, "value_mask": 1, "key_mask": 2}
"""Which of a call's tensors the mask belongs to."""
HANDS_ON = frozenset(
    f"keras.layers.{name}"
    for name in (
        *("Activation", "ActivityRegularization", "AlphaDropout", "BatchNormalization", "Dense", "Dropout", "ELU"),
        *("GaussianDropout", "GaussianNoise", "LayerNormalization", "LeakyReLU", "PReLU", "ReLU", "SpatialDropout1D"),
        "MultiHeadAttention",
    )
)
"""Layers that hand the mask of their first input on as it is, in either release."""
RECURRENT = frozenset(f"keras.layers.{name}" for name in ("LSTM", "GRU", "SimpleRNN"))


def by_itself(model: Object, log: Log) -> Object:
    """a mask that reaches its user by itself is no argument, and no operation computes it"""
    layers = {layer.name: layer for layer in model.config["layers"]}
    found = [replace(layer, nodes=tuple(_without(layer, node, layers) for node in layer.nodes or ()))
             if any(key in node.kwargs for node in layer.nodes or () for key in ARGUMENTS) else layer
             for layer in layers.values()]  # fmt: skip
    kept = _needed(found, model)
    if len(kept) == len(layers):
        return model
    return replace(model, config={**model.config, "layers": kept})


def _without(layer: Object, node: Node, layers: dict[str | None, Object]) -> Node:
    """The call without the masks that it would get anyway."""
    tensors = node.args[0] if node.args and isinstance(node.args[0], list) else node.args
    left = {}
    for key, value in node.kwargs.items():
        at = ARGUMENTS.get(key)
        named = key.removesuffix("_mask") if key != "mask" else ""
        given = node.kwargs.get(named, tensors[at] if at is not None and at < len(tensors) else None)
        masked = isinstance(given, Ref) and isinstance(value, Ref) and at is not None
        if not (masked and _same(value, _mask(given, layers), layers)):
            left[key] = value
    return node if len(left) == len(node.kwargs) else Node(node.args, left)


def _mask(ref: Ref, layers: dict[str | None, Object]) -> tuple[Ref, Any, bool] | None:
    """(tensor, value that is masked, whether all of the last axis must be it) behind the mask of a tensor, if one makes it."""
    for _ in range(len(layers)):
        layer = layers.get(ref.layer)
        nodes = layer.nodes or () if layer is not None else ()
        taken = nodes[ref.node].args[0] if ref.node < len(nodes) and nodes[ref.node].args else None
        if layer is None or not isinstance(taken, Ref):
            return None
        if layer.key == "keras.layers.Masking":
            return taken, layer.get("mask_value", 0.0), True
        if layer.key == "keras.layers.Embedding" and layer.get("mask_zero"):
            return taken, 0, False
        if not (layer.key in HANDS_ON or (layer.key in RECURRENT and layer.get("return_sequences") and not ref.tensor)):
            return None
        ref = taken
    return None


def _same(ref: Ref, made: tuple[Ref, Any, bool] | None, layers: dict[str | None, Object]) -> bool:
    """Whether what an operation computes is that mask."""
    if made is None:
        return False
    tensor, value, whole = made
    node = _call(ref, "Any", layers) if whole else None
    if whole:
        any_of = layers[ref.layer]
        if node is None or any_of is None or any_of.get("axis") not in (-1, [-1]) or any_of.get("keepdims"):
            return False
        if not isinstance(node.args[0], Ref):
            return False
        ref = node.args[0]
    node = _call(ref, "NotEqual", layers)
    return node is not None and node.args[:1] == (tensor,) and node.args[1:] == (value,)


def _call(ref: Ref, operation: str, layers: dict[str | None, Object]) -> Node | None:
    layer = layers.get(ref.layer)
    if layer is None or layer.key != f"keras.src.ops.numpy.{operation}" or ref.node >= len(layer.nodes or ()):
        return None
    node = (layer.nodes or ())[ref.node]
    return node if node.args and not any(value is not None for value in node.kwargs.values()) else None


def _needed(found: list[Object], model: Object) -> list[Object]:
    """The layers without operations that nothing takes any more."""
    ends = Node((model.config["output_layers"], model.config["input_layers"]))
    while True:
        used = {ref.layer for ref in _refs(found)} | {ref.layer for ref in ends.refs}
        kept = [
            layer for layer in found
            if layer.name in used or not (layer.module or "").startswith("keras.src.ops")
        ]  # fmt: skip
        if len(kept) == len(found):
            return kept
        found = kept


def _refs(layers: list[Object]) -> Iterator[Ref]:
    for layer in layers:
        for node in layer.nodes or ():
            yield from node.refs


migration = Migration(
    library="keras",
    release="3.0.0",
    evidence="keras/src/layers/core/masking.py of 3.0.0: compute_mask; keras/src/layers/layer.py: __call__; measured",
    operations=(RewriteGraph(unchanged, consequence="harmless", back=by_itself),),
)
