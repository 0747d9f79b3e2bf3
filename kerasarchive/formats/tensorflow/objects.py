"""The object graphs of TensorFlow: TrackableObjectGraph of a checkpoint, SavedObjectGraph of a SavedModel.

Sources: tensorflow/core/protobuf/trackable_object_graph.proto and saved_object_graph.proto.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from kerasarchive.formats.limits import Limits
from kerasarchive.formats.tensorflow.wire import Damaged, Value, fields, message, number, text
from kerasarchive.model.trackable import Slot, Tracked

Nodes = tuple[Tracked, ...]


def checkpointed(data: memoryview, limits: Limits) -> Nodes:
    """The nodes of a checkpoint's graph. Raises Damaged, also where an edge leads nowhere."""
    return _sound(tuple(_trackable(value) for value in _nodes(data, limits)))


def saved(data: memoryview, limits: Limits) -> Nodes:
    """The nodes of a SavedModel's graph, which says more of each, but not where its tensors are. Raises Damaged."""
    return _sound(tuple(_saved(value) for value in _nodes(data, limits)))


def joined(said: Nodes, stored: Nodes) -> Nodes:
    """The nodes of a SavedModel with the tensors of its checkpoint, matched as TensorFlow does: by edges from the root."""
    if not said or not stored:
        return said
    found = list(said)
    partner = {0: 0}
    keepers: list[int] = []
    pending = [0]
    while pending:
        node = pending.pop()
        other = stored[partner[node]]
        if other.tensors:
            found[node] = replace(said[node], tensors=other.tensors)
        if said[node].slots:
            keepers.append(node)
        for name, child in said[node].children.items():
            if child not in partner and name in other.children:
                partner[child] = other.children[name]
                pending.append(child)
    # An optimizer's slots hang on no edge: the variable that they are for and their name tell them.
    for node in keepers:
        kept = {(slot.variable, slot.name): slot.kept for slot in stored[partner[node]].slots}
        for slot in said[node].slots:
            there = kept.get((partner.get(slot.variable, -1), slot.name))
            if there is not None:
                found[slot.kept] = replace(said[slot.kept], tensors=stored[there].tensors)
    return tuple(found)


def _nodes(data: memoryview, limits: Limits) -> list[memoryview]:
    found = [message(value) for field, value in fields(data) if field == 1]
    if len(found) > limits.hdf5_objects:
        msg = f"has {len(found):,} objects, more than the {limits.hdf5_objects:,} that kav follows"
        raise Damaged(msg)
    return found


def _sound(nodes: Nodes) -> Nodes:
    for index, node in enumerate(nodes):
        places = [*node.children.values(), *(place for slot in node.slots for place in (slot.variable, slot.kept))]
        if any(place >= len(nodes) for place in places):
            msg = f"object {index} refers to one that does not exist"
            raise Damaged(msg)
    return nodes


def _trackable(data: memoryview) -> Tracked:
    children: dict[str, int] = {}
    slots: list[Slot] = []
    tensors: dict[str, str] = {}
    name = ""
    for field, value in fields(data):
        if field == 1:
            _edge(value, children)
        elif field == 2:
            attribute, full, key = _texts(value)
            tensors[attribute] = key
            name = full or name
        elif field == 3:
            slots.append(_slot(value))
    return Tracked(children, tuple(slots), tensors, name)


def _saved(data: memoryview) -> Tracked:
    children: dict[str, int] = {}
    slots: list[Slot] = []
    name = identifier = metadata = constant = ""
    asset: int | None = None
    for field, value in fields(data):
        if field == 1:
            _edge(value, children)
        elif field == 3:
            slots.append(_slot(value))
        elif field == 4:
            for inner, item in fields(message(value)):
                if inner == 1:
                    identifier = text(item)
                elif inner == 3:
                    metadata = text(item)
        elif field == 5:
            asset = next((number(item) for inner, item in fields(message(value)) if inner == 1), 0)
        elif field == 7:
            name = next((text(item) for inner, item in fields(message(value)) if inner == 6), "")
        elif field == 9:
            constant = next((text(item) for inner, item in fields(message(value)) if inner == 1), "")
    return Tracked(children, tuple(slots), {}, name, identifier, metadata, asset, constant)


def _edge(value: Value, children: dict[str, int]) -> None:
    child, name = 0, ""
    for field, item in fields(message(value)):
        if field == 1:
            child = number(item)
        elif field == 2:
            name = text(item)
    children.setdefault(name, child)


def _texts(value: Value) -> tuple[str, str, str]:
    found: Mapping[int, str] = {field: text(item) for field, item in fields(message(value)) if field in (1, 2, 3)}
    return found.get(1, ""), found.get(2, ""), found.get(3, "")


def _slot(value: Value) -> Slot:
    variable = kept = 0
    name = ""
    for field, item in fields(message(value)):
        if field == 1:
            variable = number(item)
        elif field == 2:
            name = text(item)
        elif field == 3:
            kept = number(item)
    return Slot(variable, name, kept)
