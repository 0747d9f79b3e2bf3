"""Attach the tensors of a weight store to the objects that own them, by the layout of the release that wrote it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from kerasarchive.layout.branch import Branch, stored
from kerasarchive.layout.hang import hang
from kerasarchive.layout.parts import Names, Part, parts, with_part
from kerasarchive.model.archive import Member
from kerasarchive.model.objects import Object
from kerasarchive.model.weights import WeightStore

DEPENDENCIES = "_layer_checkpoint_dependencies"


@dataclass(frozen=True, slots=True)
class Naming:
    """How members of a container are numbered: `container` is the group, `twice` whether one with weights counts twice."""

    container: str
    twice: bool


NAMINGS = (
    Naming("layers", twice=False),
    # tf.keras 2.14: `_layer_checkpoint_dependencies` is walked before `layers` and lists every layer once.
    Naming(DEPENDENCIES, twice=False),
    # tf.keras 2.12 and 2.13: it lists a layer with weights twice, and each listing takes a number.
    Naming(DEPENDENCIES, twice=True),
)


@dataclass(frozen=True, slots=True)
class Bound:
    """A tree with its weights. `unclaimed` are the paths inside containers that no object of the config owns.

    `restorable`: the optimizer's state is that of the variables that the config trains.
    """

    root: Object
    unclaimed: tuple[str, ...]
    naming: Naming
    restorable: bool = True


def bind(root: Object, store: WeightStore | None, members: tuple[Member, ...] = ()) -> Bound:
    """`root` with every tensor of `store` and every asset among `members` bound to the object that owns it.

    The naming that leaves the least unclaimed wins, the first of equals; what no naming claims is told, not guessed.
    Raises GraphError where a graph cannot be ordered.
    """
    tree = stored(store, members)
    namings = [naming for naming in NAMINGS if naming.container in tree.children] or NAMINGS[:1]
    # Taking a tree apart empties it: every naming gets a fresh one.
    candidates = (claim(root, stored(store, members), naming) for naming in namings)
    return min(candidates, key=lambda bound: len(bound.unclaimed))


def claim(root: Object, tree: Branch, naming: Naming, unclaimed: Iterable[str] = ()) -> Bound:
    """`root` with every branch of `tree` given to the object whose place it is; `unclaimed` are known to be nobody's."""
    left = list(unclaimed)
    if root.optimizer is not None:
        slots = tree.children.pop("optimizer", Branch(""))
        root = root.with_optimizer(_claim(root.optimizer, {"": slots}, naming, left))
    bound = _claim(root, {"": tree}, naming, left)
    return Bound(bound, tuple(left), naming)


def _claim(obj: Object, branches: Mapping[str, Branch], naming: Naming, unclaimed: list[str]) -> Object:
    """`obj` with the states of `branches` (by role) and its parts with theirs, each taken out of its parent's branch."""
    obj = hang(obj, branches.values())
    wanted: dict[tuple[str | int, ...], tuple[Object, dict[str, Branch]]] = {}
    for role, branch in branches.items():
        for part, place in _places(obj, branch, naming):
            child, found = wanted.setdefault(part.path, (part.child, {}))
            inner = f"{role}/{part.role}" if role and part.role else role or part.role
            found[inner] = place
        for attribute in {part.attribute for part in parts(obj) if part.container and not part.shared}:
            container = naming.container if attribute == "layers" else attribute
            rest = branch.children.get(container)
            if rest is not None and rest.holds:
                unclaimed.extend(rest.contents())
            elif rest is not None:
                del branch.children[container]
    for path, (child, found) in wanted.items():
        obj = with_part(obj, path, _claim(child, found, naming, unclaimed))
    return replace(obj, states={role: branch.state() for role, branch in branches.items()})


def _places(obj: Object, branch: Branch, naming: Naming) -> Iterator[tuple[Part, Branch]]:
    """(part, its branch taken out of `branch`), an empty branch where the file has none."""
    names = Names()
    for part in parts(obj):
        if not part.container:
            former = branch.children.pop(part.formerly, Branch(""))
            yield part, branch.children.pop(part.attribute, former)
            continue
        members = part.attribute == "layers"
        group = branch.children.get(naming.container if members else part.attribute, Branch(""))
        found = group.children.pop(names.next(part.child.class_name), Branch(""))
        if members and naming.twice and found.holds:
            names.skip(part.child.class_name)
        yield part, found
