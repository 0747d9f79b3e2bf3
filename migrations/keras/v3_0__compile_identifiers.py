"""Optimizers, losses and metrics that were compiled by a name that Keras 3 reads differently, or not at all."""

from typing import Any

from kerasarchive.migration import Log, Migration, Object, Refuse, RewriteModel, State, new, unchanged

OPTIMIZERS = {
    name.lower(): (f"keras.optimizers.{name}", learning_rate)
    for name, learning_rate in {
        "Adadelta": 0.001,
        "Adafactor": 0.001,
        "Adagrad": 0.001,
        "Adam": 0.001,
        "AdamW": 0.001,
        "Adamax": 0.001,
        "Ftrl": 0.001,
        "Lion": 0.0001,
        "Nadam": 0.001,
        "RMSprop": 0.001,
        "SGD": 0.01,
    }.items()
}
"""Identifier (in lower case) -> class and the learning rate that Keras 2.12 to 2.15 gave it."""

LOSSES = {
    "cosine_proximity": "cosine_similarity",
    "huber_loss": "huber",
    "kullback_leibler_divergence": "kl_divergence",
    "logcosh": "log_cosh",
}
METRICS = {
    "ACC": "accuracy",
    "cosine_proximity": "cosine_similarity",
    "kullback_leibler_divergence": "kl_divergence",
}
LOG_COSH = ("log_cosh", "logcosh")


def optimizer_object(model: Object, log: Log) -> Object:
    """an optimizer that was compiled by name is written out with the defaults that the name had"""
    compiled = model.extra.get("compile_config")
    if not isinstance(compiled, dict) or not isinstance(compiled.get("optimizer"), str):
        return model
    identifier = compiled["optimizer"]
    if identifier.lower() not in OPTIMIZERS:
        reason = f"the optimizer is '{identifier}', which is no optimizer of Keras 2.12 to 2.15"
        raise Refuse(reason)
    cls, learning_rate = OPTIMIZERS[identifier.lower()]
    state = model.states.get("", State())
    slots = state.children.get("optimizer")
    name = cls.rpartition(".")[2]
    optimizer = _with_state(new(cls, name=name, learning_rate=learning_rate), slots)
    rest = {key: child for key, child in state.children.items() if key != "optimizer"}
    return _replaced(model, compiled | {"optimizer": optimizer}, state, rest)


def _with_state(optimizer: Object, slots: State | None) -> Object:
    from dataclasses import replace

    return replace(optimizer, states={"": slots}) if slots is not None else optimizer


def _replaced(model: Object, compiled: dict[str, Any], state: State, children: dict[str, State]) -> Object:
    from dataclasses import replace

    states = {**model.states, "": replace(state, children=children)} if model.states else {}
    return replace(model, extra={**model.extra, "compile_config": compiled}, states=states)


def loss_names(model: Object, log: Log) -> Object:
    """losses and metrics are named as Keras 3 names them"""
    from dataclasses import replace

    compiled = model.extra.get("compile_config")
    if not isinstance(compiled, dict):
        return model
    changed = dict(compiled)
    if "loss" in compiled:
        changed["loss"] = _renamed(compiled["loss"], LOSSES)
    for key in ("metrics", "weighted_metrics"):
        if key in compiled:
            changed[key] = _renamed(compiled[key], METRICS, log_cosh=True)
    return model if changed == compiled else replace(model, extra={**model.extra, "compile_config": changed})


def _renamed(value: Any, names: dict[str, str], *, log_cosh: bool = False) -> Any:
    if isinstance(value, str):
        return (
            new("keras.metrics.LogCoshError", name=value) if log_cosh and value in LOG_COSH else names.get(value, value)
        )
    if isinstance(value, list):
        return [_renamed(item, names, log_cosh=log_cosh) for item in value]
    if isinstance(value, dict):
        return {key: _renamed(item, names, log_cosh=log_cosh) for key, item in value.items()}
    return value


migration = Migration(
    library="keras",
    release="3.0.0",
    evidence="keras/src/losses/__init__.py, metrics/__init__.py and optimizers/__init__.py of 2.15.0 and 3.0.0",
    operations=(
        RewriteModel(optimizer_object, consequence="loses_state", back=unchanged),
        RewriteModel(loss_names, back=unchanged),
    ),
)
