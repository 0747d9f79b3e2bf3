"""Which objects of a config hold which places in the weight tree: the attribute names that Keras saves them under."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from kerasarchive.layout.graph import ordered
from kerasarchive.model.objects import Object

MODELS = frozenset({"Sequential", "Functional", "Model"})
"""Classes whose config spells their layers and, but for Sequential, their graph."""

EXPORTED_AS = {"GroupQueryAttention": "GroupedQueryAttention"}
"""Layers that configs name by what `keras.layers` exports, and weight paths by what the class is called."""

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Part:
    """One object that owns a place in the weight tree of its parent.

    `attribute` is the place, ``layers`` for a member of a model (then the name in the container follows from the
    class and the order), `path` where its config stands in the parent's config, `role` which of its states it is.
    """

    attribute: str
    path: Path
    child: Object
    role: str = ""
    container: bool = False
    formerly: str = ""
    """The attribute under which earlier releases saved it."""
    shared: bool = False
    """Whether its container holds parts that no config spells too: these stay with the parent, as they are."""


def is_model(value: object) -> bool:
    """Whether this is a built-in model: Keras's own Sequential or Functional, not a subclass under another name."""
    return isinstance(value, Object) and value.class_name in MODELS and not (value.registered_name or "").count(">")


def is_graph(value: object) -> bool:
    """Whether this is a built-in model with a graph."""
    return (
        is_model(value)
        and isinstance(value, Object)
        and value.class_name != "Sequential"
        and "output_layers" in value.config
    )


def is_operation(obj: Object) -> bool:
    """Whether this node of a graph is an operation of `keras.ops`, which no container of layers lists."""
    return (obj.module or "").startswith(("keras.src.ops", "keras.ops", "keras.src.random"))


def snake_case(name: str) -> str:
    """The name that Keras derives from a class's name (``keras/src/utils/naming.py::to_snake_case``)."""
    name = re.sub(r"\W+", "", EXPORTED_AS.get(name, name))
    name = re.sub("(.)([A-Z][a-z]+)", r"\1_\2", name)
    return re.sub("([a-z])([A-Z])", r"\1_\2", name).lower()


class Names:
    """What Keras calls the members of a container: ``dense``, ``dense_1``, counted for each class."""

    __slots__ = ("_used",)

    def __init__(self) -> None:
        self._used: Counter[str] = Counter()

    def next(self, class_name: str) -> str:
        """The name of the next member of that class."""
        name = snake_case(class_name)
        number = self._used[name]
        self._used[name] += 1
        return f"{name}_{number}" if number else name

    def skip(self, class_name: str) -> None:
        """Leave out a number."""
        self._used[snake_case(class_name)] += 1


def parts(obj: Object) -> Iterator[Part]:
    """The parts of a built-in object that its config spells, in the order in which Keras creates them.

    Raises GraphError where a graph cannot be ordered.
    """
    if not isinstance(obj.config, Mapping):
        return
    if (obj.registered_name or "").count(">"):
        yield from hanging(obj)
        return
    if is_model(obj):
        yield from _members(obj)
        return
    if obj.class_name == "Bidirectional":
        yield from _directions(obj)
        return
    if obj.class_name == "StackedRNNCells":
        cells = obj.get("cells")
        for index, cell in enumerate(cells if isinstance(cells, list) else ()):
            if isinstance(cell, Object):
                yield Part("cells", ("cells", index), cell, container=True)
        return
    for attribute in ("layer", "cell", "inner_optimizer"):
        child = obj.get(attribute)
        if isinstance(child, Object):
            # Attributes are walked by name; before 2.15 that met the private one first.
            yield Part(attribute, (attribute,), child, formerly="_optimizer" if attribute == "inner_optimizer" else "")


def _members(model: Object) -> Iterator[Part]:
    layers = [layer for layer in model.get("layers", ()) if isinstance(layer, Object)]
    places = {id(layer): index for index, layer in enumerate(model.get("layers", ()))}
    for layer in ordered(model) if is_graph(model) else layers:
        if not is_operation(layer):
            yield Part("layers", ("layers", places[id(layer)]), layer, container=True)


def _directions(obj: Object) -> Iterator[Part]:
    forward, backward = obj.get("layer"), obj.get("backward_layer")
    if isinstance(forward, Object):
        yield Part("forward_layer", ("layer",), forward, role="forward_layer")
        if not isinstance(backward, Object):
            yield Part("backward_layer", ("layer",), forward, role="backward_layer")
    if isinstance(backward, Object):
        yield Part("backward_layer", ("backward_layer",), backward, role="backward_layer")


def with_part(obj: Object, path: Path, child: Object) -> Object:
    """`obj` with `child` where `path` leads in its config."""
    return replace(obj, config=_put(obj.config, path, child))


def _put(value: Any, path: Path, new: Object) -> Any:
    if not path:
        return new
    head, *rest = path
    if isinstance(value, Mapping):
        return {**value, head: _put(value[head], tuple(rest), new)}
    items = list(value)
    items[int(head)] = _put(items[int(head)], tuple(rest), new)
    return items


def hanging(obj: Object) -> Iterator[Part]:
    """The parts of a library's object, at the places that `layout.hang` found or a step chose for them."""
    for path, place in obj.hung.items():
        child = _at(obj.config, path)
        if isinstance(child, Object):
            container = place.endswith("/")
            yield Part(place.rstrip("/"), path, child, container=container, shared=container)


def _at(value: Any, path: Path) -> Any:
    for part in path:
        if isinstance(value, Mapping):
            value = value.get(part)
        elif isinstance(value, (list, tuple)) and isinstance(part, int) and part < len(value):
            value = value[part]
        else:
            return None
    return value
