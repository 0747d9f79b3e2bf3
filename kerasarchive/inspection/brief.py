"""A serialized object in a few words: ``CosineDecay(initial_learning_rate=0.1, decay_steps=100)``."""

from __future__ import annotations

import json
import math
from typing import Any

MAX_DEPTH = 6
MAX_ITEMS = 64
MAX_TEXT = 200


def brief(value: Any, depth: int = 0) -> Any:
    """`value` as plain JSON in which objects and functions are short texts; bounded in depth and length."""
    if isinstance(value, str):
        return value if len(value) <= MAX_TEXT else f"{value[:MAX_TEXT]}..."
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if not isinstance(value, (dict, list, tuple)):
        return value
    if depth >= MAX_DEPTH:
        return "..."
    if isinstance(value, dict):
        name = value.get("class_name")
        if isinstance(name, str) and "config" in value:
            return called(value, depth)
        return {str(key): brief(item, depth + 1) for key, item in list(value.items())[:MAX_ITEMS]}
    return [brief(item, depth + 1) for item in value[:MAX_ITEMS]]


def called(data: dict[str, Any], depth: int = 0) -> str:
    """An object as the call that would make it, without nulls and its name; a function as its name."""
    name, config = data.get("class_name"), data.get("config")
    registered = data.get("registered_name")
    if name == "function":
        return str(brief(config, depth + 1))
    if isinstance(registered, str) and ">" in registered:
        name = registered
    if not isinstance(config, dict):
        return str(name)
    given = {key: brief(item, depth + 1) for key, item in list(config.items())[:MAX_ITEMS] if item is not None}
    given.pop("name", None)
    arguments = ", ".join(f"{key}={item if isinstance(item, str) else json.dumps(item)}" for key, item in given.items())
    text = f"{name}({arguments})" if arguments else str(name)
    return text if len(text) <= MAX_TEXT else f"{text[:MAX_TEXT]}..."


def class_name(data: Any) -> str:
    """The class as a reader looks for it: ``labpkg>Scale`` for a registered custom one."""
    if not isinstance(data, dict):
        return "?"
    registered, name = data.get("registered_name"), data.get("class_name")
    if isinstance(registered, str) and ">" in registered:
        return registered
    return name if isinstance(name, str) else "?"
