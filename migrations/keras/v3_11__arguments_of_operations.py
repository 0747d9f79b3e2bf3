"""What an operation is called with and is no tensor became an argument of the operation itself: a dtype, a shape."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from kerasarchive.migration import Log, Migration, Node, Object, Ref, Refuse, RewriteObject

CALLS = {
    "keras.src.ops.numpy.Arange": ("start", "stop", "step", "dtype"),
    "keras.src.ops.numpy.Array": ("x", "dtype"),
    "keras.src.ops.numpy.Full": ("shape", "fill_value", "dtype"),
    "keras.src.ops.numpy.FullLike": ("x", "fill_value", "dtype"),
    "keras.src.ops.numpy.Isclose": ("x1", "x2", "rtol", "atol", "equal_nan"),
    "keras.src.ops.numpy.OnesLike": ("x", "dtype"),
    "keras.src.ops.numpy.SearchSorted": ("sorted_sequence", "values", "side"),
    "keras.src.ops.numpy.ZerosLike": ("x", "dtype"),
    "keras.src.ops.core.AssociativeScan": ("f", "elems", "axis"),
    "keras.src.ops.core.Scan": ("f", "init", "xs", "length"),
    "keras.src.ops.core.Scatter": ("indices", "values", "shape"),
    "keras.src.ops.core.Slice": ("inputs", "start_indices", "shape"),
    "keras.src.ops.nn.DotProductAttention": (
        "query", "key", "value", "bias", "mask", "scale", "flash_attention", "attn_logits_soft_cap",
    ),
}  # fmt: skip
"""What a call of 3.10 takes, in order."""

MOVED = frozenset({"dtype", "equal_nan", "side", "axis", "length", "flash_attention", "attn_logits_soft_cap"})
"""Of them, what the operation takes from 3.11 on, beside every `shape`."""


def to_the_operation(obj: Object, log: Log) -> Object:
    """what is no tensor is an argument of the operation, no longer of its call"""
    order, moved = CALLS[obj.key], _moved(obj.key)
    taken: dict[str, Any] = {}
    nodes = []
    for node in obj.nodes or ():
        given = _named(node, order)
        for key in [key for key in given if key in moved]:
            value = given.pop(key)
            if isinstance(value, (Ref, Object)) or (key in taken and taken[key] != value):
                reason = f"`{key}` differs between its calls, or is a tensor, and it is one value for all of them now"
                raise Refuse(reason)
            taken[key] = value
        nodes.append(_node(given, tuple(key for key in order if key not in moved)))
    if not taken:
        return obj
    return replace(obj, config={**obj.config, **taken}, nodes=tuple(nodes))


def to_the_call(obj: Object, log: Log) -> Object:
    """what is no tensor is an argument of the call, no longer of the operation"""
    order, moved = CALLS[obj.key], _moved(obj.key)
    taken = {key: value for key, value in dict(obj.config).items() if key in moved}
    if not taken:
        return obj
    # What is left open need not be said, and a release that lacks the argument could not read it.
    taken = {key: value for key, value in taken.items() if value is not None}
    after = tuple(key for key in order if key not in moved)
    nodes = tuple(_node({**_named(node, after), **taken}, order) for node in obj.nodes or ())
    return replace(obj, config={key: value for key, value in obj.config.items() if key not in moved}, nodes=nodes)


def _moved(key: str) -> frozenset[str]:
    return MOVED & {*CALLS[key]} | ({"shape"} & {*CALLS[key]})


def _named(node: Node, order: tuple[str, ...]) -> dict[str, Any]:
    if len(node.args) > len(order):
        reason = "it is called with more arguments than the operation takes"
        raise Refuse(reason)
    return {**dict(zip(order, node.args, strict=False)), **dict(node.kwargs)}


def _node(given: Mapping[str, Any], order: tuple[str, ...]) -> Node:
    """A call with these arguments: by position as far as they go without a gap, then by name."""
    count = next((index for index, key in enumerate(order) if key not in given), len(order))
    return Node(
        tuple(given[key] for key in order[:count]),
        {key: value for key, value in given.items() if key not in order[:count]},
    )


migration = Migration(
    library="keras",
    release="3.11.0",
    evidence="keras/src/ops/numpy.py, core.py and nn.py of 3.10.0 and 3.11.0: the call of each of these classes",
    operations=(RewriteObject(tuple(CALLS), to_the_operation, back=to_the_call),),
)
