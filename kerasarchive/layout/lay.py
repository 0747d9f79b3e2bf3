"""Give every bound tensor its path in the weight file of a Keras 3 release (the same layout from 3.0.0 to 3.15.1)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from kerasarchive.layout.parts import Names, parts
from kerasarchive.model.objects import Object, State
from kerasarchive.model.weights import TensorSource, WeightPlan


@dataclass(frozen=True, slots=True)
class Laid:
    """Where everything goes: the weight tree and the assets (old member name -> new)."""

    weights: WeightPlan
    assets: dict[str, str]


def lay(root: Object) -> Laid:
    """The weight tree of `root` as Keras 3 saves it. Raises GraphError where a graph cannot be ordered."""
    tensors: dict[str, TensorSource] = {}
    groups: dict[str, str | None] = {}
    assets: dict[str, str] = {}
    for path, state in places(root):
        prefix = f"{path}/" if path else ""
        if path and state.group is not None:
            groups[path] = state.group or None
        if state.variables or state.stored:
            groups[f"{prefix}vars"] = _source(state)
        for key, source in state.variables.items():
            outside = key.startswith("../")
            tensors[prefix + key[3:] if outside else f"{prefix}vars/{key}"] = source
        for name, member in state.assets.items():
            assets[member] = f"assets/{prefix}{name}"
    return Laid(WeightPlan(tensors, _with_parents(groups)), assets)


def places(root: Object) -> Iterator[tuple[str, State]]:
    """(path, state) of every state of the tree, in the order in which Keras creates the objects."""
    yield from object_places(root, "", "")
    if root.optimizer is not None:
        yield from object_places(root.optimizer, "optimizer", "")


def order(root: Object) -> tuple[TensorSource, ...]:
    """Every variable of the model (not the optimizer's), as Keras lists them: optimizer slots follow this order."""
    return tuple(source for _, state in object_places(root, "", "") for source in state.variables.values())


def object_places(obj: Object, path: str, role: str) -> Iterator[tuple[str, State]]:
    """(path, state) of `obj`, which lies at `path` and is the `role` of its states, and of everything below it."""
    state = obj.states.get(role)
    if state is not None:
        yield path, replace(state, children={})
    prefix = f"{path}/" if path else ""
    names = Names()
    for part in parts(obj):
        inner = f"{role}/{part.role}" if role and part.role else role or part.role
        place = prefix + part.attribute
        if part.container:
            place = f"{place}/{names.next(part.child.class_name)}"
        yield from object_places(part.child, place, inner)
    if state is not None:
        for name, child in state.children.items():
            yield from _state_places(child, prefix + name)


def _state_places(state: State, path: str) -> Iterator[tuple[str, State]]:
    yield path, replace(state, children={})
    for name, child in state.children.items():
        yield from _state_places(child, f"{path}/{name}")


def _source(state: State) -> str | None:
    """The input's ``vars`` group of a state; None where there was none."""
    if state.group is None or not state.stored:
        return None
    return f"{state.group}/vars" if state.group else "vars"


def _with_parents(groups: dict[str, str | None]) -> dict[str, str | None]:
    complete = dict(groups)
    for path in groups:
        parent = path.rpartition("/")[0]
        while parent and parent not in complete:
            complete[parent] = None
            parent = parent.rpartition("/")[0]
    return dict(sorted(complete.items()))
