"""The weights of a model's layers as HDF5 files of Keras 1 to 3 list them: a flat list for each outermost layer.

Keras lists ``trainable_weights + non_trainable_weights`` of a layer, everything inside it included; those of a layer that
is not trainable count among the latter.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from kerasarchive.layout.parts import MODELS
from kerasarchive.layout.shapes import Flow, layer_name
from kerasarchive.layout.shapes.inference import is_custom, is_operation
from kerasarchive.layout.variables import Variable, tree

Path = tuple[str | int, ...]
Defaults = Callable[[str, str], Mapping[str, Any]]
"""What the constructor of a class (module and name) takes for the keys that a config does not have."""


class Flattened(NamedTuple):
    """One outermost layer: its place in the config, its name, and its weights; None where they are not known."""

    path: Path
    name: str
    weights: tuple[Variable, ...] | None


class _Unknown(Exception):  # noqa: N818 - not an error: there is a layer that nobody here knows
    pass


def flattened(config: Any, flows: Mapping[Path, Flow], defaults: Defaults, *, major: int) -> Iterator[Flattened]:
    """Every outermost layer of a model's config, in the config's order."""
    inner = config.get("config") if isinstance(config, dict) else None
    below: Path = ("config",) if isinstance(inner, list) else ("config", "layers")
    layers = inner if isinstance(inner, list) else inner.get("layers") if isinstance(inner, dict) else None
    for index, layer in enumerate(layers if isinstance(layers, list) else ()):
        name = layer_name(layer) if isinstance(layer, dict) else None
        if name is None or is_operation(layer):
            continue
        path = (*below, index)
        try:
            found = tuple(_listed(layer, path, flows, defaults, major))
        except _Unknown:
            yield Flattened(path, name, None)
            continue
        trained = [variable for variable, frozen in found if variable.trainable and not frozen]
        others = [variable for variable, frozen in found if frozen or not variable.trainable]
        yield Flattened(path, name, (*trained, *others))


def _listed(
    layer: dict[str, Any], path: Path, flows: Mapping[Path, Flow], defaults: Defaults, major: int, frozen: bool = False
) -> Iterator[tuple[Variable, bool]]:
    """(variable, whether something around it is not trainable) of a layer and everything in it, in order."""
    name, config = layer.get("class_name"), layer.get("config")
    if not isinstance(name, str) or is_custom(layer) or ">" in name:
        raise _Unknown
    if name in MODELS:
        inner = config if isinstance(config, list) else config.get("layers") if isinstance(config, dict) else None
        frozen = frozen or (isinstance(config, dict) and config.get("trainable") is False)
        below: Path = (*path, "config") if isinstance(config, list) else (*path, "config", "layers")
        for index, member in enumerate(inner if isinstance(inner, list) else ()):
            if isinstance(member, dict) and not is_operation(member):
                yield from _listed(member, (*below, index), flows, defaults, major, frozen)
        return
    if not isinstance(config, dict):
        raise _Unknown
    flow = flows.get(path)
    complete = {**defaults(str(layer.get("module") or ""), name), **config}
    frozen = frozen or config.get("trainable") is False
    inside: dict[Path, bool] = {}
    for part in tree(name, complete, input_shape=flow.input_shape if flow else None, major=major):
        if part.variables is None or part.class_name in MODELS:
            raise _Unknown
        above = inside.get(part.path[:-1], frozen)
        inside[part.path] = above or part.config.get("trainable") is False
        yield from ((variable, inside[part.path]) for variable in part.variables if not variable.alias)
