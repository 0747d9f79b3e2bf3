"""A layer that looks words up has a float policy; in tf.keras its dtype was that of its words, or of the numbers it gives."""

from kerasarchive.migration import Log, Migration, Object, RewriteObject, unchanged

CLASSES = ("keras.layers.TextVectorization", "keras.layers.StringLookup", "keras.layers.IntegerLookup")


def of_words(obj: Object, log: Log) -> Object:
    """the dtype is that of the words, or of the numbers that stand for them"""
    if obj.class_name == "TextVectorization":
        dtype = "string"
    elif obj.get("output_mode", "int") == "int" and obj.get("dtype") not in ("int32", "int64"):
        dtype = "int64"
    else:
        return obj
    return obj if obj.get("dtype") == dtype else obj.with_config({**obj.config, "dtype": dtype})


migration = Migration(
    library="keras",
    release="3.0.0",
    evidence="keras/src/layers/preprocessing/text_vectorization.py of 2.15.0: __init__ refuses all but string; index_lookup.py",
    operations=(RewriteObject(CLASSES, unchanged, consequence="harmless", back=of_words),),
)
