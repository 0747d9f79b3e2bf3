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
    # The state of random numbers is no variable of a layer.
    mine = [source for source in every if id(source) in known]
    others = [source for source in every if id(source) not in known and source.shape != (2,)]
    return None if others else tuple(source for source in mine if known[id(source)])
