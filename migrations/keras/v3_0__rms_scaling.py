"""``LayerNormalization`` can scale by the variance alone."""

from kerasarchive.migration import AddKey, Migration

migration = Migration(
    library="keras",
    release="3.0.0",
    evidence="keras/src/layers/normalization/layer_normalization.py of 3.0.0: rms_scaling; 2.15.0 has none",
    operations=(AddKey("keras.layers.LayerNormalization", "rms_scaling", False),),
)
