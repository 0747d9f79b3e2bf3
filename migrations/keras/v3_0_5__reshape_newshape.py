"""The operation ``Reshape`` takes ``newshape``; it was ``new_shape`` before."""

from kerasarchive.migration import Migration, RenameKey

migration = Migration(
    library="keras",
    release="3.0.5",
    evidence="keras/src/ops/numpy.py of 3.0.4 and 3.0.5: Reshape.__init__",
    operations=(RenameKey("keras.src.ops.numpy.Reshape", "new_shape", "newshape"),),
)
