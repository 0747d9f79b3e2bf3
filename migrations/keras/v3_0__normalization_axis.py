"""``Normalization`` takes a single axis as a number; tf.keras 2.12 did not write ``invert``."""

from collections.abc import Mapping
from typing import Any

from kerasarchive.migration import Log, Migration, Object, RewriteConfig, RewriteObject, unchanged

CLS = "keras.layers.Normalization"
LOST = (
    "if it was built with invert=True, no archive of tf.keras 2.12 says so, and it normalizes since it was saved: compare its "
    "outputs with recorded ones"
)


def plain_axis(config: dict[str, Any]) -> dict[str, Any]:
    """`axis` was written as a list; a single one is a number now."""
    axis = config.get("axis")
    if not isinstance(axis, list) or len(axis) != 1:
        return config
    return config | {"axis": axis[0]}


def as_it_is(config: dict[str, Any]) -> dict[str, Any]:
    """either release takes a number"""
    return config


def perhaps_inverted(obj: Object, log: Log) -> Object:
    """whether the layer inverts is written"""
    if isinstance(obj.config, Mapping) and "invert" not in obj.config:
        log.announce(obj, "lost_at_save", LOST)
    return obj


migration = Migration(
    library="keras",
    release="3.0.0",
    evidence="keras/src/layers/preprocessing/normalization.py of 2.12.0, 2.15.0 and 3.0.0: get_config, self.axis",
    operations=(RewriteConfig(CLS, plain_axis, back=as_it_is), RewriteObject(CLS, perhaps_inverted, back=unchanged)),
)
