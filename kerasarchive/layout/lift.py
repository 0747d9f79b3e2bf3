"""From a config as an archive spells it to the plain object tree. Pure: nothing is lost, nothing is looked up on disk."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kerasarchive.errors import MigrationError
from kerasarchive.layout.calls import lift_graph
from kerasarchive.layout.dialect import Dialect
from kerasarchive.layout.parts import is_model
from kerasarchive.model.config import is_object, walk
from kerasarchive.model.location import Location
from kerasarchive.model.objects import Object

DEPTH = 160
"""Nesting that is followed. Real models stay below 60; Keras itself fails far below Python's recursion limit."""

_ROLE_MODULES = (
    ("initializer", "keras.initializers"),
    ("regularizer", "keras.regularizers"),
    ("constraint", "keras.constraints"),
    ("layer", "keras.layers"),
    ("layers", "keras.layers"),
    ("cell", "keras.layers"),
    ("cells", "keras.layers"),
    ("dtype", "keras.mixed_precision"),
    ("learning_rate", "keras.optimizers.schedules"),
    ("optimizer", "keras.optimizers"),
    ("loss", "keras.losses"),
    ("metrics", "keras.metrics"),
)
_MODELS = {"Sequential": "keras", "Functional": "keras.src.engine.functional", "Model": "keras.src.engine.functional"}
_OPERATIONS = "keras.src.layers.core.tf_op_layer"
_ELSEWHERE = {
    **dict.fromkeys(
        ("TFOpLambda", "SlicingOpLambda", "ClassMethod", "InstanceMethod", "InstanceProperty"), _OPERATIONS
    ),
    "SyncBatchNormalization": "keras.layers.experimental",
}
"""Layers of tf.keras that `keras.layers` does not export."""
_BESIDE = ("class_name", "module", "config", "registered_name", "name", "inbound_nodes")


def lift(config: Mapping[str, Any], at: Location, dialect: Dialect) -> Object:
    """The plain tree of a whole model's (or layer's) config at `at`. Raises MigrationError if it is none, or too deep."""
    if not is_object(config):
        message = "the config is not a serialized Keras object (no class_name and config)"
        raise MigrationError(message, location=str(at), hint="see `kav inspect`")
    for _, place, depth in walk(config, at):
        if depth > DEPTH:
            message = f"nested deeper than {DEPTH} levels"
            raise MigrationError(message, location=str(place), hint="no Keras model is; the file may be hostile")
    lifted = _lift(config, at, "", dialect)
    assert isinstance(lifted, Object)
    return lifted


def _lift(value: Any, at: Location, role: str, dialect: Dialect) -> Any:
    if isinstance(value, dict):
        if is_object(value):
            return _object(value, at, role, dialect)
        return {key: _lift(item, at / key, _role(key, role), dialect) for key, item in value.items()}
    if isinstance(value, list):
        return [_lift(item, at / index, role, dialect) for index, item in enumerate(value)]
    return value


def _role(key: str, outer: str) -> str:
    for suffix, _ in _ROLE_MODULES:
        if key == suffix or key.endswith("_" + suffix):
            return suffix
    return outer


def _object(data: dict[str, Any], at: Location, role: str, dialect: Dialect) -> Object:
    class_name, module, registered_name = _identity(data, role)
    config = data["config"]
    lifted = Object(
        class_name=class_name,
        module=module,
        registered_name=registered_name,
        config=_lift(config, at / "config", role, dialect) if isinstance(config, (dict, list)) else config,
        extra={key: _lift(item, at / key, _role(key, ""), dialect) for key, item in data.items() if key not in _BESIDE},
        name=data["name"] if isinstance(data.get("name"), str) else None,
        origin=at,
    )
    graph = isinstance(config, dict) and "layers" in config and "output_layers" in config
    if graph or is_model(lifted):
        _well_formed(lifted)
    return lift_graph(lifted, data, dialect) if graph else lifted


def _well_formed(model: Object) -> None:
    """What every step takes for granted of a model. Raises MigrationError."""
    config = model.config if isinstance(model.config, dict) else {}
    layers = config.get("layers")
    if not isinstance(layers, list) or not all(isinstance(layer, Object) for layer in layers):
        message = f"{model.title}: its `layers` are not a list of serialized layers"
        raise MigrationError(message, location=str(model.at / "config"), hint="see `kav validate`")
    if model.class_name != "Sequential" and not {"input_layers", "output_layers"} <= set(config):
        message = f"{model.title}: it does not say what its inputs and outputs are"
        raise MigrationError(message, location=str(model.at / "config"), hint="see `kav validate`")


def _identity(data: dict[str, Any], role: str) -> tuple[str, str | None, str | None]:
    """Class, module and registered name; files without modules (HDF5, and dicts inside layers of 2.12) are completed."""
    class_name, module = data["class_name"], data.get("module")
    registered = data.get("registered_name") if isinstance(data.get("registered_name"), str) else None
    if "module" in data:
        return class_name, module if isinstance(module, str) else None, registered
    if class_name.startswith("Custom>") and role == "optimizer":
        # tf.keras 2.11 to 2.15 registered its own new optimizers without naming a package.
        return class_name.removeprefix("Custom>"), "keras.optimizers", registered
    if ">" in class_name:
        return class_name.rpartition(">")[2], None, class_name
    if class_name in _MODELS and role in ("layer", "layers", ""):
        return class_name, _MODELS[class_name], registered
    return class_name, _ELSEWHERE.get(class_name) or dict(_ROLE_MODULES).get(role), registered
