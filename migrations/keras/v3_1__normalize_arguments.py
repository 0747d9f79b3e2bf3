"""The operation ``Normalize`` takes its axis for its axis and its order for its order: the releases before swapped them."""

from typing import Any

from kerasarchive.migration import Migration, RewriteConfig


def swapped(config: dict[str, Any]) -> dict[str, Any]:
    """axis and order were taken for each other"""
    axis, order = config.get("axis", -1), config.get("order", 2)
    return {**config, "axis": order, "order": axis}


migration = Migration(
    library="keras",
    release="3.1.0",
    evidence="keras/src/ops/nn.py of 3.0.5 (`_normalize(x, self.order, self.axis)`) and 3.1.0: Normalize.call",
    operations=(RewriteConfig("keras.src.ops.nn.Normalize", swapped, consequence="differs", back=swapped),),
)
