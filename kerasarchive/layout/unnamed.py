"""Names for the models that a config does not name: Keras before 2.2.3 wrote a Sequential as the list of its layers alone."""

from __future__ import annotations

from typing import Any

from kerasarchive.layout.listing import GROUP, texts
from kerasarchive.model.weights import WeightStore


def named(config: Any, store: WeightStore | None) -> Any:
    """The `config` of an HDF5 file with every nested Sequential named as its layers are listed; itself where that is not sure.

    ``layer_names`` has all layers of the outermost model in their order (``engine/topology.py`` of 2.0 to 2.2,
    ``save_weights_to_hdf5_group``). Keras 1 lists other ones for a Sequential in a Sequential: the names do not agree then.
    """
    layers = config.get("config") if isinstance(config, dict) else None
    if not isinstance(layers, list) or store is None or GROUP not in store.groups():
        return config
    names = texts(store.attributes(GROUP), "layer_names")
    if len(layers) != len(names):
        return config
    own = [_name(layer) for layer in layers]
    if any(name is not None and name != listed for name, listed in zip(own, names, strict=True)):
        return config
    filled = [
        layer | {"name": listed} if name is None and isinstance(layer, dict) else layer
        for layer, name, listed in zip(layers, own, names, strict=True)
    ]
    return config | {"config": filled} if None in own else config


def _name(layer: Any) -> str | None:
    config = layer.get("config") if isinstance(layer, dict) else None
    name = config.get("name") if isinstance(config, dict) else None
    return name if isinstance(name, str) else None
