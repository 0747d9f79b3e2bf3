"""Losses and metrics no longer write the function that they wrap, and ``auto`` reduction has its name."""

from typing import Any

from kerasarchive.migration import Migration, RemoveKey, RewriteConfig


def reduction_by_name(config: dict[str, Any]) -> dict[str, Any]:
    """the reduction `auto` is `sum_over_batch_size`, which it meant outside a distribution strategy"""
    return config | {"reduction": "sum_over_batch_size"} if config.get("reduction") == "auto" else config


LOSSES = tuple(
    f"keras.losses.{name}"
    for name in [
        "BinaryCrossentropy",
        "BinaryFocalCrossentropy",
        "CategoricalCrossentropy",
        "CategoricalFocalCrossentropy",
        "CategoricalHinge",
        "CosineSimilarity",
        "Hinge",
        "Huber",
        "KLDivergence",
        "LogCosh",
        "MeanAbsoluteError",
        "MeanAbsolutePercentageError",
        "MeanSquaredError",
        "MeanSquaredLogarithmicError",
        "Poisson",
        "SparseCategoricalCrossentropy",
        "SquaredHinge",
    ]
)
METRICS = tuple(
    f"keras.metrics.{name}"
    for name in [
        "Accuracy",
        "BinaryAccuracy",
        "BinaryCrossentropy",
        "CategoricalAccuracy",
        "CategoricalCrossentropy",
        "CategoricalHinge",
        "CosineSimilarity",
        "Hinge",
        "KLDivergence",
        "LogCoshError",
        "MeanAbsoluteError",
        "MeanAbsolutePercentageError",
        "MeanSquaredError",
        "MeanSquaredLogarithmicError",
        "Poisson",
        "SparseCategoricalAccuracy",
        "SparseCategoricalCrossentropy",
        "SparseTopKCategoricalAccuracy",
        "SquaredHinge",
        "TopKCategoricalAccuracy",
    ]
)

migration = Migration(
    library="keras",
    release="3.0.0",
    evidence="keras/src/losses/losses.py of 2.15.0 (LossFunctionWrapper.get_config) and 3.0.0",
    operations=(RemoveKey((*LOSSES, *METRICS), "fn"), RewriteConfig(LOSSES, reduction_by_name)),
)
