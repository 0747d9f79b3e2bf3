"""Losses and metrics no longer write the function that they wrap, and ``auto`` reduction has its name."""

from typing import Any

from kerasarchive.migration import Migration, Refuse, RemoveKey, RewriteConfig


def as_it_is(config: dict[str, Any]) -> dict[str, Any]:
    """the older release knows the reductions `sum_over_batch_size`, `sum` and `none`"""
    if "reduction" in config and config["reduction"] not in ("sum_over_batch_size", "sum", "none", None):
        reason = f"its reduction is {config['reduction']!r}, which is new in Keras 3"
        raise Refuse(reason, "compile the model anew after loading")
    return config | {"reduction": "none"} if config.get("reduction", "") is None else config


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
    operations=(RemoveKey((*LOSSES, *METRICS), "fn"), RewriteConfig(LOSSES, reduction_by_name, back=as_it_is)),
)
