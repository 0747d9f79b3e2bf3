"""The calls of a graph as Keras 2 spells them: nested lists of ``[layer, call, tensor, arguments]``.

Everything but the first argument goes by name, beside every tensor of the first. A nested model that has inputs of its
own counts its call 0, which is never spelled, wherever a tensor of it is named
(``keras/src/engine/node.py::Node.serialize``, ``functional.py::_should_skip_first_node`` of 2.15.0).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from kerasarchive.layout.calls import CONSTANT, KEEPS_STRUCTURE
from kerasarchive.layout.parts import is_model
from kerasarchive.model.objects import Node, Object, Ref, map_leaves


class Unspellable(ValueError):
    """Keras 2 has no way to write this call."""


def counted(model: Object) -> frozenset[str]:
    """The layers of a graph whose calls are counted from 1: models that begin with an input of their own."""
    return frozenset(str(layer.name) for layer in model.config["layers"] if is_model(layer) and _has_input(layer))


def _has_input(model: Object) -> bool:
    layers = model.get("layers")
    first = layers[0] if isinstance(layers, list) and layers else None
    return model.class_name != "Sequential" or (isinstance(first, Object) and first.class_name == "InputLayer")


def tensor(ref: Ref, after: Collection[str]) -> list[Any]:
    """A tensor, where the calls of the layers `after` are counted from 1."""
    return [ref.layer, ref.node + (ref.layer in after), ref.tensor]


def call(layer: Object, node: Node, after: Collection[str]) -> Any:
    """One entry of `inbound_nodes`. Raises Unspellable."""
    if len(node.args) != 1:
        message = f"is called with {len(node.args)} arguments by position, and Keras 2 spells all but the first by name"
        raise Unspellable(message)
    keywords = {key: _plain(value, after) for key, value in node.kwargs.items()}

    def first(value: Any) -> Any:
        if isinstance(value, Ref):
            return [*tensor(value, after), keywords]
        if isinstance(value, list):
            return [first(item) for item in value]
        if isinstance(value, Mapping):
            return {key: first(item) for key, item in value.items()}
        return [CONSTANT, -1, value, keywords]

    if not node.refs:
        message = "is called without any tensor"
        raise Unspellable(message)
    spelled = first(node.args[0])
    return [spelled] if isinstance(node.args[0], Ref) and layer.class_name not in KEEPS_STRUCTURE else spelled


def _plain(value: Any, after: Collection[str]) -> Any:
    return map_leaves(lambda ref: tensor(ref, after), list(value) if isinstance(value, tuple) else value)
