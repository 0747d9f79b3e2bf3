"""Picks the store for a weights member by its name, and opens its content when it is first needed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from kerasarchive.formats.limits import Limits
from kerasarchive.formats.rules import finding
from kerasarchive.formats.view import View
from kerasarchive.model.finding import Finding
from kerasarchive.model.location import Location
from kerasarchive.model.weights import WeightStore

NPZ = "model.weights.npz"


def no_weights(npz: bool) -> Finding:
    """Why an archive has no weight store; `npz`: it has weights in a form that kav does not read."""
    if npz:
        # Keras saves them as pickled dictionaries, which NumPy, and so Keras itself, refuses to load.
        message = "the weights are pickled Python objects in an npz file, which kav never unpickles"
        return finding("npz-unusual", message, Location(NPZ))
    return finding("member-missing", "there is no readable model.weights.h5", Location("model.weights.h5"))


def weights_of(name: str, content: Callable[[], View], limits: Limits, path: Path | None = None) -> WeightStore:
    """The store of the member `name`; `path` is where it lies if it is a file of its own (shards are beside it)."""
    from kerasarchive.formats.hdf5.store import Hdf5Store

    if name.endswith(".json") and path is not None:
        from kerasarchive.formats.hdf5.shards import ShardedStore

        return ShardedStore(path, name, limits)
    return Hdf5Store(content, name, limits)
