"""``InputLayer`` has no ``ragged`` inputs."""

from kerasarchive.migration import Migration, RemoveKey

migration = Migration(
    library="keras",
    release="3.0.0",
    evidence="keras/src/layers/core/input_layer.py of 3.0.0: InputLayer.__init__ takes no `ragged`",
    operations=(
        RemoveKey(
            "keras.layers.InputLayer",
            "ragged",
            default=False,
            advice="Keras 3 has no ragged tensors on most backends: pad the input and mask it",
        ),
    ),
)
