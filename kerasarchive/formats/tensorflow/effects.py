"""Operations of a SavedModel that touch files by what they are given, apart from those that save the model itself.

Every SavedModel holds operations that write and read its variables: in the functions ``traced_save`` and
``traced_restore``, which only the two nodes that its SaverDef names may call, or in TensorFlow 1 in nodes below ``save/``, which
nothing may need that runs on loading (the main op) or on serving (a signature's outputs).
The same operations anywhere else write or read a file that the graph chooses.
Sources: tensorflow/core/protobuf/saver.proto, tensorflow/core/framework/{node_def,attr_value,function}.proto.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from kerasarchive.formats.tensorflow.wire import entry, fields, message, text

_SAVER_OPERATIONS = frozenset({
    "Save", "SaveSlices", "SaveV2", "Restore", "RestoreSlice", "RestoreV2", "MergeV2Checkpoints",
})  # fmt: skip
_SAVER_FUNCTION = re.compile(r"__inference__traced_(save|restore)_\d+$")
_SAVER_NODE = re.compile(r"save(_\d+)?/")
_FILE = b"file://"


@dataclass(frozen=True, slots=True)
class Node:
    """What matters of a NodeDef: name, operation, the functions that it calls, whether it prints to a file, inputs."""

    name: str
    operation: str
    calls: tuple[str, ...]
    prints: bool
    inputs: tuple[str, ...] = ()


def effects(meta_graph: memoryview) -> Iterator[str]:
    """The operations of one MetaGraphDef, as ``SaveV2 in <function>``. Raises Damaged."""
    savers: set[str] = set()
    functions: dict[str, list[Node]] = {}
    main: list[Node] = []
    for field, value in fields(meta_graph):
        if field == 3:
            savers |= {text(item).partition(":")[0] for inner, item in fields(message(value)) if inner in (2, 3)}
        elif field == 2:
            for inner, item in fields(message(value)):
                if inner == 1:
                    main.append(_node(message(item)))
                elif inner == 2:
                    for place, function in fields(message(item)):
                        if place == 1:
                            name, nodes = _function(message(function))
                            functions[name] = nodes
    called = {call for nodes in functions.values() for node in nodes for call in node.calls}
    called |= {call for node in main if node.name not in savers for call in node.calls}
    runs = _needed(main, _started(meta_graph)) if any(node.operation in _SAVER_OPERATIONS for node in main) else set()
    for node in main:
        is_saver = _SAVER_NODE.match(node.name) is not None and node.name not in runs
        if node.prints or (node.operation in _SAVER_OPERATIONS and not is_saver):
            yield f"{node.operation} as {node.name}"
    for name, nodes in functions.items():
        is_saver = _SAVER_FUNCTION.match(name) is not None and name not in called
        for node in nodes:
            if node.prints or (node.operation in _SAVER_OPERATIONS and not is_saver):
                yield f"{node.operation} in {name}"


def _started(meta_graph: memoryview) -> Iterator[str]:
    """The nodes that TensorFlow runs on loading, and those that a signature asks for."""
    for field, value in fields(meta_graph):
        if field == 4:
            key, collection = entry(value)
            if key in _MAIN:
                for inner, item in fields(collection):
                    if inner == 1:
                        yield from (_bare(text(name)) for place, name in fields(message(item)) if place == 1)
        elif field == 5:
            _, signature = entry(value)
            for inner, item in fields(signature):
                if inner == 2:
                    _, tensor = entry(item)
                    yield from (_bare(text(name)) for place, name in fields(tensor) if place == 1)


_MAIN = ("saved_model_main_op", "legacy_init_op")


def _bare(name: str) -> str:
    """The node of a tensor or of a control input."""
    return name.lstrip("^").partition(":")[0]


def _needed(main: list[Node], started: Iterable[str]) -> set[str]:
    inputs = {node.name: node.inputs for node in main}
    found: set[str] = set()
    pending = list(started)
    while pending:
        name = pending.pop()
        if name not in found:
            found.add(name)
            pending.extend(inputs.get(name, ()))
    return found


def _function(data: memoryview) -> tuple[str, list[Node]]:
    name, nodes = "", []
    for field, value in fields(data):
        if field == 1:
            name = next((text(item) for inner, item in fields(message(value)) if inner == 1), "")
        elif field == 3:
            nodes.append(_node(message(value)))
    return name, nodes


def _node(data: memoryview) -> Node:
    name = operation = ""
    calls: list[str] = []
    inputs: list[str] = []
    to_file = False
    for field, value in fields(data):
        if field == 1:
            name = text(value)
        elif field == 2:
            operation = text(value)
        elif field == 3:
            inputs.append(_bare(text(value)))
        elif field == 5:
            _, attribute = entry(value)
            for inner, item in fields(attribute):
                if inner == 10:
                    calls.extend(_called(message(item)))
                elif inner == 1:
                    calls.extend(
                        call for place, each in fields(message(item)) if place == 9 for call in _called(message(each))
                    )
                elif inner == 2:  # fields come in any order: the operation may not be known yet
                    to_file = to_file or bytes(message(item)).startswith(_FILE)
    return Node(name, operation, tuple(calls), to_file and operation == "PrintV2", tuple(inputs))


def _called(data: memoryview) -> Iterator[str]:
    return (text(value) for field, value in fields(data) if field == 1)
