"""Which of TensorFlow's objects are the layers of a config, and which tensors each of them holds.

tf.keras hangs the layers of a model below it as ``layer-0``, ``layer-1``, ... in the order in which its config lists them
(``Functional._layer_checkpoint_dependencies``); a Sequential leaves its InputLayer out. In a SavedModel each says its own
name, and lists its variables.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from kerasarchive.errors import MigrationError
from kerasarchive.layout.held import held
from kerasarchive.layout.listing import Inside, Listing, Weight
from kerasarchive.layout.shapes import layer_name
from kerasarchive.layout.trackedoptimizer import optimizer_variables
from kerasarchive.model.trackable import ObjectGraph
from kerasarchive.model.weights import WeightStore, is_of_model


class Listed(NamedTuple):
    """One outermost layer: its place in the config's list, its name, and the keys of its tensors in Keras's order."""

    place: int
    name: str
    keys: tuple[str, ...]


class Disagreement(Exception):  # noqa: N818 - the archive's fault, not ours
    """The objects are not those of the config. The text says which."""


def listed(config: Any, graph: ObjectGraph) -> Iterator[Listed]:
    """Every outermost layer of a SavedModel's config that has an object. Raises Disagreement."""
    layers = members(config)
    for index, node in nodes_of(config, graph, 0).items():
        name = layer_name(layers[index])
        variables = graph.follow(node, "variables")
        # An InputLayer has none. A model lists its layers' weights layer by layer.
        nodes = list(graph.items(variables)) if variables is not None else []
        trained = graph.follow(node, "trainable_variables")
        first = list(graph.items(trained)) if trained is not None else []
        keys = [graph.nodes[each].tensor for each in (*first, *(each for each in nodes if each not in first))]
        if None in keys:
            msg = f"a variable of the layer {name!r} is not stored"
            raise Disagreement(msg)
        yield Listed(index, str(name), tuple(key for key in keys if key is not None))


def members(config: Any) -> list[Any]:
    """The layers that a model's config lists."""
    inner = config.get("config") if isinstance(config, dict) else None
    found = inner if isinstance(inner, list) else inner.get("layers") if isinstance(inner, dict) else None
    return found if isinstance(found, list) else []


def nodes_of(config: Any, graph: ObjectGraph, model: int) -> dict[int, int]:
    """The object of each layer, by its place in the config of the model whose object is `model`. Raises Disagreement."""
    layers = members(config)
    first = 0
    if isinstance(config, dict) and config.get("class_name") == "Sequential" and layers and _is_input(layers[0]):
        first = 1
    found = {}
    for index, layer in enumerate(layers[first:], first):
        node = graph.follow(model, f"layer-{index - first}")
        if node is None:
            msg = f"no object was saved for the layer {layer_name(layer) if isinstance(layer, dict) else index!r}"
            raise Disagreement(msg)
        said, name = _said(graph.nodes[node].metadata), layer_name(layer) if isinstance(layer, dict) else None
        if said is not None and name is not None and said != name:
            msg = f"the object of the layer {name!r} calls itself {said!r}"
            raise Disagreement(msg)
        found[index] = node
    return found


def of_objects(config: Any, graph: ObjectGraph, store: WeightStore) -> Listing:
    """What a SavedModel lists, and which attribute holds which weight. Raises MigrationError."""
    tensors = store.tensors()

    def weight(node: int) -> Weight:
        key = graph.nodes[node].tensor
        if key is None or key not in tensors:
            message = f"the values of {graph.nodes[node].name or 'a variable'} are not stored"
            raise MigrationError(message, location=store.member, hint="get the archive once more")
        return Weight(key, tensors[key].shape, graph.nodes[node].name)

    try:
        layers = {
            one.name: tuple(Weight(key, tensors[key].shape, "") for key in one.keys) for one in listed(config, graph)
        }
        tops = {str(layer_name(members(config)[index])): node for index, node in nodes_of(config, graph, 0).items()}
    except (Disagreement, KeyError) as error:
        raise MigrationError(str(error), location=store.member, hint="get the archive once more") from None

    def find(layer: str, edges: tuple[str, ...]) -> Weight | None:
        node = tops.get(layer)
        for edge in edges:
            if node is None:
                return None
            children = graph.nodes[node].children
            # Sublayers that Keras 3 calls `query_dense` are `_query_dense` to Keras 2.
            node = children.get(edge, children.get(f"_{edge}"))
        return None if node is None or graph.nodes[node].tensor is None else weight(node)

    def inside(layer: str, edges: tuple[str, ...]) -> Inside | None:
        at = graph.follow(tops[layer], *edges) if layer in tops else None
        return held(graph, at, weight) if at is not None else None

    def state(trained: Sequence[Weight] | None) -> tuple[Weight, ...]:
        order = None if trained is None else [one.path for one in trained]
        return tuple(weight(node) for node in optimizer_variables(graph, order))

    # Neither a checkpoint nor what was saved without traces lists anything: then every weight must be somebody's.
    lists = graph.follow(0, "variables")
    whole = frozenset(key for key in tensors if _is_weight(key)) if lists is None else frozenset()
    if not graph.nodes[0].metadata:
        return Listing(layers, (), find, state=state, whole=whole)
    tops[""] = 0
    if not members(config):
        layers[""] = tuple(weight(node) for node in graph.items(lists)) if lists is not None else ()
    return Listing(layers, (), find, inside, state, whole)


def _is_weight(key: str) -> bool:
    """Whether a tensor is one of the model's weights: neither state of its training, nor a table, nor a random generator's."""
    return is_of_model(key) and key.endswith("/.ATTRIBUTES/VARIABLE_VALUE") and "/_state_var/" not in key


def _is_input(layer: Any) -> bool:
    return isinstance(layer, dict) and layer.get("class_name") == "InputLayer"


def _said(metadata: str) -> str | None:
    if not metadata:
        return None
    try:
        value = json.loads(metadata)
    except (ValueError, RecursionError):
        return None
    name = value.get("name") if isinstance(value, dict) else None
    return name if isinstance(name, str) else None
