"""The operation ``FFT`` transforms the last axis and takes none."""

from kerasarchive.migration import Migration, RemoveKey

migration = Migration(
    library="keras",
    release="3.11.0",
    evidence="keras/src/ops/math.py of 3.10.0 and 3.11.0: FFT.__init__",
    operations=(RemoveKey("keras.src.ops.math.FFT", "axis", -1),),
)
