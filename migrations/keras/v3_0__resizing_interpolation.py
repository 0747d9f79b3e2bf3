"""``Resizing`` and ``UpSampling2D`` no longer know the interpolations ``gaussian`` and ``mitchellcubic``."""

from kerasarchive.migration import Log, Migration, Object, Refuse, RewriteObject, unchanged

GONE = ("gaussian", "mitchellcubic")


def known_interpolation(obj: Object, log: Log) -> Object:
    """an interpolation that Keras 3 has"""
    if obj.get("interpolation") in GONE:
        log.did(obj, f"the interpolation '{obj.get('interpolation')}' is gone", "fails")
        reason = f"its interpolation is '{obj.get('interpolation')}', which Keras 3 does not have"
        raise Refuse(reason, "rebuild it with bilinear, nearest, bicubic, area, lanczos3 or lanczos5")
    return obj


migration = Migration(
    library="keras",
    release="3.0.0",
    evidence="keras/src/backend/tensorflow/image.py of 3.0.0: RESIZE_INTERPOLATIONS",
    operations=(
        RewriteObject(("keras.layers.Resizing", "keras.layers.UpSampling2D"), known_interpolation, back=unchanged),
    ),
)
