"""Mutations of JSON: of its values where they stand, and of its text."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from random import Random
from typing import Any

NAMES = (
    "Dense",
    "Lambda",
    "Functional",
    "Sequential",
    "TFSMLayer",
    "LSTM",
    "Bidirectional",
    "os.system",
    "",
    "x>y",
    "__lambda__",
)
_DIGITS = 10**20
HUGE = 10**400
"""As an integer it becomes infinite as soon as somebody makes a float of it."""
JUNK: tuple[Any, ...] = (
    None, True, False, 0, -1, 1, 2**31, 2**63, _DIGITS, -_DIGITS, HUGE, 1.5, -0.0, 1e308, float("nan"), float("inf"), "", "x",
    "../x", "a\x00b", "\ud800", "é" * 300, [], {}, [[]], [None], [0, 0], ["a", 0, 0], ["a", 0, 0, {}], [1, [2, [3]]],
    {"class_name": 3}, {"class_name": "__tensor__", "config": {"value": [1], "dtype": "float99"}}, 
    {"class_name": "X", "config": {}},
    {"class_name": "__numpy__", "config": {"value": [], "dtype": "x"}}, {"class_name": "__keras_tensor__", "config": {}},
    {"class_name": "__keras_tensor__", "config": {"shape": [3], "dtype": "float32", "keras_history": ["a", 9, -1]}},
    {"class_name": "__ellipsis__", "config": {}}, {"class_name": "__tuple__", "items": 3}, "(a+)+$", "keras.layers",
)  # fmt: skip
KEYS = (
    "class_name",
    "config",
    "module",
    "registered_name",
    "name",
    "layers",
    "units",
    "inbound_nodes",
    "input_layers",
    "output_layers",
    "build_config",
    "compile_config",
    "dtype",
    "kernel_initializer",
    "batch_input_shape",
)


def mutated(data: bytes, chance: Random, other: bytes = b"{}") -> bytes:
    """The document changed in one to four places; `other` is a document whose parts may come in."""
    try:
        value = json.loads(data)
    except (ValueError, RecursionError):
        return data
    try:
        for _ in range(chance.randint(1, 4)):
            value = _changed(value, chance, other)
    except RecursionError:  # it had been nested deeper than Python copies
        return data
    return _text(value, chance)


def _changed(value: Any, chance: Random, other: bytes) -> Any:
    spots = list(_spots(value))
    if not spots:
        return copy.deepcopy(chance.choice(JUNK))
    holder, key = chance.choice(spots)
    kind = chance.randrange(10)
    if kind == 0:
        del holder[key]
    elif kind == 1 and isinstance(holder, dict):
        holder[chance.choice(KEYS)] = holder.pop(key)
    elif kind == 2:  # a part of another place
        there, name = chance.choice(spots)
        holder[key] = copy.deepcopy(there.get(name) if isinstance(there, dict) else there[name : name + 1])
    elif kind == 3:
        try:
            foreign = [*_spots(json.loads(other))]
        except ValueError:
            foreign = []
        if foreign:
            there, name = chance.choice(foreign)
            holder[key] = copy.deepcopy(there[name])
    elif kind == 4 and isinstance(holder, dict):
        holder["class_name"] = chance.choice(NAMES)
    elif kind == 5 and isinstance(holder, list):
        holder[key : key + 1] = [holder[key]] * chance.choice((2, 3, 50))
    elif kind == 6:
        inner = holder[key]
        for _ in range(chance.choice((1, 5, 60, 300))):
            inner = {"class_name": "Sequential", "config": {"layers": [inner]}} if chance.random() < 0.5 else [inner]
        holder[key] = inner
    elif kind == 7 and type(holder[key]) in (int, float):
        holder[key] = chance.choice(
            (0, -1, 1 << 24, 1 << 40, HUGE, 0.5, holder[key] + 1, [holder[key]], str(holder[key]))
        )
    elif kind == 8 and isinstance(holder, dict):
        holder[chance.choice(KEYS)] = copy.deepcopy(chance.choice(JUNK))
    else:
        holder[key] = copy.deepcopy(chance.choice(JUNK))
    return value


def _spots(value: Any) -> Iterator[tuple[Any, Any]]:
    stack = [value]
    while stack:
        holder = stack.pop()
        items = holder.items() if isinstance(holder, dict) else enumerate(holder) if isinstance(holder, list) else ()
        for key, item in items:
            yield holder, key
            if isinstance(item, (dict, list)):
                stack.append(item)


def _text(value: Any, chance: Random) -> bytes:
    try:
        text = json.dumps(value)
    except (ValueError, RecursionError):
        return b"{}"
    kind = chance.randrange(30)
    if kind == 0:
        text = text.replace('"config": {', '"config": {"name": "twice", "name": "thrice", ', 1)
    elif kind == 1:
        text = "\ufeff" + text
    elif kind == 2:
        return text.encode("utf-16")
    elif kind == 3:
        text = text.replace(": 1", ": " + "1" * chance.choice((400, 5000)), 1)
    elif kind == 4:
        text = text[: chance.randrange(len(text) + 1)]
    return text.encode("utf-8", "surrogatepass")
