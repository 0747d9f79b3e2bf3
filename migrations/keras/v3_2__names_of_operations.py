"""The operations ``BatchNorm`` and ``Moments`` take no name: they are named by themselves."""

from kerasarchive.migration import Migration, RemoveKey

migration = Migration(
    library="keras",
    release="3.2.0",
    evidence="keras/src/ops/nn.py of 3.1.1 and 3.2.0: BatchNorm.__init__, Moments.__init__",
    operations=(RemoveKey(("keras.src.ops.nn.BatchNorm", "keras.src.ops.nn.Moments"), "name"),),
)
