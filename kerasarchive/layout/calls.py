"""The calls of a graph, between the spellings of Keras 2 and 3 and the plain `Node`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from kerasarchive.errors import MigrationError
from kerasarchive.layout.dialect import Dialect
from kerasarchive.model.objects import Node, Object, Ref, leaves, map_leaves

CONSTANT = "_CONSTANT_VALUE"
KEEPS_STRUCTURE = frozenset({"TFOpLambda", "SlicingOpLambda", "ClassMethod", "InstanceMethod", "InstanceProperty"})
"""Layers of tf.keras that write a single tensor bare, so that a list of one stays a list (tf_op_layer.py)."""


def lift_graph(model: Object, data: Mapping[str, Any], dialect: Dialect) -> Object:
    """`model` with the calls of its layers and its inputs and outputs as plain values; `data` is its JSON."""
    names = {str(layer.get("name")) for layer in data["config"]["layers"] if isinstance(layer, dict)}
    layers = []
    for spelled, layer in zip(data["config"]["layers"], model.config["layers"], strict=True):
        if not isinstance(layer, Object):
            message = "a layer of the graph is not a serialized object"
            raise MigrationError(message, location=str(model.at))
        spelled_nodes = spelled.get("inbound_nodes") or []
        nodes = (
            tuple(_lift_node(node, layer, names) for node in spelled_nodes) if isinstance(spelled_nodes, list) else ()
        )
        layers.append(replace(layer, name=layer.name or layer.own_name, nodes=nodes))
    ends = {key: _lift_ends(data["config"].get(key), names, dialect) for key in ("input_layers", "output_layers")}
    lifted = replace(model, config={**model.config, "layers": layers, **ends})
    return _without_built_in_calls(lifted, dialect)


def _lift_node(node: Any, layer: Object, names: set[str]) -> Node:
    if isinstance(node, Mapping):
        args = _revive(node.get("args", []))
        kwargs = _revive(node.get("kwargs", {}))
        return Node(tuple(args) if isinstance(args, list) else (args,), kwargs if isinstance(kwargs, dict) else {})
    keywords: dict[str, Any] = {}
    first = _first_argument(node, keywords, names, layer)
    if layer.class_name not in KEEPS_STRUCTURE and isinstance(first, list) and len(first) == 1:
        first = first[0]
    return Node((first,), keywords)


def _revive(value: Any) -> Any:
    if isinstance(value, Object):
        return value
    if isinstance(value, Mapping):
        history = value["config"].get("keras_history") if value.get("class_name") == "__keras_tensor__" else None
        if isinstance(history, list) and len(history) == 3 and all(isinstance(part, int) for part in history[1:]):
            shape, dtype = value["config"].get("shape"), value["config"].get("dtype")
            shape = tuple(shape) if isinstance(shape, list) else None
            return Ref(str(history[0]), history[1], history[2], shape, dtype)
        return {key: _revive(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_revive(item) for item in value]
    return value


def _is_tensor(value: Any, names: set[str]) -> bool:
    return (
        isinstance(value, list)
        and len(value) in (3, 4)
        and isinstance(value[0], str)
        and value[0] in names
        and all(isinstance(number, int) and not isinstance(number, bool) for number in value[1:3])
    )


def _first_argument(value: Any, keywords: dict[str, Any], names: set[str], layer: Object) -> Any:
    if isinstance(value, list) and len(value) in (3, 4) and value[0] == CONSTANT:
        _take_keywords(value, keywords, names)
        return value[2]
    if _is_tensor(value, names):
        _take_keywords(value, keywords, names)
        return Ref(value[0], value[1], value[2])
    if isinstance(value, list):
        return [_first_argument(item, keywords, names, layer) for item in value]
    if isinstance(value, dict):
        return {key: _first_argument(item, keywords, names, layer) for key, item in value.items()}
    message = f"{layer.title}: a call refers to {value!r:.80}, which is no tensor of this graph"
    raise MigrationError(message, location=str(layer.at / "inbound_nodes"))


def _take_keywords(entry: list[Any], keywords: dict[str, Any], names: set[str]) -> None:
    if len(entry) > 3 and isinstance(entry[3], dict) and not keywords:
        keywords.update({key: _keyword(item, names) for key, item in entry[3].items()})


def _keyword(value: Any, names: set[str]) -> Any:
    if _is_tensor(value, names) and len(value) == 3:
        return Ref(value[0], value[1], value[2])
    if isinstance(value, list):
        return [_keyword(item, names) for item in value]
    if isinstance(value, dict):
        return {key: _keyword(item, names) for key, item in value.items()}
    return value


def _lift_ends(value: Any, names: set[str], dialect: Dialect) -> Any:
    ends = _ends(value, names)
    return ends[0] if dialect.single_in_list and isinstance(ends, list) and len(ends) == 1 else ends


def _ends(value: Any, names: set[str]) -> Any:
    if isinstance(value, list) and len(value) == 3 and isinstance(value[0], str):
        if not all(isinstance(number, int) for number in value[1:]):
            message = f"an input or output of the model is {value!r:.80}, which names no tensor"
            raise MigrationError(message)
        return Ref(value[0], value[1], value[2])
    if isinstance(value, list):
        return [_ends(item, names) for item in value]
    if isinstance(value, dict):
        return {key: _ends(item, names) for key, item in value.items()}
    message = f"an input or output of the model is {value!r:.80}, which names no tensor"
    raise MigrationError(message)


def _without_built_in_calls(model: Object, dialect: Dialect) -> Object:
    """Count calls from 0: a nested model may have a call 0 of its own, which its config does not spell.

    Only calls that the graph needs are saved, and the last of them is referred to. So the highest reference tells
    whether counting starts at 0 or 1, whatever the class.
    """
    highest: dict[str, int] = {}
    everywhere = dialect.built_in_call == "everywhere"
    for ref in _references(model, inside=everywhere):
        highest[ref.layer] = max(ref.node, highest.get(ref.layer, 0))
    calls = {layer.name: len(layer.nodes or ()) for layer in model.config["layers"]}
    shifted = {name for name, node in highest.items() if calls.get(name, 0) > 0 and node == calls[name]}
    if not shifted:
        return model

    def shift(ref: Ref) -> Ref:
        return replace(ref, node=ref.node - 1) if ref.layer in shifted else ref

    ends = {key: map_leaves(shift, model.config[key]) for key in ("input_layers", "output_layers")}
    layers = model.config["layers"]
    if everywhere:
        layers = [replace(layer, nodes=tuple(_map_node(node, shift) for node in layer.nodes)) for layer in layers]
    return replace(model, config={**model.config, "layers": layers, **ends})


def _references(model: Object, *, inside: bool) -> Iterator[Ref]:
    yield from leaves([model.config["input_layers"], model.config["output_layers"]])
    if inside:
        for layer in model.config["layers"]:
            for node in layer.nodes or ():
                yield from node.refs


def _map_node(node: Node, change: Any) -> Node:
    return Node(map_leaves(change, node.args), map_leaves(change, dict(node.kwargs)))
