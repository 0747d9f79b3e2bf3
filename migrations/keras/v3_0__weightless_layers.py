"""Spatial dropout and some preprocessing layers no longer take ``trainable`` (they have nothing to train)."""

from kerasarchive.migration import Migration, RemoveKey

DROPOUT = ("keras.layers.SpatialDropout1D", "keras.layers.SpatialDropout2D", "keras.layers.SpatialDropout3D")
PREPROCESSING = ("keras.layers.Discretization", "keras.layers.Hashing", "keras.layers.HashedCrossing")

migration = Migration(
    library="keras",
    release="3.0.0",
    evidence="keras/src/layers/regularization/spatial_dropout.py of 3.0.0: __init__ takes rate, seed, name, dtype",
    operations=(
        RemoveKey((*DROPOUT, *PREPROCESSING), "trainable"),
        # They compute the noise shape from their input and never read this.
        RemoveKey(DROPOUT, "noise_shape"),
    ),
)
