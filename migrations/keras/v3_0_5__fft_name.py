"""The operations ``FFT`` and ``FFT2`` take no name: they are named by themselves."""

from kerasarchive.migration import Migration, RemoveKey

migration = Migration(
    library="keras",
    release="3.0.5",
    evidence="keras/src/ops/math.py of 3.0.4 and 3.0.5: FFT.__init__, FFT2.__init__",
    operations=(RemoveKey(("keras.src.ops.math.FFT", "keras.src.ops.math.FFT2"), "name"),),
)
