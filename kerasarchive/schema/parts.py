"""Whether the groups of a weight file are those that a release of a library makes for its objects' parts.

Keras names a group after the attribute that holds a part, and the members of a list or dict after their classes; what
a model finds under ``layers`` first stays there (keras/src/saving/saving_lib.py, `_walk_saveable`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from kerasarchive.schema.class_schema import ClassSchema
from kerasarchive.schema.release_schema import ReleaseSchema

Groups = dict[str, Any]

LAYERS = "layers"
BY_KERAS = frozenset({"vars", LAYERS, "metrics", "optimizer", "loss_tracker"})
"""Groups that any object may have."""

PLAIN_BASES = frozenset({"keras.Layer", "keras.Model", "keras.layers.Layer"})
"""Bases in Keras that bring no parts of their own."""


def tree_of(paths: tuple[str, ...]) -> Groups:
    """Paths of groups as nested dicts."""
    tree: Groups = {}
    for path in paths:
        inner = tree
        for part in path.split("/"):
            inner = inner.setdefault(part, {})
    return tree


def misplaced(groups: Groups, root: Any, schema: ReleaseSchema, *, custom: bool) -> Iterator[str]:
    """Groups that this release of the library would not make for the model that `root` is the config of.

    `custom` says that there are objects of other makers, whose parts may be called anything.
    """
    pending: list[tuple[Groups, ClassSchema, Any]] = []
    cls = _class_of(root, schema)
    if cls is not None:
        pending.append((groups, cls, root.get("config")))
    while pending:
        here, cls, config = pending.pop()
        parts = _parts(schema, cls)
        if parts is None:
            continue
        for name, inner in here.items():
            kept = parts.get(name, parts.get(f"{name}/"))
            if name == LAYERS and cls.role == "model":
                pending += _members(inner, schema, custom=custom)
            elif kept is None and not (name in BY_KERAS or name.startswith("_")):
                yield f"{cls.name} has no part {name!r}"
            elif f"{name}/" in parts:
                pending += _members(inner, schema, custom=custom)
            elif kept is not None:
                if cls.role == "model" and name > LAYERS and kept and _are_layers(schema, kept):
                    yield f"{cls.name} keeps {name!r} among its layers"
                child = config.get(name) if isinstance(config, dict) else None
                known = _class_of(child, schema)
                if known is None and len(kept) == 1 and not custom:
                    known, child = schema.get(kept[0]), None
                if known is not None:
                    pending.append((inner, known, child.get("config") if isinstance(child, dict) else None))


def _class_of(value: Any, schema: ReleaseSchema) -> ClassSchema | None:
    name = value.get("registered_name") if isinstance(value, dict) else None
    return schema.get(name) if isinstance(name, str) and ">" in name else None


def _members(groups: Groups, schema: ReleaseSchema, *, custom: bool) -> list[tuple[Groups, ClassSchema, Any]]:
    """The members of a list, by the names that they have from their classes."""
    if custom:
        return []
    found = []
    for name, inner in groups.items():
        classes = _by_snake_case(schema).get(re.sub(r"_\d+$", "", name), ())
        if len(classes) == 1:
            cls = schema.get(classes[0])
            if cls is not None:
                found.append((inner, cls, None))
    return found


@lru_cache(maxsize=64)
def _by_snake_case(schema: ReleaseSchema) -> dict[str, tuple[str, ...]]:
    names: dict[str, tuple[str, ...]] = {}
    for cls in schema:
        if cls.role in ("layer", "model", "cell"):
            word = _snake_case(cls.class_name)
            names[word] = (*names.get(word, ()), cls.name)
    return names


def _snake_case(name: str) -> str:
    name = re.sub("(.)([A-Z][a-z]+)", r"\1_\2", name)
    return re.sub("([a-z])([A-Z])", r"\1_\2", name).lower()


@lru_cache(maxsize=4096)
def _parts(schema: ReleaseSchema, cls: ClassSchema) -> dict[str, list[str]] | None:
    """The attributes that may hold parts; None where nobody knows them all."""
    parts: dict[str, list[str]] | None = cls.raw.get("x-kav-attributes")
    pending, seen = list(cls.bases), set()
    while pending:
        name = pending.pop()
        base = schema.get(name)
        if base is None and name not in PLAIN_BASES:
            return None
        if base is not None and name not in seen:
            seen.add(name)
            pending += base.bases
    return None if parts is None or "*" in parts else parts


def _are_layers(schema: ReleaseSchema, names: list[str]) -> bool:
    found = [schema.get(name) for name in names]
    return all(name.startswith("keras.layers.") or (cls is not None and cls.role == "layer")
               for name, cls in zip(names, found, strict=True))
