"""Which layer owns which stored tensor, in each way of storing them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from kerasarchive.diffing.alignment import layers_of
from kerasarchive.diffing.side import Path, Side
from kerasarchive.errors import KavError
from kerasarchive.layout import variables
from kerasarchive.layout.tracked import Disagreement, listed
from kerasarchive.layout.variables import Variable
from kerasarchive.model.location import Location
from kerasarchive.model.objects import descend
from kerasarchive.model.weights import WeightStore, is_of_model

FLAT = frozenset({"h5-model", "saved-model"})
"""Formats that list the tensors of each outermost layer."""
LEGACY = "model_weights"
ROLES = ("forward_layer", "backward_layer")
MAX_LAYERS = 20_000
MAX_NAME = 100
LOOSE: Path = ("",)
"""The key of what no layer of the config owns: matched by its path in the file."""

Key = tuple[Path, str]
"""The owner's path in the config, and the variable below it: ``0``, ``forward_layer/cell/0``, or flat ``#3``."""


def owners(side: Side, *, flat: bool = False) -> dict[Key, str]:
    """Every tensor of the model by the layer that owns it; by its path in the file where that cannot be told.

    `flat` counts each outermost layer's tensors through, trained ones first: all that legacy HDF5 files tell.
    """
    store = side.archive.weights
    assert store is not None
    kept = of_model(store)
    known = set(kept)
    listing = {"h5-model": _legacy, "saved-model": _tracked}.get(side.archive.format)
    bound = listing(side, store) if listing else _bound(side)
    found = {key: path for key, path in bound.items() if path in known}
    claimed = set(found.values())
    if flat and side.archive.format not in FLAT:
        found = _flattened(side, found)
    found.update({(LOOSE, path): path for path in kept if path not in claimed})
    return found


def of_model(store: WeightStore) -> list[str]:
    """The paths of the model's own tensors."""
    return [path for path in store.tensors() if is_of_model(path)]


def _bound(side: Side) -> dict[Key, str]:
    from kerasarchive.layout.bind import bind
    from kerasarchive.layout.dialect import dialect
    from kerasarchive.layout.lift import lift

    archive, release = side.archive, side.release
    if release is None or not archive.format.startswith("keras") or not isinstance(archive.config, dict):
        return {}
    try:
        root = bind(lift(archive.config, Location("", "#"), dialect(release)), archive.weights).root
    except (KavError, RecursionError):
        return {}
    found: dict[Key, str] = {}
    for obj in descend(root):
        if obj.origin is None:
            continue
        for role, state in obj.states.items():
            for name, source in state.all_variables(f"{role}/" if role else ""):
                if source.path is not None:
                    found.setdefault((obj.origin.parts, _public(name)), source.path)
    return found


def _legacy(side: Side, store: WeightStore) -> dict[Key, str]:
    """Legacy HDF5: a group for each outermost layer, its tensors listed in an attribute."""
    model = layers_of(side.archive.config)
    below = _below(side)
    found: dict[Key, str] = {}
    for layer in model:
        group = f"{LEGACY}/{layer.name}"
        for number, name in enumerate(_texts(store.attributes(group), "weight_names")):
            found[(*below, layer.index), f"#{number}"] = f"{group}/{name}"
    return found


def _tracked(side: Side, store: WeightStore) -> dict[Key, str]:
    """SavedModels: each outermost layer's object lists its tensors."""
    if side.archive.objects is None or side.archive.config is None:
        return {}
    below = _below(side)
    try:
        layers = tuple(listed(side.archive.config, side.archive.objects))
    except Disagreement:
        return {}
    return {
        ((*below, layer.place), f"#{number}"): key for layer in layers for number, key in enumerate(layer.keys)
    }


def _below(side: Side) -> Path:
    """Where the config lists its layers; weights alone have none."""
    config = side.archive.config
    bare = isinstance(config, dict) and isinstance(config.get("config"), list)
    return ("config",) if bare else ("config", "layers")


def _texts(attributes: Mapping[str, Any], name: str) -> list[str]:
    """A list of texts that Keras splits over ``name0``, ``name1`` where it is long."""
    whole = attributes.get(name)
    parts = [whole] if whole is not None else [attributes[f"{name}{i}"] for i in _counted(attributes, name)]
    return [text for part in parts if isinstance(part, list) for text in part if isinstance(text, str)]


def _counted(attributes: Mapping[str, Any], name: str) -> Iterator[int]:
    number = 0
    while f"{name}{number}" in attributes:
        yield number
        number += 1


def _flattened(side: Side, found: dict[Key, str]) -> dict[Key, str]:
    """The tensors of each outermost layer counted through as Keras lists its weights; aliases are left out."""
    size = len(_below(side)) + 1
    layers: dict[Path, list[tuple[tuple[bool, int, int], Key]]] = {}
    objects: dict[Path, int] = {}
    flat: dict[Key, str] = {}
    for key in found:
        meant = variable_of(side, key)
        if meant is None:
            flat[key] = found[key]
            continue
        rank, variable = meant
        if not variable.alias:
            place = (not variable.trainable, objects.setdefault(key[0], len(objects)), rank)
            layers.setdefault(key[0][:size], []).append((place, key))
    for layer, keys in layers.items():
        for number, (_, key) in enumerate(sorted(keys)):
            flat[layer, f"#{number}"] = found[key]
    return flat


def _public(name: str) -> str:
    """A variable below its layer, whatever the release calls the attributes on the way."""
    parts = [part for part in name.split("/") if part != "vars"]
    return "/".join(part.removeprefix("_") if part.endswith("_dense") else part for part in parts)


def object_at(side: Side, path: Path) -> Any:
    """The object at that place of the config; None if there is none."""
    data = side.archive.config
    for step in path:
        try:
            data = data[step]
        except (KeyError, IndexError, TypeError):
            return None
    return data


def variables_at(side: Side, path: Path) -> dict[tuple[str, ...], tuple[int, Variable]]:
    """(rank, variable) of everything that the layer at `path` stores, by attributes and number; worked out once."""
    if path not in side.variables:
        data = object_at(side, path)
        config = data.get("config") if isinstance(data, dict) else None
        name = data.get("class_name") if isinstance(data, dict) else None
        found = side.variables[path] = {}
        if isinstance(config, dict) and isinstance(name, str) and len(side.variables) < MAX_LAYERS:
            major = side.release.major if side.release else 3
            for part in variables.tree(name, config, major=major):
                place = tuple(_public(step) for step in part.path)
                for variable in part.variables or ():
                    found.setdefault((*place, variable.key or ""), (len(found), variable))
    return side.variables[path]


def variable_of(side: Side, key: Key) -> tuple[int, Variable] | None:
    """(rank among the layer's, variable) of a stored tensor; None where its layer or its place in it is unknown."""
    place = tuple(key[1].split("/"))
    known = variables_at(side, key[0])
    if place[0] not in ROLES:
        return known.get(place)
    # A Bidirectional's layer is in the config once: its two roles stand in front of its own attributes.
    found = known.get(place[1:])
    return None if found is None else (found[0] + len(known) * ROLES.index(place[0]), found[1])


def named(side: Side, key: Key) -> str:
    """A variable as people know it, ``kernel of LSTM 'lstm'``; empty where it is unknown."""
    found = variable_of(side, key)
    if found is None:
        return ""
    data = object_at(side, key[0])
    owner, name = data["config"].get("name"), data["class_name"][:MAX_NAME]
    return f"{found[1].name} of {name} {owner[:MAX_NAME]!r}" if isinstance(owner, str) else f"{found[1].name} of {name}"
