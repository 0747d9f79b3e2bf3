"""What an object of a user's own class holds in TensorFlow's graph: weights, layers, and lists and dicts of layers.

The groups are those that a `.keras` has for it (``saving_lib.py``: ``_walk_saveable``, ``_save_container_state``): a layer
goes by its attribute, the layers in a list by their classes and numbers below the list's attribute. What is met a second
time is left out.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from kerasarchive.errors import MigrationError
from kerasarchive.layout.listing import Inside, Sublayer, Weight
from kerasarchive.layout.parts import Names
from kerasarchive.model.objects import Object
from kerasarchive.model.trackable import ObjectGraph

LAYERS = ("_tf_keras_layer", "_tf_keras_rnn_layer", "_tf_keras_network", "_tf_keras_sequential", "_tf_keras_model")
LISTS = ("trackable_list_wrapper", "trackable_tuple_wrapper", "trackable_dict_wrapper")
ENDPOINTS = frozenset(
    {"keras_api", "variables", "trainable_variables", "non_trainable_variables", "regularization_losses"}
)


def held(graph: ObjectGraph, node: int, weight: Callable[[int], Weight]) -> Inside | None:
    """What the object holds; None where that cannot be told surely, as of a custom model with a graph."""
    here = graph.nodes[node]
    if "variables" not in here.children or any(name.startswith("layer-") for name in here.children):
        return None
    found: list[tuple[tuple[str, ...], str, int, Mapping[str, Any]]] = []
    for edges, container, child in _layers(graph, node):
        config = _config(graph, child)
        if config is None:
            return None
        if any(child == other for _, _, other, _ in found):
            continue
        found.append((edges, container, child, config))
    names: defaultdict[str, Names] = defaultdict(Names)
    sublayers = []
    inner: set[int] = set()
    for edges, container, child, config in found:
        inner.update(_variables(graph, child))
        place = edges[0]
        if container:
            place = f"{container}/{names[container].next(str(config['class_name']).rpartition('>')[2])}"
        sublayers.append(Sublayer(edges, place, config))
    own = [each for each in _variables(graph, node) if each not in inner]
    held_here = {child for name, child in here.children.items() if name not in ENDPOINTS}
    lists = [child for child in held_here if graph.nodes[child].identifier in LISTS]
    direct = held_here.union(*(graph.nodes[child].children.values() for child in lists))
    if not direct.issuperset(own):
        # Layers that lie deeper, in lists of lists: which releases of Keras 3 save them, and where, depends.
        return None
    return Inside(tuple(weight(each) for each in own), tuple(sublayers))


def with_build_config(root: Object, graph: ObjectGraph) -> Object:
    """`root`, a custom model, with the shape that Keras 3 has to build it with. Raises MigrationError where it is not told."""
    said = _metadata(graph, 0).get("build_input_shape")
    shape = said.get("items") if isinstance(said, dict) else said
    if not isinstance(shape, list):
        served = next((one.inputs for one in graph.signatures if one.name == "serving_default"), ())
        shape = list(served[0][2]) if len(served) == 1 and served[0][2] is not None else None
    if shape is None or not all(length is None or isinstance(length, int) for length in shape):
        message = f"{root.title} is of a class of your own, and the shape of its input is not told"
        raise MigrationError(message, location=str(root.at), hint="build it from its source and load its weights")
    return replace(root, extra={**root.extra, "build_config": {"input_shape": shape}})


def _layers(graph: ObjectGraph, node: int) -> Iterator[tuple[tuple[str, ...], str, int]]:
    """(edges, the attribute of its list or empty, node) of every layer, attributes by name as Keras walks them."""
    for name, child in sorted(graph.nodes[node].children.items()):
        if name in ENDPOINTS:
            continue
        identifier = graph.nodes[child].identifier
        if identifier in LAYERS:
            yield (name,), "", child
        elif identifier in LISTS:
            members = graph.nodes[child].children
            for key in sorted(members, key=lambda key: (not key.isdigit(), int(key) if key.isdigit() else 0)):
                if graph.nodes[members[key]].identifier in LAYERS:
                    yield (name, key), name, members[key]


def _variables(graph: ObjectGraph, node: int) -> tuple[int, ...]:
    own = graph.follow(node, "variables")
    return tuple(graph.items(own)) if own is not None else ()


def _metadata(graph: ObjectGraph, node: int) -> dict[str, Any]:
    try:
        said = json.loads(graph.nodes[node].metadata or "null")
    except (ValueError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}


def _config(graph: ObjectGraph, node: int) -> Mapping[str, Any] | None:
    said = _metadata(graph, node)
    if not isinstance(said.get("class_name"), str) or not isinstance(said.get("config"), dict):
        return None
    return {"class_name": said["class_name"], "config": {"name": said.get("name"), **said["config"]}}
