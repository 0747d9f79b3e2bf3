"""Operations on an object with its weights, on the graph of a model, and on a model as a whole."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from kerasarchive.migration.operations.operation import Log, first_line, keys, listed
from kerasarchive.model.objects import Object, State

GRAPHS = frozenset(
    {
        "keras.engine.functional.Functional",
        "keras.src.engine.functional.Functional",
        "keras.src.engine.functional.Model",
        "keras.src.models.functional.Functional",
        "keras.Model",
    }
)
"""Every name that a release of Keras has for a model with a graph."""


def unchanged(obj: Object, log: Log) -> Object:
    """Nothing is to be done: either release takes it, and means the same by it."""
    return obj


@dataclass(frozen=True, slots=True)
class RenameAttribute:
    """The release renamed an attribute that holds a part which no config spells: its weights hang under the new name."""

    cls: str | tuple[str, ...]
    old: str
    new: str
    consequence: str = "fails"

    @property
    def classes(self) -> frozenset[str]:
        """The classes that have the attribute."""
        return keys(self.cls)

    @property
    def summary(self) -> str:
        """In a line."""
        return f"{listed(self.classes)}: the part `{self.old}` is called `{self.new}`"

    def apply(self, obj: Object, log: Log) -> Object:
        """Rename the part in every state of the object."""
        if not any(self.old in state.children for state in obj.states.values()):
            return obj
        log.did(obj, f"the part `{self.old}` is called `{self.new}`", self.consequence)
        return obj.with_state(lambda state: state.renamed(self.old, self.new))

    def reverse(self) -> RenameAttribute:
        """The other way round."""
        return RenameAttribute(self.cls, self.new, self.old, self.consequence)


@dataclass(frozen=True, slots=True)
class TransformTensor:
    """The release keeps an object's weights in another form. `change` gets the object and one of its states and gives
    the state in the new form: the same one if there is nothing to do. It may raise `Refuse`. `back` undoes it."""

    cls: str | tuple[str, ...]
    change: Callable[[Object, State], State]
    consequence: str = "fails"
    back: Callable[[Object, State], State] | None = None

    @property
    def classes(self) -> frozenset[str]:
        """The classes whose weights change."""
        return keys(self.cls)

    @property
    def summary(self) -> str:
        """In a line."""
        return f"{listed(self.classes)}: {first_line(self.change)}"

    def apply(self, obj: Object, log: Log) -> Object:
        """Change every state."""
        states = {role: self.change(obj, state) for role, state in obj.states.items()}
        if all(states[role] is state for role, state in obj.states.items()):
            return obj
        log.did(obj, first_line(self.change), self.consequence)
        return replace(obj, states=states)

    def reverse(self) -> TransformTensor | None:
        """The function back, if there is one."""
        return None if self.back is None else TransformTensor(self.cls, self.back, self.consequence, self.change)


def _rewritten(rewrite: Callable[[Object, Log], Any], obj: Object, log: Log, consequence: str) -> Any:
    """What `rewrite` makes of `obj`, noted in the log unless the function does that itself (an empty consequence)."""
    new = rewrite(obj, log)
    if new is not obj and consequence:
        log.did(obj, first_line(rewrite), consequence)
    return new


@dataclass(frozen=True, slots=True)
class _WholeRewrite:
    """What the rewriting of graphs and of models shares: a pure function, the very same object where nothing is to do.

    `back`, another one, undoes it: `unchanged` where the older release takes what the newer writes.
    """

    rewrite: Callable[[Object, Log], Object]
    consequence: str = "fails"
    back: Callable[[Object, Log], Object] | None = None

    def apply(self, obj: Object, log: Log) -> Any:
        """Rewrite it."""
        return _rewritten(self.rewrite, obj, log, self.consequence)

    def reverse(self) -> Any:
        """The function back, if there is one."""
        return None if self.back is None else type(self)(self.back, self.consequence, self.rewrite)


@dataclass(frozen=True, slots=True)
class RewriteObject:
    """A pure function from an object, with its weights, to what means the same in the release: itself where there is
    nothing to do, another object, or plain JSON (the name of a dtype policy). It gets the log to announce with.

    With an empty `consequence` the function notes by itself what it does. `back` undoes it: `unchanged` where the older
    release takes what the newer writes, or a function that refuses what it cannot express.
    """

    cls: str | tuple[str, ...]
    rewrite: Callable[[Object, Log], Any]
    consequence: str = "fails"
    back: Callable[[Object, Log], Any] | None = None

    @property
    def classes(self) -> frozenset[str]:
        """The classes that are rewritten."""
        return keys(self.cls)

    @property
    def summary(self) -> str:
        """In a line."""
        return f"{listed(self.classes)}: {first_line(self.rewrite)}"

    def apply(self, obj: Object, log: Log) -> Any:
        """Rewrite the object."""
        return _rewritten(self.rewrite, obj, log, self.consequence)

    def reverse(self) -> RewriteObject | None:
        """The function back, if there is one."""
        return None if self.back is None else RewriteObject(self.cls, self.back, self.consequence, self.rewrite)


@dataclass(frozen=True, slots=True)
class RewriteGraph(_WholeRewrite):
    """A pure function from one Functional model (layers with their calls, inputs, outputs) to another.

    For what no key-wise change expresses: operations in other clothes, states passed as inputs.
    """

    @property
    def classes(self) -> frozenset[str]:
        """Every Functional model, nested ones too."""
        return GRAPHS

    @property
    def summary(self) -> str:
        """In a line."""
        return f"Graphs: {first_line(self.rewrite)}"


@dataclass(frozen=True, slots=True)
class RewriteModel(_WholeRewrite):
    """A pure function on the archive's outermost object, with its compile_config and everything bound to it."""

    @property
    def classes(self) -> frozenset[str]:
        """None by name: the outermost object."""
        return frozenset()

    @property
    def summary(self) -> str:
        """In a line."""
        return f"The model: {first_line(self.rewrite)}"
