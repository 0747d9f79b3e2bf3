"""``Bidirectional`` takes the other direction for backwards only: around a layer that goes backwards, both must be given."""

from dataclasses import replace

from kerasarchive.migration import Log, Migration, Object, RewriteObject, unchanged


def both_directions(obj: Object, log: Log) -> Object:
    """around a layer that goes backwards, the layer that goes forwards is written out"""
    layer = obj.get("layer")
    if not isinstance(layer, Object) or not layer.get("go_backwards") or obj.get("backward_layer") is not None:
        return obj
    forward = replace(layer, states=_only("forward_layer", layer))
    config = {**layer.config, "go_backwards": False, "name": f"backward_{layer.own_name}"}
    backward = replace(layer, config=config, states=_only("backward_layer", layer), origin=None)
    return obj.with_config({**obj.config, "layer": forward, "backward_layer": backward})


def _only(direction: str, layer: Object) -> dict:
    return {role: state for role, state in layer.states.items() if role.endswith(direction)}


migration = Migration(
    library="keras",
    release="3.0.0",
    evidence="keras/src/layers/rnn/bidirectional.py of 2.15.0 and 3.0.0: __init__; measured with LSTM(go_backwards=True)",
    operations=(RewriteObject("keras.layers.Bidirectional", both_directions, back=unchanged),),
)
