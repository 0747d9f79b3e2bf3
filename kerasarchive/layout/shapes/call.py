"""The calls of a layer as a graph's config records them, whichever of its two spellings it uses."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from kerasarchive.layout.shapes.setting import MAX_DIM, Shape, shape_of

MAX_TENSORS = 4096
"""A call takes a handful of tensors; a config that lists more is not worth following."""


NOTHING: Mapping[str, Any] = MappingProxyType({})


class Source(NamedTuple):
    """One tensor that a call takes: output `tensor` of call `node` of `layer`, with the shape recorded beside it."""

    layer: str
    node: int
    tensor: int
    shape: Shape | None = None


class Call:
    """One call of a layer: tensors by position, tensors by keyword, and the other arguments as they are written."""

    __slots__ = ("args", "named", "options", "sources")

    def __init__(
        self,
        args: tuple[Source, ...] = (),
        named: Mapping[str, tuple[Source, ...]] = NOTHING,
        options: Mapping[str, Any] = NOTHING,
    ) -> None:
        self.args = args
        self.named = named
        self.options = options
        self.sources = args + tuple(s for group in named.values() for s in group) if named else args
        """Every tensor of the call, those by position first."""


def calls_of(layer: Mapping[str, Any]) -> tuple[Call, ...]:
    """Every call of a layer of a graph. What is not understood is left out."""
    nodes = layer.get("inbound_nodes")
    if not isinstance(nodes, list):
        return ()
    return tuple(_of_dict(node) if isinstance(node, dict) else _of_list(node) for node in nodes)


def sources_of(value: Any) -> tuple[Source, ...]:
    """Every tensor in ``input_layers``, ``output_layers`` or an argument: one, or lists and dicts of them."""
    return tuple(_walk(value))


def _of_dict(node: dict[str, Any]) -> Call:
    """Keras 3: ``{"args": [...], "kwargs": {...}}`` with ``__keras_tensor__`` where a tensor stood."""
    args, kwargs = node.get("args"), node.get("kwargs")
    if not isinstance(kwargs, dict) or not kwargs:
        return Call(tuple(_walk(args, lists=False)))
    named = {key: found for key, value in kwargs.items() if (found := tuple(_walk(value, lists=False)))}
    options = {key: value for key, value in kwargs.items() if key not in named}
    return Call(tuple(_walk(args, lists=False)), named, options)


def _of_list(node: Any) -> Call:
    """Keras 2: ``[["x", 0, 0, {...}], ...]``, for one tensor also without the outer list."""
    if not isinstance(node, list):
        return Call()
    entries = [node] if _as_source(node) or (node and isinstance(node[0], str)) else node
    args: list[Source] = []
    kwargs: dict[str, Any] = {}
    for entry in entries[:MAX_TENSORS]:
        found = _as_source(entry)
        args.extend((found,) if found is not None else _walk(entry))
        if isinstance(entry, list) and len(entry) > 3 and isinstance(entry[3], dict):
            kwargs = kwargs or entry[3]
    named = {key: sources for key, value in kwargs.items() if (sources := tuple(_walk(value)))}
    return Call(tuple(args), named, {key: value for key, value in kwargs.items() if key not in named})


def _as_source(value: Any, shape: Shape | None = None) -> Source | None:
    """A list-style reference, ``["x", 0, 0]``."""
    if not isinstance(value, (list, tuple)) or len(value) not in (3, 4):
        return None
    layer, node, tensor = value[:3]
    if isinstance(layer, str) and type(node) is type(tensor) is int and max(abs(node), abs(tensor)) < MAX_DIM:
        return Source(layer, node, tensor, shape)
    return None


def _walk(value: Any, *, lists: bool = True) -> list[Source]:
    """Every tensor at and below `value` in order; `lists` says whether ``["x", 0, 0]`` stands for a tensor."""
    tensors: list[Source] = []
    stack, count = [value], 0
    while stack and count < MAX_TENSORS:
        current, count = stack.pop(), count + 1
        if isinstance(current, dict):
            if current.get("class_name") == "__keras_tensor__":
                inner = current.get("config")
                if isinstance(inner, dict):
                    found = _as_source(inner.get("keras_history"), shape_of(inner.get("shape")))
                    if found is not None:
                        tensors.append(found)
            elif "class_name" not in current:
                stack.extend(reversed(current.values()))
        elif isinstance(current, (list, tuple)):
            found = _as_source(current) if lists else None
            if found is not None:
                tensors.append(found)
            else:
                stack.extend(current[:MAX_TENSORS][::-1])
    return tensors
