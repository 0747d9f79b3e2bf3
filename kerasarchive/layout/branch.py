"""A weight file as a tree that can be taken apart: every object claims its branch, and what is left belongs to nobody."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from kerasarchive.model.archive import Member
from kerasarchive.model.objects import State
from kerasarchive.model.weights import TensorSource, WeightStore


@dataclass(slots=True)
class Branch:
    """One group of the store while it is being taken apart."""

    path: str | None
    """The group in the file; None where the file keeps its weights otherwise."""
    variables: dict[str, TensorSource] = field(default_factory=dict)
    children: dict[str, Branch] = field(default_factory=dict)
    assets: dict[str, str] = field(default_factory=dict)
    stored: bool = False

    def state(self) -> State:
        """What is held here and below, as an object has it bound."""
        children = {name: child.state() for name, child in self.children.items()}
        return State(self.variables, children, self.assets, self.path, self.stored)

    def reach(self, path: str) -> Branch:
        """The branch that `path` leads to from here, made where there is none."""
        branch = self
        for name in path.split("/") if path else ():
            inner = None if branch.path is None else f"{branch.path}/{name}" if branch.path else name
            branch = branch.children.setdefault(name, Branch(inner))
        return branch

    def sort(self) -> None:
        """Put the variables into the order of their keys, numbers first."""
        self.variables = dict(sorted(self.variables.items(), key=lambda item: _number(item[0])))

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


def stored(store: WeightStore | None, members: tuple[Member, ...]) -> Branch:
    """The tree of a `.keras` archive: groups of ``vars`` in `store`, and assets among `members`."""
    root = Branch("")
    if store is not None:
        for path in store.groups():
            *owner, last = _split(path)
            if last == "vars":
                root.reach("/".join(owner)).stored = True
            else:
                root.reach("/".join((*owner, last)))
        for path, tensor in store.tensors().items():
            *owner, key = _split(path)
            if owner and owner[-1] == "vars":
                owner.pop()
                root.reach("/".join(owner)).variables[key] = TensorSource(path, shape=tensor.shape)
            else:
                # A dataset outside a `vars` group (a custom save_own_variables): kept under its own name.
                root.reach("/".join(owner)).variables["../" + key] = TensorSource(path, shape=tensor.shape)
    for member in members:
        if member.name.startswith("assets/"):
            *owner, name = _split(member.name)[1:]
            root.reach("/".join(owner)).assets[name] = member.name
    for branch in _branches(root):
        branch.sort()
    return root


def _split(path: str) -> list[str]:
    # Python on Windows wrote groups with backslashes in their names (keras-team/keras#18528).
    return path.replace("\\", "/").split("/")


def _branches(root: Branch) -> Iterator[Branch]:
    stack = [root]
    while stack:
        branch = stack.pop()
        yield branch
        stack.extend(branch.children.values())


def _number(key: str) -> tuple[int, str]:
    return (int(key), "") if key.isdigit() else (1 << 62, key)
