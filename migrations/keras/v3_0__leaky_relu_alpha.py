"""``LeakyReLU`` spells ``alpha`` as ``negative_slope``."""

from kerasarchive.migration import Migration, RenameKey

migration = Migration(
    library="keras",
    release="3.0.0",
    evidence="keras/src/layers/activations/leaky_relu.py of 3.0.0 (still reads `alpha`, with a warning)",
    operations=(RenameKey("keras.layers.LeakyReLU", "alpha", "negative_slope", consequence="harmless"),),
)
