"""Random layers take a ``data_format``; before, they took their images to be channels last."""

from kerasarchive.migration import AddKey, Migration

LAYERS = ("RandomBrightness", "RandomContrast", "RandomFlip")

migration = Migration(
    library="keras",
    release="3.6.0",
    evidence="keras/src/layers/preprocessing/random_flip.py of 3.5.0 (axis -2 and -3) and 3.6.0",
    operations=(AddKey(tuple(f"keras.layers.{name}" for name in LAYERS), "data_format", "channels_last"),),
)
