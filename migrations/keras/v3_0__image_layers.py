"""Layers of images take a ``data_format``; tf.keras took channels to be last. Random ones draw and clip in another way."""

from kerasarchive.migration import Log, Migration, Object, Refuse, RewriteObject, unchanged

RANDOM = ("RandomBrightness", "RandomContrast", "RandomCrop", "RandomFlip", "RandomRotation", "RandomTranslation", "RandomZoom")
PLAIN = ("CenterCrop", "Resizing")
LAYERS = tuple(f"keras.layers.{name}" for name in (*RANDOM, *PLAIN))
OTHERWISE = "tf.keras draws its random numbers, and clips its images, in another way: training sees other images"


def channels_last(obj: Object, log: Log) -> Object:
    """channels are last, which need not be said"""
    if obj.get("data_format") not in (None, "channels_last"):
        reason = "its channels come first, and tf.keras takes them to be last"
        raise Refuse(reason, "put a Permute before and after it")
    if obj.class_name in RANDOM:
        log.announce(obj, "training_semantics", OTHERWISE)
    if "data_format" not in obj.config:
        return obj
    return obj.with_config({key: value for key, value in obj.config.items() if key != "data_format"})


migration = Migration(
    library="keras",
    release="3.0.0",
    evidence="keras/src/layers/preprocessing/image_preprocessing.py of 2.15.0: H_AXIS, W_AXIS; random_rotation.py of 3.0.0",
    operations=(RewriteObject(LAYERS, unchanged, consequence="harmless", back=channels_last),),
)
