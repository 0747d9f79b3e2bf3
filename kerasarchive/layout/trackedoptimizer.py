"""An optimizer's state in TensorFlow's object graph, in the order in which HDF5 files of the same release list it.

Sources: ``optimizer_v2`` of tf.keras 2.2 to 2.15 (``_create_slots``), ``optimizers/optimizer.py`` of 2.11 to 2.15.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from kerasarchive.errors import MigrationError
from kerasarchive.model.trackable import ObjectGraph, Slot

INTERLEAVED = frozenset({"linear"})
"""The slot of Ftrl, which makes both of one variable before those of the next; the others go slot by slot."""


def optimizer_variables(graph: ObjectGraph, trained: Sequence[str] | None) -> Iterator[int]:
    """The nodes of the optimizer's variables; none where there is no optimizer. Raises MigrationError.

    `trained` are the keys of what the config trains, in its order, for where the archive does not say.
    """
    node = graph.follow(0, "optimizer")
    if node is None:
        return
    inner = next((each for name in ("inner_optimizer", "base_optimizer", "_optimizer")
                  if (each := graph.follow(node, name)) is not None), None)  # fmt: skip
    if inner is not None and not graph.nodes[node].slots:
        node = inner
    own = graph.follow(node, "_variables")
    if own is not None:
        yield from graph.items(own)
        return
    steps = graph.follow(node, "iter")
    if steps is None:
        return
    yield steps
    # The product of Nadam's momenta.
    cache = graph.follow(node, "momentum_cache")
    if cache is not None:
        yield cache
    yield from (slot.kept for slot in _ordered(graph, graph.nodes[node].slots, trained))


def _ordered(graph: ObjectGraph, slots: tuple[Slot, ...], trained: Sequence[str] | None) -> list[Slot]:
    """The slots of what is trained now: of what was frozen since, Keras 3 keeps none."""
    listed = graph.follow(0, "trainable_variables")
    if listed is not None:
        ranks = {node: rank for rank, node in enumerate(graph.items(listed))}
    elif trained is not None:
        places = {key: rank for rank, key in enumerate(trained)}
        ranks = {slot.variable: places[key] for slot in slots if (key := graph.nodes[slot.variable].tensor) in places}
    elif slots:
        message = "it does not say which weights the optimizer trains, in which order"
        raise MigrationError(message, hint="save the model in the release that wrote it, with its traces")
    else:
        ranks = {}
    names = list(dict.fromkeys(slot.name for slot in slots))
    kept = [slot for slot in slots if slot.variable in ranks]
    if INTERLEAVED & set(names):
        return sorted(kept, key=lambda slot: (ranks[slot.variable], names.index(slot.name)))
    return sorted(kept, key=lambda slot: (names.index(slot.name), ranks[slot.variable]))
