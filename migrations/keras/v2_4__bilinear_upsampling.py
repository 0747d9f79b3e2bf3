"""``UpSampling2D(interpolation="bilinear")`` samples at the centres of pixels since TensorFlow 2, not at their corners."""

from kerasarchive.migration import Log, Migration, Object, Refuse, RewriteObject


def other_samples(obj: Object, log: Log) -> Object:
    """bilinear upsampling samples elsewhere"""
    if obj.get("interpolation") != "bilinear" or obj.get("size") in ([1, 1], 1):
        return obj
    if log.source is not None and log.source.flavour and log.source.version == "2.3.0":
        return obj  # TensorFlow 2.2
    log.did(obj, "bilinear upsampling samples elsewhere", "differs")
    reason = "bilinear upsampling of TensorFlow 1 samples at the corners of pixels, and no layer of today does"
    raise Refuse(reason, "replace it by nearest upsampling or a transposed convolution, and train on")


migration = Migration(
    library="keras",
    release="2.4.0",
    evidence="resize_bilinear of TensorFlow 1.15 (half_pixel_centers=False), resize_images_v2 of 2.0; measured with 2.3.1",
    operations=(RewriteObject("keras.layers.UpSampling2D", other_samples, consequence="differs"),),
)
