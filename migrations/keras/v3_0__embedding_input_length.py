"""``Embedding`` no longer has an ``input_length``: it only ever described the input."""

from kerasarchive.migration import Migration, RemoveKey

migration = Migration(
    library="keras",
    release="3.0.0",
    evidence="keras/src/layers/core/embedding.py of 3.0.0 (3.x reads it with a warning)",
    operations=(RemoveKey("keras.layers.Embedding", "input_length", consequence="harmless"),),
)
