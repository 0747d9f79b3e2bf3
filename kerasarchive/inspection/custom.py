"""What the archive needs that Keras does not bring: custom objects by kind, and Lambda layers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from kerasarchive.layout import variables
from kerasarchive.model.config import MARKERS
from kerasarchive.model.location import Location
from kerasarchive.schema import ReleaseSchema

Path = tuple[str | int, ...]
Chain = tuple[Any, "str | int"]
Named = tuple[str, str, str]
"""Kind, name and module of a custom object; no module is the empty string."""

KINDS = {
    "activation": "activation", "recurrent_activation": "activation", "layers": "layer", "layer": "layer",
    "backward_layer": "layer", "cell": "layer", "cells": "layer", "loss": "loss", "metrics": "metric",
    "weighted_metrics": "metric", "optimizer": "optimizer", "optimizer_config": "optimizer",
    "inner_optimizer": "optimizer", "learning_rate": "schedule", "dtype": "policy", "function": "function",
}  # fmt: skip
SUFFIXES = (("_initializer", "initializer"), ("_regularizer", "regularizer"), ("_constraint", "constraint"),
            ("_activation", "activation"))  # fmt: skip
NAMED = frozenset({"activation", "initializer", "regularizer", "constraint", "loss", "metric"})
"""Kinds that a config may give as a bare name."""
PLAIN = frozenset({"keras", "keras.initializers"})
MAX_PLACES = 20
NAME = re.compile(r"[^\W\d][\w.]*(>[\w.]+)?|")
"""What a function or class can be called; anything else where a name belongs is code of a lambda, in base64."""


def kind_at(path: Path) -> str:
    """What kind of object is expected at that place: ``layer``, ``initializer``, ``loss``; ``object`` if unclear."""
    if not path:
        return "model"
    for key in reversed(path):
        if isinstance(key, int):
            continue
        if key in KINDS:
            return KINDS[key]
        found = next((kind for suffix, kind in SUFFIXES if key.endswith(suffix)), None)
        # Losses and metrics may be given in a dict by output, so the key above it tells.
        if found or key in ("config", "inbound_nodes", "kwargs", "args"):
            return found or "object"
    return "object"


@lru_cache(maxsize=4096)
def kind_of(key: str) -> str:
    """The kind of object that an argument of that name takes; empty if any."""
    return KINDS.get(key) or next((kind for suffix, kind in SUFFIXES if key.endswith(suffix)), "")


def custom_objects(
    roots: list[tuple[Any, Location]], schema: ReleaseSchema | None
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """(custom objects, Lambda layers) below `roots`, each of the former once, with its places."""
    places: dict[Named, list[Location]] = {}
    lambdas: list[dict[str, Any]] = []
    known: dict[tuple[str, str], bool] = {}
    for root, location in roots:
        for found, path in _search(root, schema, known):
            if isinstance(found, dict):
                lambdas.append(_lambda(found, location.at(*path)))
            else:
                places.setdefault(found, []).append(location.at(*path))
    rows = [
        {
            "kind": kind,
            "name": name,
            "module": module or None,
            "count": len(found),
            "locations": [str(place) for place in found[:MAX_PLACES]],
        }
        for (kind, name, module), found in sorted(places.items())
    ]
    return rows, lambdas


def _search(
    root: Any, schema: ReleaseSchema | None, known: dict[tuple[str, str], bool]
) -> Iterator[tuple[Named | dict[str, Any], Path]]:
    """What is custom at and below `root`, in document order: its (kind, name, module); a Lambda as its own data.

    Iterative, and only dicts and lists are walked: most of a config's values are scalars.
    """
    # A place is a chain of (parent, key), which costs less than a tuple of all keys for each of 50,000 places.
    stack: list[tuple[Any, Chain | None]] = [(root, None)]
    while stack:
        current, place = stack.pop()
        if isinstance(current, list):
            held = [(item, (place, index)) for index, item in enumerate(current) if isinstance(item, (dict, list))]
            stack.extend(held[::-1])
            continue
        if not isinstance(current, dict):
            continue
        name = current.get("class_name")
        if name == "__keras_tensor__":
            continue
        if isinstance(name, str) and "config" in current and name not in MARKERS:
            if name == "Lambda":
                yield current, path_of(place)
            custom = _object(current, name, place, schema)
            if custom:
                yield custom, path_of(place)
        below = []
        for key, item in current.items():
            if type(item) is str:
                kind = kind_of(key)
                if kind in NAMED and _is_custom_name(item, kind, schema, known):
                    yield (kind, item, ""), path_of((place, key))
            elif item and (type(item) is dict or type(item) is list) and not _is_plain(item):
                below.append((item, (place, key)))
                kind = kind_of(key)
                if kind in NAMED and (isinstance(item, list) or "class_name" not in item):
                    for text, at in _names(item, path_of((place, key))):
                        if not NAME.fullmatch(text):
                            yield {"config": {"function": [text]}}, at
                        elif _is_custom_name(text, kind, schema, known):
                            yield (kind, text, ""), at
        below.reverse()
        stack.extend(below)


def _is_plain(item: Any) -> bool:
    """Whether this is an initializer or policy of Keras's own with nothing but scalars in it: most objects are."""
    if isinstance(item, list) or item.get("registered_name") is not None:
        return False
    module, config = item.get("module"), item.get("config")
    if not isinstance(module, str) or module not in PLAIN:
        return False
    if not isinstance(config, dict) or item.get("class_name") == "function":
        return False
    return not config or not any(isinstance(value, (dict, list)) or kind_of(key) for key, value in config.items())


def path_of(place: Chain | None) -> Path:
    """The keys of a chain, from the root."""
    keys: list[str | int] = []
    while place is not None:
        place, key = place
        keys.append(key)
    return tuple(reversed(keys))


def skeleton(rows: list[dict[str, Any]]) -> dict[str, str]:
    """What `load_model(custom_objects=...)` has to be given: registered or plain name -> the name to import."""
    found = {}
    for row in rows:
        name, module = row["name"], row["module"]
        bare = name.rpartition(">")[2]
        found[name] = f"{module}.{bare}" if module and module not in ("builtins", "__main__") else bare
    return found


def _object(
    value: dict[str, Any], name: str, place: Chain | None, schema: ReleaseSchema | None
) -> tuple[str, str, str] | None:
    module, registered = value.get("module"), value.get("registered_name")
    module = module if isinstance(module, str) else None
    registered = registered if isinstance(registered, str) else None
    if name == "function":
        config = value.get("config")
        if not isinstance(config, str) or (module and module.split(".")[0] == "keras"):
            return None
        if schema is not None and ">" not in config and schema.accepts_function(config):
            return None
        return kind_at(path_of(place)), config, module if module and module != "builtins" else ""
    known = variables.is_builtin(module, registered, name)
    if known and module is None and kind_at(path_of(place)) == "layer" and not variables.is_known(name):
        known = schema is not None and (
            schema.by_class_name(name, "layer") is not None or schema.by_class_name(name, "operation") is not None
        )
    if known or name.partition(">")[0] == "Custom":
        # `Custom>Adam` is how tf.keras 2.11 to 2.15 write their own optimizers into HDF5 files.
        return None if known or kind_at(path_of(place)) == "optimizer" else (kind_at(path_of(place)), name, "")
    return kind_at(path_of(place)), registered if registered and ">" in registered else name, module or ""


def _names(value: Any, path: Path) -> Iterator[tuple[str, Path]]:
    """Bare names in an argument: one, or several in (nested) lists and dicts."""
    stack = [(value, path)]
    while stack:
        current, at = stack.pop()
        if isinstance(current, str):
            yield current, at
        elif isinstance(current, dict) and "class_name" not in current:
            stack.extend((item, (*at, key)) for key, item in current.items())
        elif isinstance(current, list):
            stack.extend((item, (*at, i)) for i, item in enumerate(current))


def _is_custom_name(text: str, kind: str, schema: ReleaseSchema | None, known: dict[tuple[str, str], bool]) -> bool:
    """Whether a bare name means something of the user's; `known` remembers what was looked up."""
    if ">" in text:
        return True
    if schema is None or text in ("accuracy", "acc", "crossentropy", "ce", "auto", ""):
        return False
    if (text, kind) not in known:
        known[text, kind] = text in schema.words(kind) or schema.accepts_function(text, kind)
    return not known[text, kind]


def _lambda(value: dict[str, Any], at: Location) -> dict[str, Any]:
    config = value.get("config")
    config = config if isinstance(config, dict) else {}
    function = config.get("function")
    kind = "unknown"
    if config.get("function_type") == "lambda" or isinstance(function, list):
        kind = "bytecode"
    elif isinstance(function, dict):
        inner = function.get("class_name")
        kind = "bytecode" if inner == "__lambda__" else f"function {function.get('config')}"
    elif isinstance(function, str):
        kind = f"function {function}"
    name = config.get("name") or value.get("name")
    return {"name": name if isinstance(name, str) else None, "function": kind[:200], "location": str(at)}
