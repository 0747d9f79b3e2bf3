"""Whether a Functional config's layers can be joined as it says: references, calls, order."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from kerasarchive.model.config import ObjectNode, is_object
from kerasarchive.model.finding import Finding
from kerasarchive.model.location import Location
from kerasarchive.schema import ReleaseSchema
from kerasarchive.schema.release_schema import nearest
from kerasarchive.validation import rule

FUNCTIONAL = frozenset({"Functional", "Model"})
SEVERAL = 8
"""So many layers of a cycle are named."""


class Reference(NamedTuple):
    """One tensor that a call takes: output `tensor` of call `node` of `layer`, written at `path`."""

    layer: Any
    node: Any
    tensor: Any
    path: tuple[str | int, ...]
    is_end: bool = False
    """Whether it is an input or output of the model as a whole."""


def check_graph(config: dict[str, Any], at: Location, major: int) -> Iterator[Finding]:
    """Findings about the nodes, inputs and outputs of one Functional config, as Keras `major` reads them."""
    layers = config.get("layers")
    if not isinstance(layers, list):
        return
    calls: dict[str, int] = {}
    spare: dict[str, int] = {}
    places: dict[str, int] = {}
    waits: dict[tuple[str, int], list[tuple[str, int]]] = {}
    pending: list[Reference] = []
    for index, layer in enumerate(layers):
        if not isinstance(layer, dict):
            message = f"a layer must be an object, this is {_kind(layer)}"
            yield rule.MALFORMED_OBJECT.finding(message, at.at("layers", index))
            continue
        name = _name(layer)
        if name is None:
            yield rule.MALFORMED_OBJECT.finding("this layer of a Functional model has no name", at.at("layers", index))
            continue
        if name in places:
            message = f"the layer name {name!r} is taken already by layer {places[name]}"
            yield rule.DUPLICATE_NAME.finding(message, at.at("layers", index, "name"), remedy="rename one of them")
            continue
        places[name] = index
        nodes = layer.get("inbound_nodes", [])
        if not isinstance(nodes, list):
            message = f"inbound_nodes of {name!r} must be a list, this is {_kind(nodes)}"
            yield rule.MALFORMED_NODE.finding(message, at.at("layers", index, "inbound_nodes"))
            nodes = []
        calls[name] = len(nodes) or 1
        spare[name] = _spare(layer)
        first = spare[name] if major < 3 else 0
        for number, node in enumerate(nodes):
            path = ("layers", index, "inbound_nodes", number)
            found = list(_references(node, path))
            pending += found
            waits[name, first + number] = [
                (ref.layer, ref.node) for ref in found if isinstance(ref.layer, str) and isinstance(ref.node, int)
            ]
    for key in ("input_layers", "output_layers"):
        pending += list(_ends(config.get(key), (key,)))
    for reference in pending:
        number = calls.get(reference.layer, 0) if isinstance(reference.layer, str) else 0
        if number and (major < 3 or reference.is_end):
            number += spare[reference.layer]
        yield from _judge(reference, number, calls, at)
    yield from _cycles(waits, places, at)


def _spare(layer: dict[str, Any]) -> int:
    """1 for a nested model: Keras counts a call of its own making before the first one recorded.

    Keras 2 does so for every model and everywhere, Keras 3 for Functional ones and where a model's outputs are named.
    """
    own = is_object(layer) and not str(layer.get("module", "keras")).startswith("keras")
    models = isinstance(layer.get("config"), dict) and "layers" in layer["config"]
    return 1 if own or models or str(layer.get("class_name")) in FUNCTIONAL else 0


def check_calls(config: dict[str, Any], at: Location, schema: ReleaseSchema) -> Iterator[Finding]:
    """Operations called with keywords that the release's operation does not take."""
    layers = config.get("layers")
    for index, layer in enumerate(layers if isinstance(layers, list) else ()):
        if not is_object(layer) or not isinstance(layer.get("inbound_nodes"), list):
            continue
        cls = schema.find(ObjectNode(layer, at)) if isinstance(layer.get("module"), str) else None
        accepted = cls.raw.get("x-kav-call") if cls is not None else None
        if cls is None or accepted is None:
            continue
        for number, node in enumerate(layer["inbound_nodes"]):
            keywords = node.get("kwargs") if isinstance(node, dict) else None
            for key in keywords if isinstance(keywords, dict) else ():
                if key not in accepted:
                    place = at.at("layers", index, "inbound_nodes", number, "kwargs", key)
                    message = f"{_name(layer)}: a call of {cls.name} of {schema.release} does not accept {key!r}"
                    yield rule.UNKNOWN_ARGUMENT.finding(message, place)


def _name(layer: dict[str, Any]) -> str | None:
    config = layer.get("config")
    name = layer.get("name", config.get("name") if isinstance(config, dict) else None)
    return name if isinstance(name, str) else None


def _kind(value: Any) -> str:
    names = {dict: "an object", list: "a list", str: "a string", bool: "a boolean", type(None): "null"}
    return names.get(type(value), "a number")


def _references(node: Any, path: tuple[str | int, ...]) -> Iterator[Reference]:
    """The tensors that one recorded call takes, in Keras 3's form or in Keras 2's."""
    stack: list[tuple[Any, tuple[str | int, ...]]] = [(node, path)]
    legacy = isinstance(node, list)
    while stack:
        value, place = stack.pop()
        if isinstance(value, dict):
            if value.get("class_name") == "__keras_tensor__":
                inner = value.get("config")
                history = inner.get("keras_history") if isinstance(inner, dict) else None
                if isinstance(history, list) and len(history) == 3:
                    yield Reference(history[0], history[1], history[2], (*place, "config", "keras_history"))
                else:
                    yield Reference(None, None, None, place)
                continue
            stack += [(child, (*place, key)) for key, child in reversed(value.items())]
        elif isinstance(value, list):
            if legacy and _is_history(value):
                if value[0] != "_CONSTANT_VALUE":
                    yield Reference(value[0], value[1], value[2], place)
                stack += [(child, (*place, index)) for index, child in enumerate(value) if isinstance(child, dict)]
                continue
            stack += [(child, (*place, index)) for index, child in reversed(list(enumerate(value)))]


def _is_history(value: list[Any]) -> bool:
    """Keras 2's ``["dense", 0, 0]`` or ``["dense", 0, 0, {...}]``."""
    return (
        len(value) in (3, 4)
        and isinstance(value[0], str)
        and all(isinstance(item, int) and not isinstance(item, bool) for item in value[1:3])
        and (len(value) == 3 or isinstance(value[3], (dict, str)))
    )


def _ends(value: Any, path: tuple[str | int, ...]) -> Iterator[Reference]:
    """The tensors of ``input_layers`` and ``output_layers``, however nested."""
    stack: list[tuple[Any, tuple[str | int, ...]]] = [(value, path)]
    while stack:
        current, place = stack.pop()
        if isinstance(current, dict):
            stack += [(child, (*place, key)) for key, child in reversed(current.items())]
        elif isinstance(current, list):
            if current and isinstance(current[0], str):
                padded = [*current, None, None][:3]
                yield Reference(padded[0], padded[1], padded[2], place, is_end=True)
            else:
                stack += [(child, (*place, index)) for index, child in reversed(list(enumerate(current)))]


def _judge(reference: Reference, number: int, calls: dict[str, int], at: Location) -> Iterator[Finding]:
    layer, node, tensor = reference.layer, reference.node, reference.tensor
    if isinstance(layer, str) and layer in calls and _is_index(node) and _is_index(tensor) and node < number:
        return
    place = at.at(*reference.path)
    if not isinstance(layer, str) or not _is_index(node) or not _is_index(tensor):
        message = "a reference to a tensor must be a layer's name, the number of its call and of that call's output"
        yield rule.MALFORMED_NODE.finding(message, place)
    elif layer not in calls:
        close = nearest(layer, list(calls))
        remedy = f"did you mean {close!r}?" if close else ""
        yield rule.DANGLING_REFERENCE.finding(f"the model has no layer {layer!r}", place, remedy=remedy)
    else:
        message = f"call {node} of layer {layer!r} is wanted, but there are {number} (counted from 0)"
        yield rule.DANGLING_REFERENCE.finding(message, place)


def _is_index(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _cycles(
    waits: dict[tuple[str, int], list[tuple[str, int]]], places: dict[str, int], at: Location
) -> Iterator[Finding]:
    """Calls that wait for themselves; found by taking away what can be made until nothing more can."""
    users: dict[tuple[str, int], list[tuple[str, int]]] = {}
    missing: dict[tuple[str, int], int] = {}
    for call, needs in waits.items():
        known = [need for need in needs if need in waits]
        missing[call] = len(known)
        for need in known:
            users.setdefault(need, []).append(call)
    ready = [call for call, count in missing.items() if count == 0]
    while ready:
        for user in users.get(ready.pop(), ()):
            missing[user] -= 1
            if missing[user] == 0:
                ready.append(user)
    stuck = [call for call, count in missing.items() if count > 0]
    if stuck:
        trail, seen = [stuck[0]], {stuck[0]}
        while True:
            following = next(need for need in waits[trail[-1]] if missing.get(need, 0) > 0)
            if following in seen:
                trail = trail[trail.index(following) :]
                break
            trail.append(following)
            seen.add(following)
        names = [name for name, _ in reversed(trail)]
        shown = " -> ".join([*names[:SEVERAL], *(["..."] if len(names) > SEVERAL else []), names[0]])
        yield rule.GRAPH_CYCLE.finding(f"these layers wait for each other: {shown}", at.at("layers", places[names[0]]))
