"""Where the objects in the config of a library's object keep their weights: what the weight file itself says of it.

Keras saves a part under the attribute that holds it; libraries call that as the argument which their config spells. A
model's layers come under ``layers`` first and are found there (keras/src/saving/saving_lib.py, `_walk_saveable`).
What no object of the config owns stays with its parent, as it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from kerasarchive import _catalog
from kerasarchive.layout.branch import Branch
from kerasarchive.layout.parts import Path, snake_case
from kerasarchive.model.objects import Object, embedded

LAYERS = "layers"
OTHERWISE = {"subnet": "student"}
"""Properties that come before the attribute in the alphabet, so that Keras saves the part under them: BayesFlow's
``ConsistencyModel.student`` gives its subnet (bayesflow/networks/consistency_models/consistency_model.py)."""
OWN = frozenset({"keras", "tf_keras", "kav"})


def is_of_library(obj: Object) -> bool:
    """Whether the class comes from a library whose releases kav knows."""
    package, registered, _ = (obj.registered_name or "").partition(">")
    heads = {(obj.module or "").partition(".")[0], package.partition(".")[0]} - OWN - {""}
    return bool(registered and obj.module) and not heads.isdisjoint(_catalog.libraries())


def hang(obj: Object, branches: Iterable[Branch]) -> Object:
    """`obj` with the places of its config's objects, as far as one of `branches` holds them."""
    if not is_of_library(obj) or not isinstance(obj.config, Mapping):
        return obj
    hung: dict[Path, str] = {}
    for branch in branches:
        used: dict[str, int] = {}
        for path, child in embedded(obj.config):
            place = _place(path, child, branch, used)
            if place is not None:
                hung[path] = place
    return replace(obj, hung=hung) if hung else obj


def _place(path: Path, child: Object, branch: Branch, used: dict[str, int]) -> str | None:
    attribute = str(path[0])
    if attribute not in branch.children:
        attribute = OTHERWISE.get(attribute, attribute)
    name = snake_case(child.class_name)
    if attribute in branch.children:
        if len(path) == 1:
            return attribute
        return f"{attribute}/" if _is_member(branch.children[attribute], name, attribute, used) else None
    inside = branch.children.get(LAYERS)
    return f"{LAYERS}/" if inside is not None and _is_member(inside, name, LAYERS, used) else None


def _is_member(group: Branch, name: str, attribute: str, used: dict[str, int]) -> bool:
    """Whether the group holds the next member of that class."""
    number = used.get(f"{attribute}/{name}", 0)
    if (f"{name}_{number}" if number else name) not in group.children:
        return False
    used[f"{attribute}/{name}"] = number + 1
    return True
