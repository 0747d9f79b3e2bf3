"""Do the weights that a plan lays down match what the built-in layers of the target will ask for?

Keras 3 raises, or skips the optimizer, where they do not. So the plan is refused here, with the place, before
anything is written.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from kerasarchive.layout import variables
from kerasarchive.layout.lay import object_places, places
from kerasarchive.layout.parts import MODELS, is_model, parts, snake_case
from kerasarchive.model.objects import Object
from kerasarchive.model.report import Refusal


def missing_and_extra(root: Object, *, major: int = 3) -> Iterator[Refusal]:
    """A refusal for every built-in layer whose stored variables are not those that it creates in `major`."""
    if not any(state.variables for _, state in places(root)):
        return
    for layer in _members(root):
        plain = _json(layer.config)
        for role in layer.states:
            held = {place for place, state in object_places(layer, "", role) for place in _keys(place, state.variables)}
            wanted, opaque = _wanted(layer, plain, major)
            surplus = {place for place in held - wanted if not any(place.startswith(path) for path in opaque)}
            if wanted - held or surplus:
                yield Refusal(layer.at, f"{layer.title}: {_said(wanted - held, surplus)}", _ADVICE)


_ADVICE = "load it in the release that wrote it and save it again, or report the file"


def _members(root: Object) -> Iterator[Object]:
    stack = [root]
    while stack:
        obj = stack.pop()
        if is_model(obj):
            stack.extend(part.child for part in parts(obj))
        elif variables.is_builtin(obj.module, obj.registered_name, obj.class_name):
            yield obj
            stack.extend(part.child for part in parts(obj) if is_model(part.child))


def _keys(place: str, held: Mapping[str, Any]) -> Iterator[str]:
    for key in held:
        yield f"{place}/vars/{key}" if place else f"vars/{key}"


def _wanted(layer: Object, config: Any, major: int) -> tuple[set[str], set[str]]:
    """The places that the layer asks for, and the places below which nothing is known (custom parts)."""
    wanted: set[str] = set()
    opaque: set[str] = set()
    used: dict[tuple[tuple[str, ...], str], int] = {}
    spelled: dict[tuple[str, ...], str] = {(): ""}
    for part in variables.tree(layer.class_name, config, major=major):
        prefix = spelled[part.path] = _spelled(part, spelled, used)
        if part.variables is None or part.class_name in MODELS:
            # Custom parts are not known; the members of a model inside a wrapper are asked for themselves.
            opaque.add(prefix)
        elif "seed_generator" not in part.path:
            # Keras 3 keeps the state of its random layers; where it is absent they start from their seed.
            wanted |= {f"{prefix}vars/{variable.key}" for variable in part.variables if variable.key is not None}
    return wanted, opaque


def _spelled(part: variables.Part, spelled: Mapping[tuple[str, ...], str], used: dict[Any, int]) -> str:
    """The part's place as the file spells it, with a closing slash: members of a list go by class and number."""
    if not part.path:
        return ""
    if len(part.path) > 1 and part.path[-2] == "cells":
        above, name = spelled[part.path[:-2]], snake_case(part.class_name)
        number = used.get((part.path[:-1], name), 0)
        used[part.path[:-1], name] = number + 1
        return f"{above}cells/{name}_{number}/" if number else f"{above}cells/{name}/"
    return f"{spelled[part.path[:-1]]}{part.path[-1]}/"


def _json(value: Any) -> Any:
    if isinstance(value, Object):
        return {
            "class_name": value.class_name,
            "module": value.module,
            "registered_name": value.registered_name,
            "config": _json(value.config),
        }
    if isinstance(value, Mapping):
        return {key: _json(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_json(item) for item in value]
    return value


def _said(missing: set[str], surplus: set[str]) -> str:
    said = []
    if missing:
        said.append(f"the archive lacks {', '.join(sorted(missing)[:4])}, which the layer asks for")
    if surplus:
        said.append(f"the archive holds {', '.join(sorted(surplus)[:4])}, which the layer does not take")
    return "; ".join(said)
