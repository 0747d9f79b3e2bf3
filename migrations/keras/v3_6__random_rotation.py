"""``RandomRotation`` no longer has a ``value_range``, which it never used."""

from kerasarchive.migration import Migration, RemoveKey

migration = Migration(
    library="keras",
    release="3.6.0",
    evidence="keras/src/layers/preprocessing/random_rotation.py of 3.5.0 and image_preprocessing/random_rotation.py of 3.6.0",
    operations=(RemoveKey("keras.layers.RandomRotation", "value_range"),),
)
