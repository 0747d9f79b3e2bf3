"""The operations ``NanToNum``, ``Eye`` and ``Tri`` take no name: they are named by themselves."""

from kerasarchive.migration import Migration, RemoveKey

migration = Migration(
    library="keras",
    release="3.3.0",
    evidence="keras/src/ops/numpy.py of 3.2.1 and 3.3.0: NanToNum.__init__, Eye.__init__, Tri.__init__",
    operations=(
        RemoveKey(tuple(f"keras.src.ops.numpy.{name}" for name in ("NanToNum", "Eye", "Tri")), "name"),
        RemoveKey("keras.src.ops.numpy.NanToNum", "dtype", None),
    ),
)
