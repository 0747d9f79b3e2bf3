"""What layers and metrics noted about being built, Keras 3 builds from the graph instead, or reads differently."""

from kerasarchive.migration import Log, Migration, Object, RewriteObject

READ_DIFFERENTLY = ("MultiHeadAttention", "TimeDistributed", "Bidirectional", "LSTM", "GRU", "SimpleRNN", "RNN")


def drop_build_config(obj: Object, log: Log) -> Object:
    """`build_config` is not needed: the layer is built when the model's graph is."""
    if "build_config" not in obj.extra:
        return obj
    if obj.class_name == "Sequential":
        layers = obj.get("layers") or [None]
        if not (isinstance(layers[0], Object) and layers[0].class_name == "InputLayer"):
            # A Sequential without an InputLayer has its input shape from nowhere else.
            return obj
    nested = isinstance(obj.extra["build_config"], dict) and _nested(obj.extra["build_config"].get("input_shape"))
    fails = obj.class_name == "MultiHeadAttention" or (nested and obj.class_name in READ_DIFFERENTLY)
    log.did(obj, "its build_config is read differently", "fails" if fails else "harmless")
    return obj.without("build_config")


def without_build_config(obj: Object, log: Log) -> Object:
    """`build_config` is read differently, and the layer is built when the model's graph is."""
    built = obj.extra.get("build_config")
    if "build_config" not in obj.extra or (
        obj.class_name == "Sequential" and isinstance(built, dict) and isinstance(built.get("input_shape"), list)
    ):
        return obj
    log.did(obj, "its build_config is read differently", "fails")
    return obj.without("build_config")


def _nested(shape: object) -> bool:
    return isinstance(shape, list) and any(isinstance(item, list) for item in shape)


migration = Migration(
    library="keras",
    release="3.0.0",
    evidence="keras/src/layers/layer.py of 3.0.0: Layer.build_from_config; measured with MultiHeadAttention and RNN",
    operations=(
        RewriteObject(
            (
                "keras.layers.*",
                "keras.layers.experimental.*",
                "keras.layers.experimental.preprocessing.*",
                "keras.metrics.*",
                "keras.losses.*",
                "keras.Sequential",
                "keras.src.models.functional.Functional",
            ),
            drop_build_config,
            consequence="",
            back=without_build_config,
        ),
    ),
)
