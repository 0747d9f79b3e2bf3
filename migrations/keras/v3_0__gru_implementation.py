"""``GRU`` no longer has an ``implementation``, which never changed what it computes."""

from kerasarchive.migration import Migration, RemoveKey

migration = Migration(
    library="keras",
    release="3.0.0",
    evidence="keras/src/layers/rnn/gru.py of 3.0.0: GRU.__init__; later releases read it again",
    operations=(RemoveKey("keras.layers.GRU", "implementation"),),
)
