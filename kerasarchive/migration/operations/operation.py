"""What an operation is: immutable data that changes one object (or one model), describes itself and reverses itself."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Protocol

from kerasarchive.model.location import Location
from kerasarchive.model.objects import Object
from kerasarchive.model.release import Release
from kerasarchive.model.report import Announcement, Refusal
from kerasarchive.model.weights import TensorSource

CONSEQUENCES = ("fails", "differs", "loses_state", "harmless")
"""What happens if an operation is *not* applied and the archive is loaded as it is: an error on loading; loads and
computes something else; loads without its training state; loads and means the same."""


class Refuse(Exception):  # noqa: N818 - it reads as a verb where a migration raises it
    """Raised inside an operation that cannot be carried out surely: becomes a `Refusal` at the object's place."""

    def __init__(self, reason: str, advice: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.advice = advice


@dataclass(frozen=True, slots=True)
class Effect:
    """One thing that an operation did, and what would happen without it.

    `cls` is the object's class before. If all it did was to take away the key `argument` or (``"class"``) to call the
    class otherwise, a later release may take the key, or know the class, again.
    """

    location: Location
    message: str
    consequence: str
    release: str = ""
    cls: str = ""
    argument: str = ""


@dataclass(slots=True)
class Log:
    """What the operations of a plan did, refuse and announce.

    `release` is the step's, `source` the one that wrote the archive, where a change is not every flavour's, `target` the
    one that is to read it, where what a release on the way cannot do is none of its business. `dropped` are
    the stored tensors that a step left out on purpose.
    """

    effects: list[Effect] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)
    announcements: list[Announcement] = field(default_factory=list)
    release: str = ""
    source: Release | None = None
    target: Release | None = None
    dropped: set[str] = field(default_factory=set)

    @property
    def to_keras_2(self) -> bool:
        """Whether the archive goes back to a release before Keras 3."""
        return self.target is not None and self.target.library == "keras" and self.target.major < 3

    def drop(self, sources: Iterable[TensorSource]) -> None:
        """Note that the release has no use for these tensors."""
        self.dropped.update(path for source in sources for path in source.paths)

    def did(self, obj: Object, message: str, consequence: str, *, argument: str = "") -> None:
        """Note a change to `obj`; `argument` if it is that this key was taken away."""
        effect = Effect(obj.at, f"{obj.title}: {message}", consequence, self.release, obj.key, argument)
        self.effects.append(effect)

    def refuse(self, obj: Object, reason: str, advice: str = "") -> None:
        """Note that `obj` cannot be migrated surely."""
        self.refusals.append(Refusal(obj.at, f"{obj.title}: {reason}", advice, self.release))

    def announce(self, obj: Object, kind: str, message: str) -> None:
        """Note that a change goes beyond the letter; `kind` as in `Announcement`."""
        self.announcements.append(Announcement(kind, obj.at, f"{obj.title}: {message}"))


class Operation(Protocol):
    """A change of one kind. Frozen: the same operation serves every archive."""

    @property
    def classes(self) -> frozenset[str]:
        """The keys of the objects that it concerns (`Object.key`); empty: the model as a whole."""
        ...

    @property
    def summary(self) -> str:
        """The operation in a line."""
        ...

    def apply(self, obj: Object, log: Log) -> Object:
        """`obj` changed, or the very same object where there is nothing to do. May raise `Refuse`."""
        ...

    def reverse(self) -> Operation | None:
        """The operation that undoes it, or None if nothing can."""
        ...


def keys(classes: str | Iterable[str]) -> frozenset[str]:
    """One class or several, as the set that an operation matches."""
    return frozenset((classes,) if isinstance(classes, str) else classes)


def listed(classes: frozenset[str]) -> str:
    """Classes as a summary names them."""
    return ", ".join(sorted(name.rpartition(".")[2] for name in classes)) or "the model"


def first_line(function: Callable[..., Any]) -> str:
    """What a function of a migration does, as its docstring's first line says it."""
    return (function.__doc__ or function.__name__).strip().splitlines()[0].rstrip(".")
