"""``Normalization`` takes no axis as ``None`` and a single one as a number."""

from typing import Any

from kerasarchive.migration import Migration, RewriteConfig


def plain_axis(config: dict[str, Any]) -> dict[str, Any]:
    """`axis` was written as a list; an empty one is `None` and a single one a number now."""
    axis = config.get("axis")
    if not isinstance(axis, list) or len(axis) > 1:
        return config
    return config | {"axis": axis[0] if axis else None}


migration = Migration(
    library="keras",
    release="3.0.0",
    evidence="keras/src/layers/preprocessing/normalization.py of 2.15.0 and 3.0.0: self.axis",
    operations=(RewriteConfig("keras.layers.Normalization", plain_axis),),
)
