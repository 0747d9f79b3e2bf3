"""The objects that TensorFlow saved, as it saw them: a graph of attributes, from which it finds every variable again.

A SavedModel and a checkpoint both hold one. Names of edges are attributes of Python objects (``layer_with_weights-0``,
``kernel``); which tensor a node owns is said by the node, never by a path.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

VALUE = "VARIABLE_VALUE"
"""The attribute under which a variable keeps its tensor."""


@dataclass(frozen=True, slots=True)
class Slot:
    """One variable that an optimizer keeps for another one: both by their nodes."""

    variable: int
    name: str
    kept: int


@dataclass(frozen=True, slots=True)
class Tracked:
    """One object. `tensors` maps its attributes to keys of the checkpoint, `name` is a variable's full name.

    `identifier` says what saved it (``_tf_keras_layer``), `metadata` what that said of it, as JSON text. `asset` is the
    number of the file, `constant` the operation of the graph that it stands for.
    """

    children: Mapping[str, int] = field(default_factory=dict)
    slots: tuple[Slot, ...] = ()
    tensors: Mapping[str, str] = field(default_factory=dict)
    name: str = ""
    identifier: str = ""
    metadata: str = ""
    asset: int | None = None
    constant: str = ""

    @property
    def tensor(self) -> str | None:
        """The key of a variable's own values; None if it is none, or has none stored."""
        return self.tensors.get(VALUE)


@dataclass(frozen=True, slots=True)
class Signature:
    """One function that others may call: (name, dtype, shape) of what it takes and gives."""

    name: str
    inputs: tuple[tuple[str, str, tuple[int | None, ...] | None], ...]
    outputs: tuple[tuple[str, str, tuple[int | None, ...] | None], ...]


@dataclass(frozen=True, slots=True, eq=False)
class ObjectGraph:
    """All objects by number; the first is the model. `operations` counts the graph's operations by type, when asked.

    `effects` names those that write or read files elsewhere than in what saves the model itself.
    """

    nodes: tuple[Tracked, ...]
    signatures: tuple[Signature, ...] = ()
    assets: tuple[str, ...] = ()
    operations: Callable[[], Mapping[str, int]] = dict
    effects: Callable[[], tuple[str, ...]] = tuple
    constant: Callable[[str], tuple[Any, ...] | None] = lambda name: None
    """The values of the graph's constant of that name, flat; None if it is none, or too large."""

    def follow(self, start: int, *names: str) -> int | None:
        """The node that the edges `names` lead to; None where one is missing."""
        at: int | None = start
        for name in names:
            at = self.nodes[at].children.get(name) if at is not None else None
        return at

    def items(self, node: int) -> Iterator[int]:
        """The members of a list, in its order."""
        children = self.nodes[node].children
        for index in range(len(children)):
            if (child := children.get(str(index))) is not None:
                yield child
