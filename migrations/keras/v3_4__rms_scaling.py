"""``LayerNormalization`` wrote nothing of its ``rms_scaling``: archives of the releases before have its gamma alone."""

from kerasarchive.migration import Log, Migration, Object, RewriteObject


def rms_scaling(obj: Object, log: Log) -> Object:
    """a layer that has a gamma and should have more, or none, scales by its variance alone"""
    state = obj.states.get("")
    if state is None or not isinstance(obj.config, dict) or obj.get("rms_scaling") or len(state.variables) != 1:
        return obj
    center, scale = obj.get("center", True), obj.get("scale", True)
    # With one of the two, the single variable may be either's; then nothing tells.
    return obj.with_config(obj.config | {"rms_scaling": True}) if center is scale else obj


migration = Migration(
    library="keras",
    release="3.4.0",
    evidence="keras/src/layers/normalization/layer_normalization.py of 3.3.3 and 3.4.0: get_config, build",
    repairs=("3.0.0", "3.3.3"),
    operations=(RewriteObject("keras.layers.LayerNormalization", rms_scaling),),
)
