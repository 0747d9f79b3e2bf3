"""An adapted ``Discretization`` keeps its boundaries in its config; tf.keras stored a summary of the data instead."""

from kerasarchive.migration import Log, Migration, Object, Refuse, RewriteObject


def boundaries(obj: Object, log: Log) -> Object:
    """adapted boundaries stand in the config"""
    if obj.get("bin_boundaries") is None and any(state.variables for state in obj.states.values()):
        reason = (
            "it was adapted, and tf.keras stored the summary of the data, not the boundaries that it computed from it"
        )
        raise Refuse(
            reason, "rebuild the layer with bin_boundaries=[...], read from the layer in the release that wrote it"
        )
    return obj


def only_boundaries(obj: Object, log: Log) -> Object:
    """a layer that has boundaries takes no number of bins beside them"""
    if obj.get("bin_boundaries") is None or obj.get("num_bins") is None:
        return obj
    return obj.with_config({**obj.config, "num_bins": None})


migration = Migration(
    library="keras",
    release="3.0.0",
    evidence="keras/src/layers/preprocessing/discretization.py of 2.15.0 and 3.0.0: load_own_variables",
    operations=(RewriteObject("keras.layers.Discretization", boundaries, back=only_boundaries),),
)
