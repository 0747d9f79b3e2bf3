"""Which variables the built-in layers of a bound tree will ask for, beside those that the archive has for them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from kerasarchive.layout import variables
from kerasarchive.layout.lay import object_places
from kerasarchive.layout.parts import MODELS, Names, is_model, parts
from kerasarchive.layout.variables import Variable
from kerasarchive.model.objects import Object
from kerasarchive.model.weights import TensorSource

Built = Callable[[Object], Any]
"""The shapes that a layer is built with, as `layout.variables` takes them."""

Defaults = Callable[[Object], Mapping[str, Any]]
"""What a layer's constructor takes for the keys that its config does not have."""


@dataclass(frozen=True, slots=True)
class Account:
    """One built-in layer in one of its roles: what it asks for and what is held for it, by place below the layer.

    A place is ``vars/0`` or ``cell/vars/2``. Below the places in `opaque` nothing is known (custom parts). `config` is
    the layer's as plain JSON; `frozen`: the layer or a model around it is not trainable.
    """

    layer: Object
    role: str
    config: Mapping[str, Any]
    frozen: bool
    wanted: Mapping[str, Variable]
    held: Mapping[str, TensorSource]
    opaque: frozenset[str]

    @property
    def missing(self) -> tuple[str, ...]:
        """Places that are asked for and not held."""
        return tuple(place for place in self.wanted if place not in self.held)

    @property
    def surplus(self) -> tuple[str, ...]:
        """Places that are held and not asked for."""
        return tuple(
            place for place in self.held
            if place not in self.wanted and not any(place.startswith(path) for path in self.opaque)
        )  # fmt: skip


def accounts(
    root: Object, *, major: int = 3, built: Built = lambda layer: None, defaults: Defaults = lambda layer: {}
) -> Iterator[Account]:
    """An Account for every built-in layer below `root`, in Keras's order, but for models, which have no weights."""
    for layer, frozen in _members(root):
        config = plain(layer, defaults)["config"] if isinstance(layer.config, Mapping) else {}
        for role in layer.states:
            held = {
                f"{place}/vars/{key}" if place else f"vars/{key}": source
                for place, state in object_places(layer, "", role)
                for key, source in state.variables.items()
            }
            wanted, opaque = _wanted(layer, config, major, built(layer))
            yield Account(layer, role, config, frozen, wanted, held, frozenset(opaque))


def _members(root: Object) -> Iterator[tuple[Object, bool]]:
    stack = [(root, False)]
    while stack:
        obj, frozen = stack.pop()
        frozen = frozen or obj.get("trainable") is False
        below = [part.child for part in parts(obj)]
        if not is_model(obj):
            if not variables.is_builtin(obj.module, obj.registered_name, obj.class_name):
                continue
            yield obj, frozen
            below = [child for child in below if is_model(child)]
        stack.extend((child, frozen) for child in reversed(below))


def _wanted(layer: Object, config: Any, major: int, shape: Any) -> tuple[dict[str, Variable], set[str]]:
    wanted: dict[str, Variable] = {}
    opaque: set[str] = set()
    used: defaultdict[tuple[str, ...], Names] = defaultdict(Names)
    spelled: dict[tuple[str, ...], str] = {(): ""}
    for part in variables.tree(layer.class_name, config, input_shape=shape, major=major):
        prefix = spelled[part.path] = _spelled(part, spelled, used)
        if part.variables is None or part.class_name in MODELS:
            # Custom parts are not known; the members of a model inside a wrapper are asked for themselves.
            opaque.add(prefix)
        elif "seed_generator" not in part.path:
            # Keras 3 keeps the state of its random layers; where it is absent they start from their seed.
            wanted |= {f"{prefix}vars/{v.key}": v for v in part.variables if v.key is not None}
    return wanted, opaque


def _spelled(
    part: variables.Part, spelled: Mapping[tuple[str, ...], str], used: defaultdict[tuple[str, ...], Names]
) -> str:
    """The part's place as the file spells it, with a closing slash: members of a list go by class and number."""
    if not part.path:
        return ""
    if len(part.path) > 1 and part.path[-2] == "cells":
        return f"{spelled[part.path[:-2]]}cells/{used[part.path[:-1]].next(part.class_name)}/"
    return f"{spelled[part.path[:-1]]}{part.path[-1]}/"


def plain(value: Any, defaults: Defaults) -> Any:
    """Plain JSON again, with what constructors take for what configs leave out."""
    if isinstance(value, Object):
        config = plain(value.config, defaults)
        return {
            "class_name": value.class_name,
            "module": value.module,
            "registered_name": value.registered_name,
            "config": {**defaults(value), **config} if isinstance(config, dict) else config,
            "build_config": value.extra.get("build_config"),
        }
    if isinstance(value, Mapping):
        return {key: plain(item, defaults) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item, defaults) for item in value]
    return value
