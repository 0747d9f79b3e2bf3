"""``ThresholdedReLU`` is gone; ``ReLU`` with a threshold computes the same: 0 up to it, the input above."""

from typing import Any

from kerasarchive.migration import Migration, ReplaceClass


def threshold(config: dict[str, Any]) -> dict[str, Any]:
    """`theta` is ReLU's `threshold`."""
    kept = {key: value for key, value in config.items() if key != "theta"}
    return kept | {"max_value": None, "negative_slope": 0.0, "threshold": config.get("theta", 1.0)}


migration = Migration(
    library="keras",
    release="3.0.0",
    evidence="keras/src/layers/activation/thresholded_relu.py of 2.15.0; absent from 3.0.0",
    operations=(ReplaceClass("keras.layers.ThresholdedReLU", "keras.layers.ReLU", threshold),),
)
