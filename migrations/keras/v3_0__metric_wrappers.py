"""A compiled metric that wraps a function is written as the metric that the function has of its own."""

from dataclasses import replace
from typing import Any

from kerasarchive.migration import Log, Migration, Object, RewriteModel, new, unchanged

METRICS = {
    "binary_accuracy": "BinaryAccuracy",
    "binary_crossentropy": "BinaryCrossentropy",
    "categorical_accuracy": "CategoricalAccuracy",
    "categorical_crossentropy": "CategoricalCrossentropy",
    "categorical_hinge": "CategoricalHinge",
    "hinge": "Hinge",
    "kl_divergence": "KLDivergence",
    "kullback_leibler_divergence": "KLDivergence",
    "log_cosh": "LogCoshError",
    "logcosh": "LogCoshError",
    "mean_absolute_error": "MeanAbsoluteError",
    "mean_absolute_percentage_error": "MeanAbsolutePercentageError",
    "mean_squared_error": "MeanSquaredError",
    "mean_squared_logarithmic_error": "MeanSquaredLogarithmicError",
    "poisson": "Poisson",
    "sparse_categorical_accuracy": "SparseCategoricalAccuracy",
    "sparse_categorical_crossentropy": "SparseCategoricalCrossentropy",
    "sparse_top_k_categorical_accuracy": "SparseTopKCategoricalAccuracy",
    "squared_hinge": "SquaredHinge",
    "top_k_categorical_accuracy": "TopKCategoricalAccuracy",
}
KEYS = ("metrics", "weighted_metrics")


def unwrapped(model: Object, log: Log) -> Object:
    """a MeanMetricWrapper is the metric whose function it wraps"""
    compiled = model.extra.get("compile_config")
    if not isinstance(compiled, dict):
        return model
    changed = {key: _metrics(compiled[key]) for key in KEYS if key in compiled}
    if all(changed[key] is compiled[key] for key in changed):
        return model
    return replace(model, extra={**model.extra, "compile_config": compiled | changed})


def _metrics(value: Any) -> Any:
    if isinstance(value, Object):
        function = value.get("fn")
        if value.class_name != "MeanMetricWrapper" or not isinstance(function, str):
            return value
        if function not in METRICS:
            return function
        kept = {key: value.config[key] for key in ("name", "dtype") if key in value.config}
        return replace(new(f"keras.metrics.{METRICS[function]}", **kept), origin=value.origin)
    if isinstance(value, list):
        items = [_metrics(item) for item in value]
        return items if any(a is not b for a, b in zip(items, value, strict=True)) else value
    if isinstance(value, dict):
        named = {key: _metrics(item) for key, item in value.items()}
        return named if any(named[key] is not value[key] for key in named) else value
    return value


migration = Migration(
    library="keras",
    release="3.0.0",
    evidence="keras/src/saving/legacy/saving_utils.py of 2.15.0: metrics are written as built, with the function in `fn`",
    operations=(RewriteModel(unwrapped, back=unchanged),),
)
