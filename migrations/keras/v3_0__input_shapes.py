"""Input shapes stand in ``InputLayer.batch_shape`` alone; no other layer takes ``batch_input_shape``."""

from kerasarchive.migration import Migration, RemoveKey, RenameKey

migration = Migration(
    library="keras",
    release="3.0.0",
    evidence="https://github.com/keras-team/keras/issues/20106",
    operations=(
        # Keras 3 still reads the old spelling of an InputLayer.
        RenameKey("keras.layers.InputLayer", "batch_input_shape", "batch_shape", consequence="harmless"),
        # A model that knows its input has an InputLayer that says the same.
        RemoveKey("keras.layers.*", "batch_input_shape"),
        RemoveKey("keras.Sequential", "build_input_shape", consequence="harmless"),
    ),
)
