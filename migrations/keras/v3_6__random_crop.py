"""``RandomCrop`` no longer resizes at inference: it hands on images of another size than before."""

from kerasarchive.migration import Log, Migration, Object, Refuse, RewriteObject


def refuse_crop(obj: Object, log: Log) -> Object:
    """at inference RandomCrop no longer resizes"""
    log.did(obj, "at inference it resized and crops now, or does neither", "differs")
    reason = "at inference it resized its images to the crop's size; from Keras 3.6 on it does not"
    raise Refuse(
        reason, "replace it by Resizing(height, width, crop_to_aspect_ratio=True) for inference, or target < 3.6"
    )


migration = Migration(
    library="keras",
    release="3.6.0",
    evidence="keras/src/layers/preprocessing/random_crop.py of 3.5.0, image_preprocessing/random_crop.py of 3.6.0",
    operations=(RewriteObject("keras.layers.RandomCrop", refuse_crop, consequence="differs"),),
)
