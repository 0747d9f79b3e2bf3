"""``compile`` takes numbers and flags where tf.keras wrote ``null`` for its defaults: training fails on a null."""

from dataclasses import replace

from kerasarchive.migration import Log, Migration, Object, RewriteModel

DEFAULTS = {"run_eagerly": False, "steps_per_execution": 1, "jit_compile": False}


def defaults_spelled_out(model: Object, log: Log) -> Object:
    """the defaults of compile are spelled out"""
    compiled = model.extra.get("compile_config")
    if not isinstance(compiled, dict):
        return model
    missing = {key: value for key, value in DEFAULTS.items() if compiled.get(key, value) is None}
    return replace(model, extra={**model.extra, "compile_config": compiled | missing}) if missing else model


migration = Migration(
    library="keras",
    release="3.0.0",
    evidence="keras/src/trainers/trainer.py of 3.0.0: compile; measured: fit raises TypeError for steps_per_execution=None",
    operations=(RewriteModel(defaults_spelled_out, consequence="loses_state"),),
)
