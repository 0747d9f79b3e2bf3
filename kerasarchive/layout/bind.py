"""Attach the tensors of a weight store to the objects that own them, by the layout of the release that wrote it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from kerasarchive.layout.parts import Part, parts, snake_case, with_part
from kerasarchive.model.archive import Member
from kerasarchive.model.objects import Object, State
from kerasarchive.model.weights import TensorSource, WeightStore

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


@dataclass(slots=True)
class _Branch:
    """One group of the store while it is being taken apart."""

    path: str
    variables: dict[str, TensorSource] = field(default_factory=dict)
    children: dict[str, _Branch] = field(default_factory=dict)
    assets: dict[str, str] = field(default_factory=dict)
    stored: bool = False

    def state(self) -> State:
        children = {name: child.state() for name, child in self.children.items()}
        return State(self.variables, children, self.assets, self.path, self.stored)

    @property
    def holds(self) -> bool:
        """Whether there is a variable or an asset (a vocabulary is a layer's weight to tf.keras) here or below."""
        return bool(self.variables or self.assets) or any(child.holds for child in self.children.values())

    def contents(self) -> Iterator[str]:
        """The paths of every variable and asset here and below."""
        yield from (source.path or "" for source in self.variables.values())
        yield from self.assets.values()
        for child in self.children.values():
            yield from child.contents()


@dataclass(frozen=True, slots=True)
class Bound:
    """A tree with its weights. `unclaimed` are the paths inside containers that no object of the config owns."""

    root: Object
    unclaimed: tuple[str, ...]
    naming: Naming


def bind(root: Object, store: WeightStore | None, members: tuple[Member, ...] = ()) -> Bound:
    """`root` with every tensor of `store` and every asset among `members` bound to the object that owns it.

    The naming that leaves the least unclaimed wins, the first of equals; what no naming claims is told, not guessed.
    Raises GraphError where a graph cannot be ordered.
    """
    tree = _tree(store, members)
    namings = [naming for naming in NAMINGS if naming.container in tree.children] or NAMINGS[:1]
    # Taking a tree apart empties it: every naming gets a fresh one.
    candidates = (_bind_with(root, _tree(store, members), naming) for naming in namings)
    return min(candidates, key=lambda bound: len(bound.unclaimed))


def _tree(store: WeightStore | None, members: tuple[Member, ...]) -> _Branch:
    root = _Branch("")
    if store is not None:
        for path in store.groups():
            *owner, last = _parts(path)
            if last == "vars":
                _reach(root, "/".join(owner)).stored = True
            else:
                _reach(root, path)
        for path, tensor in store.tensors().items():
            *owner, key = _parts(path)
            if owner and owner[-1] == "vars":
                owner.pop()
                _reach(root, "/".join(owner)).variables[key] = TensorSource(path, shape=tensor.shape)
            else:
                # A dataset outside a `vars` group (a custom save_own_variables): kept under its own name.
                _reach(root, "/".join(owner)).variables["../" + key] = TensorSource(path, shape=tensor.shape)
    for member in members:
        if member.name.startswith("assets/"):
            *owner, name = _parts(member.name)[1:]
            _reach(root, "/".join(owner)).assets[name] = member.name
    for branch in _branches(root):
        branch.variables = dict(sorted(branch.variables.items(), key=lambda item: _number(item[0])))
    return root


def _parts(path: str) -> list[str]:
    # Python on Windows wrote groups with backslashes in their names (keras-team/keras#18528).
    return path.replace("\\", "/").split("/")


def _reach(root: _Branch, path: str) -> _Branch:
    branch = root
    for name in _parts(path) if path else ():
        inner = f"{branch.path}/{name}" if branch.path else name
        branch = branch.children.setdefault(name, _Branch(inner))
    return branch


def _branches(root: _Branch) -> Iterator[_Branch]:
    stack = [root]
    while stack:
        branch = stack.pop()
        yield branch
        stack.extend(branch.children.values())


def _number(key: str) -> tuple[int, str]:
    return (int(key), "") if key.isdigit() else (1 << 62, key)


def _bind_with(root: Object, tree: _Branch, naming: Naming) -> Bound:
    unclaimed: list[str] = []
    compiled = root.extra.get("compile_config")
    if isinstance(compiled, Mapping) and isinstance(compiled.get("optimizer"), Object):
        slots = tree.children.pop("optimizer", _Branch(""))
        optimizer = _claim(compiled["optimizer"], {"": slots}, naming, unclaimed)
        root = replace(root, extra={**root.extra, "compile_config": {**compiled, "optimizer": optimizer}})
    bound = _claim(root, {"": tree}, naming, unclaimed)
    return Bound(bound, tuple(unclaimed), naming)


def _claim(obj: Object, branches: Mapping[str, _Branch], naming: Naming, unclaimed: list[str]) -> Object:
    """`obj` with the states of `branches` (by role) and its parts with theirs, each taken out of its parent's branch."""
    wanted: dict[tuple[str | int, ...], tuple[Object, dict[str, _Branch]]] = {}
    for role, branch in branches.items():
        for part, place in _places(obj, branch, naming):
            child, found = wanted.setdefault(part.path, (part.child, {}))
            inner = f"{role}/{part.role}" if role and part.role else role or part.role
            found[inner] = place
        for attribute in {part.attribute for part in parts(obj) if part.container}:
            container = naming.container if attribute == "layers" else attribute
            rest = branch.children.get(container)
            if rest is not None and rest.holds:
                unclaimed.extend(rest.contents())
            elif rest is not None:
                del branch.children[container]
    for path, (child, found) in wanted.items():
        obj = with_part(obj, path, _claim(child, found, naming, unclaimed))
    return replace(obj, states={role: branch.state() for role, branch in branches.items()})


def _places(obj: Object, branch: _Branch, naming: Naming) -> Iterator[tuple[Part, _Branch]]:
    """(part, its branch taken out of `branch`), an empty branch where the file has none."""
    used: dict[str, int] = {}
    for part in parts(obj):
        if not part.container:
            former = branch.children.pop(part.formerly, _Branch(""))
            yield part, branch.children.pop(part.attribute, former)
            continue
        members = part.attribute == "layers"
        group = branch.children.get(naming.container if members else part.attribute, _Branch(""))
        name = snake_case(part.child.class_name)
        number = used.get(name, 0)
        found = group.children.pop(f"{name}_{number}" if number else name, _Branch(""))
        used[name] = number + (2 if members and naming.twice and found.holds else 1)
        yield part, found
