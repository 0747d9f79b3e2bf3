"""From the ``training_config`` of an HDF5 file or a SavedModel to what a `.keras` of the same release calls compile_config."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from kerasarchive.layout.dialect import Dialect
from kerasarchive.layout.lift import lift_value
from kerasarchive.model.location import Location
from kerasarchive.model.objects import Object

KEPT = ("loss", "loss_weights", "metrics", "weighted_metrics", "run_eagerly", "steps_per_execution", "jit_compile")


def with_training(root: Object, training: Any, at: Location, dialect: Dialect) -> Object:
    """`root` compiled as `training`, which stands at `at`, says; itself if it says nothing.

    ``sample_weight_mode`` is left out: Keras 3 tells from the shape of the weights what they weigh.
    """
    if not isinstance(training, Mapping) or not isinstance(training.get("optimizer_config"), Mapping):
        return root
    optimizer = lift_value(training["optimizer_config"], at / "optimizer_config", "optimizer", dialect)
    compiled: dict[str, Any] = {"optimizer": optimizer}
    for key in KEPT:
        if key in training:
            role = {"loss": "loss", "metrics": "metrics", "weighted_metrics": "metrics"}.get(key, "")
            compiled[key] = lift_value(training[key], at / key, role, dialect)
    for key in ("metrics", "weighted_metrics"):
        value = compiled.get(key)
        if isinstance(value, list) and len(value) == 1 and isinstance(value[0], list):
            # tf.keras writes a list for each output; with one output Keras wants that list itself.
            compiled[key] = value[0]
    return replace(root, extra={**root.extra, "compile_config": compiled})
