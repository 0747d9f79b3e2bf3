"""Optimizers no longer write ``jit_compile`` and ``is_legacy_optimizer``, and ``decay`` is a schedule."""

from dataclasses import replace
from typing import Any

from kerasarchive.migration import Log, Migration, Object, RemoveKey, RewriteConfig, RewriteObject, new, unchanged

OPTIMIZERS = ("keras.optimizers.*", "keras.optimizers.experimental.*", "keras.optimizers.legacy.*")


def learning_rate(config: dict[str, Any]) -> dict[str, Any]:
    """`lr` is spelled `learning_rate`"""
    return {"learning_rate" if key == "lr" else key: value for key, value in config.items()}


def as_it_is(config: dict[str, Any]) -> dict[str, Any]:
    """either release reads `learning_rate`"""
    return config


def decay_schedule(obj: Object, log: Log) -> Object:
    """`decay` is the schedule InverseTimeDecay over single steps: learning_rate / (1 + decay * step)"""
    if not isinstance(obj.config, dict) or "decay" not in obj.config:
        return obj
    config: dict[str, Any] = {key: value for key, value in obj.config.items() if key != "decay"}
    decay = obj.config["decay"]
    if decay:
        config["learning_rate"] = new(
            "keras.optimizers.schedules.InverseTimeDecay",
            initial_learning_rate=obj.config.get("learning_rate"),
            decay_steps=1,
            decay_rate=decay,
            staircase=False,
            name="InverseTimeDecay",
        )
    return replace(obj, config=config)


migration = Migration(
    library="keras",
    release="3.0.0",
    evidence="keras/src/optimizers/base_optimizer.py of 3.0.0; keras/optimizers/legacy/optimizer_v2.py of 2.15.0: _decayed_lr",
    operations=(
        RemoveKey(OPTIMIZERS, "jit_compile"),
        RemoveKey(OPTIMIZERS, "is_legacy_optimizer"),
        RewriteConfig(OPTIMIZERS, learning_rate, back=as_it_is),
        RewriteObject(OPTIMIZERS, decay_schedule, back=unchanged),
    ),
)
