"""The variables of a model that its optimizer trains, in the order in which it keeps its slots."""

from __future__ import annotations

from kerasarchive.layout.account import accounts
from kerasarchive.layout.lay import order
from kerasarchive.model.objects import Object
from kerasarchive.model.weights import TensorSource


def trained(model: Object) -> tuple[TensorSource, ...] | None:
    """Them, as Keras 3 has them; None where a layer is not known, so that neither is what of it is trained."""
    known: dict[int, bool] = {}
    for account in accounts(model):
        for place, source in account.held.items():
            variable = account.wanted.get(place)
            if variable is not None:
                known[id(source)] = variable.trainable and not account.frozen
    every = order(model)
    if any(id(source) not in known for source in every):
        return None
    return tuple(source for source in every if known[id(source)])
