"""``compile`` takes numbers and flags where tf.keras wrote ``null`` for its defaults: training fails on a null."""

from dataclasses import replace
from typing import Any

from kerasarchive.migration import Log, Migration, Object, Ref, RewriteModel, unchanged

DEFAULTS = {"run_eagerly": False, "steps_per_execution": 1, "jit_compile": False}


def defaults_spelled_out(model: Object, log: Log) -> Object:
    """the defaults of compile are spelled out"""
    compiled = model.extra.get("compile_config")
    if not isinstance(compiled, dict):
        return model
    missing = {key: value for key, value in DEFAULTS.items() if compiled.get(key, value) is None}
    return replace(model, extra={**model.extra, "compile_config": compiled | missing}) if missing else model


def without_later_arguments(model: Object, log: Log) -> Object:
    """`compile` has no `auto_scale_loss`, and leaves it to TensorFlow whether XLA compiles"""
    compiled = model.extra.get("compile_config")
    if not isinstance(compiled, dict):
        return model
    kept = {key: value for key, value in compiled.items() if key != "auto_scale_loss"}
    if kept.get("jit_compile") is not None:
        # Keras 3 writes what its `auto` found for the backend of then: how fast training is, not what it computes.
        kept["jit_compile"] = None
    return model if kept == compiled else replace(model, extra={**model.extra, "compile_config": kept})


def metrics_per_output(model: Object, log: Log) -> Object:
    """a list of metrics for a model with several outputs names them for each output"""
    compiled, outputs = model.extra.get("compile_config"), model.get("output_layers")
    if not isinstance(compiled, dict) or not isinstance(outputs, (list, dict)) or len(outputs) < 2:
        return model
    # tf.keras gave a flat list of metrics to every output, Keras 3 gives its members to one output each.
    flat = {
        key: compiled[key]
        for key in ("metrics", "weighted_metrics")
        if isinstance(compiled.get(key), list) and not any(isinstance(item, (list, dict)) for item in compiled[key])
    }
    if not flat or not all(isinstance(output, Ref) for output in _values(outputs)):
        return model
    spread = {
        key: {name: metrics for name in outputs} if isinstance(outputs, dict) else [metrics] * len(outputs)
        for key, metrics in flat.items()
    }
    return replace(model, extra={**model.extra, "compile_config": compiled | spread})


def _values(outputs: Any) -> list[Any]:
    return list(outputs.values()) if isinstance(outputs, dict) else outputs


migration = Migration(
    library="keras",
    release="3.0.0",
    evidence="keras/src/trainers/trainer.py of 3.0.0: compile; measured: fit raises TypeError for steps_per_execution=None",
    operations=(
        RewriteModel(defaults_spelled_out, consequence="loses_state", back=without_later_arguments),
        RewriteModel(metrics_per_output, consequence="loses_state", back=unchanged),
    ),
)
