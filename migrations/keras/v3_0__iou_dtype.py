"""The metrics of overlap count in int64; tf.keras counts in floats, and fails on integers."""

from typing import Any

from kerasarchive.migration import Migration, RewriteConfig

CLASSES = tuple(f"keras.metrics.{name}" for name in ("IoU", "BinaryIoU", "MeanIoU", "OneHotIoU", "OneHotMeanIoU"))


def as_it_is(config: dict[str, Any]) -> dict[str, Any]:
    """either dtype counts"""
    return config


def in_floats(config: dict[str, Any]) -> dict[str, Any]:
    """it counts in floats"""
    return config | {"dtype": "float32"} if str(config.get("dtype")).startswith(("int", "uint")) else config


migration = Migration(
    library="keras",
    release="3.0.0",
    evidence="keras/src/metrics/iou_metrics.py of 3.0.0: dtype; measured: a MeanIoU of int64 fails in 2.15.0 when it is updated",
    operations=(RewriteConfig(CLASSES, as_it_is, consequence="harmless", back=in_floats),),
)
