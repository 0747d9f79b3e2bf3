"""IntegerLookup calls its sizes and special values as the other lookups do."""

from kerasarchive.migration import Migration, RenameKey

CLASS = "keras.layers.IntegerLookup"

migration = Migration(
    library="keras",
    release="2.5.0",
    evidence="tensorflow/python/keras/layers/preprocessing/integer_lookup.py of TensorFlow 2.4.4 and 2.5.3",
    operations=(
        RenameKey(CLASS, "max_values", "max_tokens"),
        RenameKey(CLASS, "mask_value", "mask_token"),
        RenameKey(CLASS, "oov_value", "oov_token"),
    ),
)
