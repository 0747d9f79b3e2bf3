"""The weights of each outermost layer as a file lists them, whatever the file: what HDF5 files and SavedModels have in common."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from kerasarchive.errors import MigrationError
from kerasarchive.model.location import in_hdf5
from kerasarchive.model.weights import WeightStore

GROUP = "model_weights"
OPTIMIZER = "optimizer_weights"


class Weight(NamedTuple):
    """One listed weight: its path in the store, and what the file calls it, such as ``lstm/lstm_cell/kernel:0``."""

    path: str
    shape: tuple[int, ...]
    name: str


Find = Callable[[str, tuple[str, ...]], "Weight | None"]
"""The weight that attributes lead to from an outermost layer of that name; None where they lead to none."""


class Sublayer(NamedTuple):
    """A layer that a custom object holds: the attributes that lead to it, its group in a `.keras`, and its config."""

    edges: tuple[str, ...]
    place: str
    config: Mapping[str, Any]


class Inside(NamedTuple):
    """What a custom object holds: weights of its own, in Keras's order, and layers."""

    own: tuple[Weight, ...]
    sublayers: tuple[Sublayer, ...]


@dataclass(frozen=True, slots=True)
class Listing:
    """What a file lists: the weights of each outermost layer by its name, and the optimizer's, all in Keras's order.

    `find` is None where a file does not say which attribute holds which weight; so is `inside`, which tells what a custom
    object at the end of some attributes holds. The model itself goes by the empty name.
    """

    layers: Mapping[str, tuple[Weight, ...]] = field(default_factory=dict)
    optimizer: tuple[Weight, ...] = ()
    find: Find | None = None
    inside: Callable[[str, tuple[str, ...]], Inside | None] | None = None
    state: Callable[[Sequence[Weight] | None], tuple[Weight, ...]] | None = None
    """Instead of `optimizer`, where its order follows from that of the trained weights (None if that is not known)."""
    whole: frozenset[str] = frozenset()
    """Weights of which each must find its owner, where the lists do not already say so."""


def texts(attributes: Mapping[str, Any], name: str) -> list[str]:
    """A list of texts that Keras splits over ``name0``, ``name1`` where it is long."""
    whole = attributes.get(name)
    found = [whole] if whole is not None else []
    while whole is None and f"{name}{len(found)}" in attributes:
        found.append(attributes[f"{name}{len(found)}"])
    return [text for part in found if isinstance(part, list) for text in part if isinstance(text, str)]


def of_hdf5(store: WeightStore) -> Listing:
    """What an HDF5 file of a model, or of weights alone, lists. Raises MigrationError for what is listed and not stored."""
    groups = frozenset(store.groups())
    # A file of weights alone has at its root what a model's has in a group.
    above, prefix = (GROUP, f"{GROUP}/") if GROUP in groups else ("", "")
    names = texts(store.attributes(above), "layer_names")
    return Listing(
        {name: tuple(_listed(store, f"{prefix}{name}")) for name in names if f"{prefix}{name}" in groups},
        tuple(_listed(store, OPTIMIZER)) if OPTIMIZER in groups else (),
    )


def _listed(store: WeightStore, group: str) -> Iterator[Weight]:
    tensors = store.tensors()
    for name in texts(store.attributes(group), "weight_names"):
        tensor = tensors.get(f"{group}/{name}")
        if tensor is None:
            message = f"'{name}' is listed and not stored"
            location = str(in_hdf5(store.member, f"{group}/{name}"))
            raise MigrationError(message, location=location, hint="the file is damaged")
        yield Weight(tensor.path, tensor.shape, name)
