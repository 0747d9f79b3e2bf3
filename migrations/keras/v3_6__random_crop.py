"""``RandomCrop`` no longer resizes at inference: it hands on images of another size than before."""

from dataclasses import replace
from typing import Any

from kerasarchive.migration import Log, Migration, Object, Refuse, RewriteObject, new


def resize(obj: Object, log: Log) -> Object:
    """at inference RandomCrop no longer resizes, which Resizing does"""
    if _size(obj) == (obj.get("height"), obj.get("width")):
        return obj
    message = (
        "becomes a Resizing, which computes what it computed at inference; it no longer crops at random in training"
    )
    log.announce(obj, "inference_only", message)
    made = new(
        "keras.layers.Resizing",
        name=obj.own_name,
        trainable=obj.get("trainable", True),
        dtype=obj.get("dtype"),
        height=obj.get("height"),
        width=obj.get("width"),
        crop_to_aspect_ratio=True,
        data_format=obj.get("data_format"),
    )
    # Its generator of random numbers stays behind.
    return replace(made, extra=obj.extra, name=obj.name, nodes=obj.nodes)


def refuse_crop(obj: Object, log: Log) -> Object:
    """at inference RandomCrop resizes before 3.6"""
    if _size(obj) == (obj.get("height"), obj.get("width")):
        return obj
    reason = "at inference it crops and does not resize; before Keras 3.6 it resizes"
    raise Refuse(reason, "take it out of the model, or name a target from 3.6 on")


def _size(obj: Object) -> tuple[Any, Any] | None:
    """Height and width of the images that it gets, where the archive says."""
    refs = [ref for node in obj.nodes or () for ref in node.refs]
    shape = refs[0].shape if refs else (obj.extra.get("build_config") or {}).get("input_shape")
    if not shape or len(shape) < 3:
        return None
    return tuple(shape[-2:]) if obj.get("data_format") == "channels_first" else tuple(shape[-3:-1])


migration = Migration(
    library="keras",
    release="3.6.0",
    evidence="keras/src/layers/preprocessing/random_crop.py of 3.5.0, image_preprocessing/random_crop.py of 3.6.0",
    operations=(RewriteObject("keras.layers.RandomCrop", resize, consequence="differs", back=refuse_crop),),
)
