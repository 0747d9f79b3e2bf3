"""The optimizer's state of a whole-model HDF5 file: one list, whose order follows the model's variables in one way or another."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from kerasarchive.layout.bind import Bound
from kerasarchive.layout.dialect import Dialect
from kerasarchive.layout.lay import order
from kerasarchive.layout.listing import Weight
from kerasarchive.layout.slots import MOST_SLOTS, OTHERS
from kerasarchive.model.objects import Object, State
from kerasarchive.model.weights import TensorSource

Shapes = Counter[tuple[int, ...]]


def with_slots(bound: Bound, listed: Sequence[Weight], trained: Sequence[Weight] | None, spelled: Dialect) -> Bound:
    """`bound` with the optimizer's variables `listed` bound to it, in the order and form that the model's have got.

    `trained` are the weights that the config trains, in the order of its layers; None if that is not known.
    """
    optimizer = bound.root.optimizer
    if optimizer is None or not listed:
        return bound
    variables = [TensorSource(tensor.path, shape=tensor.shape) for tensor in listed]
    restorable = True
    if trained and optimizer.class_name.lower() not in OTHERS:
        restorable = _fits(listed, trained)
        if restorable and (spelled.slots_by_slot or optimizer.module == "keras.optimizers.legacy"):
            ordered = _ordered(variables, trained, order(bound.root), by_name=spelled.slots_by_name)
            restorable, variables = ordered is not None, ordered or variables
    state = {"": State(stored=True).numbered(variables)}
    inner = optimizer.get("inner_optimizer")
    if isinstance(inner, Object):
        optimizer = optimizer.with_config({**optimizer.config, "inner_optimizer": replace(inner, states=state)})
    else:
        optimizer = replace(optimizer, states=state)
    return replace(bound, root=bound.root.with_optimizer(optimizer), restorable=restorable)


def _fits(listed: Sequence[Weight], trained: Sequence[Weight]) -> bool:
    """Whether the slots are those of the trained weights, so many for each."""
    stored, wanted = _shapes(listed), _shapes(trained)
    return not stored or any(
        stored == Counter({shape: times * number for shape, number in wanted.items()})
        for times in range(1, MOST_SLOTS + 1)
    )  # fmt: skip


def _shapes(tensors: Sequence[Weight]) -> Shapes:
    # Numbers of the optimizer's own, and the single zeros that Keras 2.1 to 2.3 wrote for each variable.
    return Counter(tensor.shape for tensor in tensors if tensor.shape not in ((), (1,)))


def _ordered(
    variables: list[TensorSource], trained: Sequence[Weight], bound: Sequence[TensorSource], *, by_name: bool
) -> list[TensorSource] | None:
    """Slots that are listed for all variables, one kind after the other, in the model's order and the model's form.

    None where they are not so many for each variable.
    """
    kept = sorted(trained, key=lambda weight: weight.name) if by_name else list(trained)
    places = {tensor.path: index for index, tensor in enumerate(kept)}
    wanted = [source for source in bound if source.path in places]
    numbers = next((i for i, variable in enumerate(variables) if variable.shape != ()), len(variables))
    head, slots = variables[:numbers], variables[numbers:]
    if len(slots) % len(kept):
        return None
    found = list(head)
    for start in range(0, len(slots), len(kept)):
        group = slots[start : start + len(kept)]
        if all(slot.shape == (1,) for slot in group):
            found += group
            continue
        for source in wanted:
            path, *rest = (group[places[each]].path for each in source.paths)
            found.append(replace(source, path=path, joined=tuple(each for each in rest if each is not None)))
    return found
