"""From the plain object tree to a config as a release spells it."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from kerasarchive.layout import spelled_calls
from kerasarchive.layout.dialect import Dialect
from kerasarchive.layout.parts import MODELS, is_graph, is_operation, snake_case
from kerasarchive.model.location import Location
from kerasarchive.model.objects import Node, Object, Ref, descend, embedded, map_leaves


class Inexpressible(ValueError):
    """The release has no spelling for this. `obj` is the object that needs it."""

    def __init__(self, message: str, obj: Object) -> None:
        super().__init__(message)
        self.obj = obj


@dataclass(slots=True)
class Lowered:
    """The config, and for every object in it (by the text of its Location) where it stood in the input."""

    config: dict[str, Any]
    origins: dict[str, Location] = field(default_factory=dict)

    def origin(self, place: Location) -> Location:
        """Where what stands at `place` in the output stood in the input: the nearest object around it, and the rest."""
        rest: tuple[str | int, ...] = ()
        while place.parts:
            found = self.origins.get(str(place))
            if found is not None:
                return found.at(*rest) if rest else found
            rest = (place.parts[-1], *rest)
            place = place.parent
        return self.origins.get(str(place), place)


def lower(root: Object, dialect: Dialect, at: Location) -> Lowered:
    """The config of `root` in `dialect`, to stand at `at`. Raises Inexpressible."""
    if not dialect.single_outputs:
        _no_model_in_a_sequence(root)
    lowered = Lowered({})
    lowered.config = _object(root, dialect, at, lowered)
    return lowered


def _no_model_in_a_sequence(root: Object) -> None:
    """A graph refers to single tensors; anything else hands on what the model gives, which is a list once it is loaded."""
    for obj in descend(root):
        for _, inner in () if is_graph(obj) else embedded(obj.config):
            ends = inner.get("output_layers")
            if is_graph(inner) and (isinstance(ends, Ref) or (isinstance(ends, list) and len(ends) == 1)):
                message = (
                    "loaded before Keras 3.3.0, it gives a list to the model around it, which computes something else"
                )
                raise Inexpressible(message, inner)


def _lower(value: Any, dialect: Dialect, at: Location, lowered: Lowered, counted: Collection[str] = ()) -> Any:
    if isinstance(value, Object):
        return _object(value, dialect, at, lowered, counted)
    if isinstance(value, Mapping):
        return {key: _lower(item, dialect, at / key, lowered, counted) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_lower(item, dialect, at / index, lowered, counted) for index, item in enumerate(value)]
    return value


def _object(
    obj: Object, dialect: Dialect, at: Location, lowered: Lowered, counted: Collection[str] = ()
) -> dict[str, Any]:
    """`counted`: the layers of the graph around it whose calls Keras 2 counts from 1."""
    if obj.origin is not None:
        lowered.origins[str(at)] = obj.origin
    data: dict[str, Any] = {"module": obj.module, "class_name": obj.class_name}
    if is_graph(obj):
        data["config"] = _graph(obj, dialect, at / "config", lowered)
    else:
        data["config"] = _lower(obj.config, dialect, at / "config", lowered)
    data["registered_name"] = obj.registered_name
    data |= {key: _lower(item, dialect, at / key, lowered) for key, item in obj.extra.items()}
    if obj.nodes is not None:
        _expressible(obj, dialect)
        data["name"] = obj.name
        nodes = enumerate(obj.nodes)
        if dialect.major < 3:
            data["inbound_nodes"] = [_listed(obj, node, dialect, at, lowered, counted) for node in obj.nodes]
        else:
            data["inbound_nodes"] = [_node(node, dialect, at.at("inbound_nodes", i), lowered) for i, node in nodes]
    return data


def _listed(obj: Object, node: Node, dialect: Dialect, at: Location, lowered: Lowered, counted: Collection[str]) -> Any:
    try:
        return _lower(spelled_calls.call(obj, node, counted), dialect, at / "inbound_nodes", lowered)
    except spelled_calls.Unspellable as error:
        raise Inexpressible(str(error), obj) from None


def _expressible(obj: Object, dialect: Dialect) -> None:
    several = any(len(node.args) > 1 and isinstance(node.args[1], list) for node in obj.nodes or ())
    if several and not dialect.slices_in_graphs and obj.key == "keras.src.ops.numpy.GetItem":
        message = "several slices at once in a graph need Keras 3.2.0 or later"
        raise Inexpressible(message, obj)


def _node(node: Node, dialect: Dialect, at: Location, lowered: Lowered) -> dict[str, Any]:
    args = map_leaves(_tensor, _lower(list(node.args), dialect, at / "args", lowered))
    kwargs = map_leaves(_tensor, _lower(dict(node.kwargs), dialect, at / "kwargs", lowered))
    return {"args": args, "kwargs": kwargs}


def _tensor(ref: Ref) -> dict[str, Any]:
    # On loading only `keras_history` is used (keras/src/models/functional.py::deserialize_node), so that a shape or
    # dtype that is not known statically does no harm.
    config = {"shape": list(ref.shape or ()), "dtype": ref.dtype or "float32"}
    return {"class_name": "__keras_tensor__", "config": config | {"keras_history": [ref.layer, ref.node, ref.tensor]}}


def _distinct(model: Object) -> None:
    """Operations without a name get an automatic one when they are rebuilt, which no layer may have too."""
    layers = model.config["layers"]
    names = {layer.own_name for layer in layers if not is_operation(layer) or "name" in layer.config}
    for layer in layers:
        if is_operation(layer) and "name" not in layer.config:
            pattern = re.compile(rf"{re.escape(snake_case(layer.class_name))}(_\d+)?")
            taken = next((name for name in names if name is not None and pattern.fullmatch(name)), None)
            if taken is not None:
                message = f"the layer '{taken}' has the name that this operation gets by itself before Keras 3.11"
                raise Inexpressible(message, layer)


def _graph(obj: Object, dialect: Dialect, at: Location, lowered: Lowered) -> dict[str, Any]:
    if dialect.major >= 3:
        _distinct(obj)
    models = (layer for layer in obj.config["layers"] if layer.class_name in MODELS and dialect.counted_ends)
    counted = {str(layer.name) for layer in models if layer.class_name != "Sequential"}
    if dialect.major < 3:
        counted = set(spelled_calls.counted(obj))

    def end(ref: Ref) -> list[Any]:
        # A nested Functional has a call 0 of its own, which `input_layers` and `output_layers` count.
        return [ref.layer, ref.node + (ref.layer in counted), ref.tensor]

    config = {}
    for key, value in obj.config.items():
        if key in ("input_layers", "output_layers"):
            config[key] = map_leaves(end, _ends(value, dialect, obj))
        else:
            config[key] = _lower(value, dialect, at / key, lowered, counted)
    return config


def _ends(value: Any, dialect: Dialect, obj: Object) -> Any:
    if isinstance(value, Ref):
        return [value] if dialect.single_in_list else value
    if dialect.flat_outputs and not all(isinstance(item, Ref) for item in _items(value)):
        message = "a model whose inputs or outputs are nested more than one level deep needs Keras 3.4.0 or later"
        raise Inexpressible(message, obj)
    # A list of one means a single tensor before 3.4.0; called, such a model takes and gives just the same.
    return value


def _items(value: Any) -> Iterator[Any]:
    yield from value.values() if isinstance(value, Mapping) else value
