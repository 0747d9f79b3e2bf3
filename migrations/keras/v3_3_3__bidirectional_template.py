"""The layer that a ``Bidirectional`` is made from has no weights of its own; before 3.3.3 it was built like its two copies."""

from dataclasses import replace

from kerasarchive.migration import Log, Migration, Object, RewriteObject, unchanged


def unbuilt(obj: Object, log: Log) -> Object:
    """the layer that it is made from is not built, or its weights would be missed"""
    config = {
        key: _unbuilt(value) if key in ("layer", "backward_layer") else value for key, value in obj.config.items()
    }
    return obj if all(config[key] is value for key, value in obj.config.items()) else obj.with_config(config)


def _unbuilt(layer: object) -> object:
    if not isinstance(layer, Object) or "build_config" not in layer.extra:
        return layer
    return replace(layer, extra={key: value for key, value in layer.extra.items() if key != "build_config"})


migration = Migration(
    library="keras",
    release="3.3.3",
    evidence="keras/src/layers/rnn/bidirectional.py of 3.3.2 (a Wrapper) and 3.3.3; measured 3.15.1 -> 3.0.5, 3.2.1, 3.3.3",
    operations=(RewriteObject("keras.layers.Bidirectional", unchanged, back=unbuilt),),
)
