"""``ExtractPatches3D`` is gone; ``ExtractPatches`` takes sizes of three dimensions."""

from typing import Any

from kerasarchive.migration import Log, Migration, Object, Refuse, ReplaceClass, RewriteObject, unchanged


def three(config: dict[str, Any]) -> dict[str, Any]:
    """A size or stride of one number is that number three times."""
    return {
        key: [value] * 3 if key in ("size", "strides") and isinstance(value, int) else value for key, value in config.items()
    }


def open_strides(obj: Object, log: Log) -> Object:
    """strides are left open, which means the size: before, any that are given make loading fail"""
    size, strides = obj.get("size"), obj.get("strides")
    if isinstance(size, list) and len(size) == 3:
        reason = "before Keras 3.14 it takes patches of two dimensions"
        raise Refuse(reason, "name a target from 3.14 on")
    if strides is None:
        return obj
    if strides != size:
        reason = f"its strides are {strides!r}, and before Keras 3.14 it cannot be loaded with strides other than its size"
        raise Refuse(reason, "name a target from 3.14 on")
    return obj.with_config({**obj.config, "strides": None})


migration = Migration(
    library="keras",
    release="3.14.0",
    evidence="keras/src/ops/image.py of 3.13.2 (compute_output_spec names its strides only where none are given) and 3.14.0",
    operations=(
        RewriteObject("keras.src.ops.image.ExtractPatches", unchanged, back=open_strides),
        ReplaceClass("keras.src.ops.image.ExtractPatches3D", "keras.src.ops.image.ExtractPatches", three),
    ),
)
