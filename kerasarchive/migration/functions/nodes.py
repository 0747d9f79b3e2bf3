"""Nodes of TensorFlow's graphs, which ``TensorFlowOpLayer`` of tf.keras 2.0 to 2.3 holds, as the functions they come from."""

from __future__ import annotations

import base64
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from kerasarchive.formats.tensorflow.wire import Damaged, Value, entry, fields, message, number, signed, text, varint
from kerasarchive.migration.functions.call import ADVICE
from kerasarchive.migration.operations.operation import Refuse
from kerasarchive.model.objects import Node, Object, leaves

TYPES = {
    1: "float32", 2: "float64", 3: "int32", 4: "uint8", 5: "int16", 6: "int8", 7: "string", 8: "complex64", 9: "int64",
    10: "bool", 14: "bfloat16", 17: "uint16", 18: "complex128", 19: "float16", 20: "resource", 22: "uint32", 23: "uint64",
}  # fmt: skip
"""``tensorflow/core/framework/types.proto``."""
_NAMED = {"float32": "DT_FLOAT", "float64": "DT_DOUBLE", "float16": "DT_HALF"}
_BY_NAME = {_NAMED.get(dtype, f"DT_{dtype.upper()}"): dtype for dtype in TYPES.values()}


@dataclass(frozen=True, slots=True)
class GraphNode:
    """One operation: its name, its inputs (references and constants, in order) and its attributes as plain values."""

    op: str
    inputs: list[Any] = field(default_factory=list)
    attributes: Mapping[str, Any] = field(default_factory=dict)


def graph_node(layer: Object, call: Node) -> GraphNode:
    """The node that `layer` wraps, called as `call` says. Raises Refuse where it is not one."""
    definition, constants = layer.get("node_def"), layer.get("constants") or {}
    try:
        op, attributes = _of_text(definition) if isinstance(definition, str) else _of_json(definition)
        places = sorted((int(place), value) for place, value in constants.items()) if constants else []
    except (Damaged, LookupError, TypeError, ValueError, AttributeError, struct.error) as error:
        reason = "its `node_def` and `constants` are no node of a TensorFlow graph"
        raise Refuse(reason, ADVICE) from error
    inputs: list[Any] = [ref for arg in call.args for ref in leaves(arg)]
    for place, value in places:
        inputs.insert(place, value)
    return GraphNode(op, inputs, attributes)


def _of_json(definition: Any) -> tuple[str, dict[str, Any]]:
    """A node as protobuf's ``MessageToDict`` spells it: 64-bit numbers and bytes are text."""
    if not isinstance(definition["op"], str):
        raise TypeError
    return definition["op"], {name: _plain(value) for name, value in definition.get("attr", {}).items()}


def _plain(attribute: Mapping[str, Any]) -> Any:
    ((kind, value),) = attribute.items()
    if kind == "list":
        return [_scalar(name, item) for name, items in value.items() for item in items]
    return _scalar(kind, value)


def _scalar(kind: str, value: Any) -> Any:
    if kind == "i":
        return int(value)
    if kind == "f":
        return float(value)
    if kind == "s":
        return base64.b64decode(value, validate=True).decode()
    if kind == "type":
        return _BY_NAME.get(value, value)
    return value


def _of_text(definition: str) -> tuple[str, dict[str, Any]]:
    """A node as tf.keras 2.0 wrote it: the serialized message, whose bytes happen to be UTF-8."""
    op, attributes = "", {}
    for key, value in fields(memoryview(definition.encode())):
        if key == 2:
            op = text(value)
        elif key == 5:
            name, data = entry(value)
            attributes[name] = _attribute(data)
    if not op:
        raise ValueError
    return op, attributes


_STRING, _INTEGER, _FLOAT, _BOOLEAN, _TYPE = 2, 3, 4, 5, 6
"""Fields of ``AttrValue`` in ``attr_value.proto``, and of its ``ListValue``, which is field 1."""


def _attribute(data: memoryview) -> Any:
    found = list(fields(data))
    if len(found) != 1:
        raise ValueError
    ((key, value),) = found
    if key != 1:
        return _read(key, value)
    return [item for inner, values in fields(message(value)) for item in _items(inner, values)]


def _items(key: int, value: Value) -> Iterator[Any]:
    """One field of a list: numbers may be packed, one behind the other without tags."""
    if isinstance(value, int) or key == _STRING:
        yield _read(key, value)
    elif key == _FLOAT:
        yield from (item for (item,) in struct.iter_unpack("<f", value))
    else:
        at = 0
        while at < len(value):
            item, at = varint(value, at)
            yield _read(key, item)


def _read(key: int, value: Value) -> Any:
    if key == _STRING:
        return text(value)
    if key == _INTEGER:
        return signed(value)
    if key == _BOOLEAN:
        return bool(number(value))
    if key == _TYPE:
        return TYPES.get(number(value), number(value))
    if key == _FLOAT:
        return struct.unpack("<f", number(value).to_bytes(4, "little"))[0]
    raise ValueError
