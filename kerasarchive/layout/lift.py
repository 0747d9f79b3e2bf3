"""From a config as an archive spells it to the plain object tree. Pure: nothing is lost, nothing is looked up on disk."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from kerasarchive.errors import MigrationError
from kerasarchive.layout.calls import lift_graph
from kerasarchive.layout.dialect import Dialect
from kerasarchive.layout.keras1 import unmerged
from kerasarchive.layout.parts import EXPORTED_AS, is_model
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
_MODELS = {"Functional": "keras.src.engine.functional", "Model": "keras.src.engine.functional"}
_MODELS_OF_KERAS_3 = {"Functional": "keras.src.models.functional", "Model": "keras.src.models.functional"}
_OPERATIONS = "keras.src.layers.core.tf_op_layer"
_ELSEWHERE = {
    **dict.fromkeys(
        ("TFOpLambda", "SlicingOpLambda", "ClassMethod", "InstanceMethod", "InstanceProperty"), _OPERATIONS
    ),
    "SyncBatchNormalization": "keras.layers.experimental",
    "LossScaleOptimizer": "keras.mixed_precision",
    "LossScaleOptimizerV3": "keras.mixed_precision",
}
"""What tf.keras does not export from the module of its role."""
_EXPORTED = {name: exported for exported, name in EXPORTED_AS.items()}
LEGACY_OPTIMIZERS = frozenset({"Adadelta", "Adagrad", "Adam", "Adamax", "Ftrl", "Nadam", "RMSprop", "SGD"})
Operations = Callable[[str], "str | None"]
"""The module of an operation of `keras.ops` by its class name: HDF5 files of Keras 3 leave it out."""
UNNAMED = "sequential"
"""What a Sequential is called whose config is the list of its layers alone."""
_BESIDE = ("class_name", "module", "config", "registered_name", "name", "inbound_nodes")


def lift(
    config: Mapping[str, Any], at: Location, dialect: Dialect, operations: Operations = lambda name: None
) -> Object:
    """The plain tree of a whole model's (or layer's) config at `at`. Raises MigrationError if it is none, or too deep."""
    if not is_object(config):
        message = "the config is not a serialized Keras object (no class_name and config)"
        raise MigrationError(message, location=str(at), hint="see `kav inspect`")
    lifted = lift_value(config, at, "", dialect, operations)
    assert isinstance(lifted, Object)
    return lifted


def lift_value(
    value: Any, at: Location, role: str, dialect: Dialect, operations: Operations = lambda name: None
) -> Any:
    """Any JSON at `at` with its serialized objects lifted; `role` says what they are for. Raises MigrationError."""
    for _, place, depth in walk(value, at):
        if depth > DEPTH:
            message = f"nested deeper than {DEPTH} levels"
            raise MigrationError(message, location=str(place), hint="no Keras model is; the file may be hostile")
    return _Lifter(dialect, operations).lift(value, at, role)


@dataclass(frozen=True, slots=True)
class _Lifter:
    dialect: Dialect
    operations: Operations

    def lift(self, value: Any, at: Location, role: str) -> Any:
        if isinstance(value, dict):
            if is_object(value):
                return self._object(value, at, role)
            return {key: self.lift(item, at / key, _role(key, role)) for key, item in value.items()}
        if isinstance(value, list):
            return [self.lift(item, at / index, role) for index, item in enumerate(value)]
        return value

    def _object(self, data: dict[str, Any], at: Location, role: str) -> Object:
        class_name, module, registered_name = self._identity(data, role)
        config = data["config"]
        if isinstance(config, list) and class_name == "Sequential":
            # Keras 1, and 2 until 2.2.3: the list of the layers alone.
            name = data["name"] if isinstance(data.get("name"), str) else UNNAMED
            config = {"name": name, "layers": self.lift(config, at / "config", "layers")}
        elif isinstance(config, (dict, list)):
            config = self.lift(config, at / "config", role)
        lifted = Object(
            class_name=class_name,
            module=module,
            registered_name=registered_name,
            config=config,
            extra={key: self.lift(item, at / key, _role(key, "")) for key, item in data.items() if key not in _BESIDE},
            name=data["name"] if isinstance(data.get("name"), str) else None,
            origin=at,
        )
        if self.dialect.major == 1 and class_name == "Sequential":
            lifted = unmerged(lifted)
        graph = isinstance(config, dict) and "layers" in config and "output_layers" in config
        if graph or is_model(lifted):
            _well_formed(lifted)
        return lift_graph(lifted, data, self.dialect) if graph else lifted

    def _identity(self, data: dict[str, Any], role: str) -> tuple[str, str | None, str | None]:
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
        if role in ("layer", "layers", ""):
            if class_name == "Sequential":
                return class_name, "keras", registered
            models = _MODELS if self.dialect.major < 3 else _MODELS_OF_KERAS_3
            if class_name in models:
                return class_name, models[class_name], registered or (class_name if self.dialect.major >= 3 else None)
            config = data["config"]
            if isinstance(config, dict) and "trainable" not in config and (found := self.operations(class_name)):
                return class_name, found, registered or class_name
        if role == "optimizer" and self.dialect.legacy_optimizers and class_name in LEGACY_OPTIMIZERS:
            return class_name, "keras.optimizers.legacy", registered
        found = _ELSEWHERE.get(class_name) if self.dialect.major < 3 else None
        return _EXPORTED.get(class_name, class_name), found or dict(_ROLE_MODULES).get(role), registered


def _role(key: str, outer: str) -> str:
    for suffix, _ in _ROLE_MODULES:
        if key == suffix or key.endswith("_" + suffix):
            return suffix
    return outer


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
