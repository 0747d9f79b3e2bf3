"""``clipnorm`` clips each gradient by itself; standalone Keras clipped all of them together, which is ``global_clipnorm``."""

from kerasarchive.migration import Log, Migration, Object, RewriteObject


def together(obj: Object, log: Log) -> Object:
    """`clipnorm` of standalone Keras is `global_clipnorm`"""
    if log.source is not None and log.source.flavour:
        return obj  # tf.keras never did
    if not isinstance(obj.config, dict) or not obj.config.get("clipnorm") or obj.config.get("global_clipnorm"):
        return obj
    config = {key: value for key, value in obj.config.items() if key != "clipnorm"}
    return obj.with_config(config | {"global_clipnorm": obj.config["clipnorm"]})


migration = Migration(
    library="keras",
    release="2.4.0",
    evidence="keras/optimizers.py of 2.3.1: get_gradients; measured with 1.2.2: one training step",
    operations=(RewriteObject("keras.optimizers.*", together),),
)
