"""What a `.keras` says, in the words of Keras 3's HDF5 file: the config without its envelope, and a training_config.

The loader reads a layer that says its ``module`` as it reads one in a `.keras`, and any other by the names of Keras 2,
which goes wrong in many ways. So the layers stay as they are. Sources: ``model_from_config``,
``compile_args_from_training_config`` of ``keras/src/legacy/saving/saving_utils.py`` and ``json_utils.decode`` beside it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kerasarchive.errors import MigrationError
from kerasarchive.layout.listed import WRITE_KERAS
from kerasarchive.layout.lower import Lowered
from kerasarchive.model.config import walk
from kerasarchive.model.location import Location

DECODED = {"__tuple__": "a tuple", "__ellipsis__": "an Ellipsis", "TensorShape": "a TensorShape",
           "TypeSpec": "a TypeSpec", "CompositeTensor": "a tensor"}  # fmt: skip
"""What reading the JSON already turns into an object, which the loader then does not know."""

LOSSES = {
    "mse": "mean_squared_error", "mae": "mean_absolute_error", "mape": "mean_absolute_percentage_error",
    "msle": "mean_squared_logarithmic_error", "bce": "binary_crossentropy", "kld": "kl_divergence",
}  # fmt: skip
"""Short names that `losses.deserialize` finds and cannot make, each with the function that `compile` takes it for."""

OPTIMIZERS = (
    "SGD", "RMSprop", "Adam", "AdamW", "Adadelta", "Adagrad", "Adamax", "Adafactor", "Nadam", "Ftrl", "Lion", "Lamb",
    "Muon", "LossScaleOptimizer",
)  # fmt: skip
"""What a `.keras` may call in lower case, by name alone."""


def model_config(lowered: Lowered, at: Location) -> dict[str, Any]:
    """The ``model_config`` of what is spelled as a `.keras` at `at`. Raises MigrationError for what it cannot say."""
    config = lowered.config
    for value, place, _ in walk(config["config"], at / "config"):
        said = DECODED.get(str(value.get("class_name"))) if isinstance(value, dict) else None
        if said is not None:
            message = f"{said} in a config is not read back from an HDF5 file"
            raise MigrationError(message, location=str(lowered.origin(place)), hint=WRITE_KERAS)
    inner = config["config"]
    build = config.get("build_config")
    shape = build.get("input_shape") if isinstance(build, Mapping) else None
    layers = inner.get("layers") or [{}]
    if config["class_name"] == "Sequential" and shape and layers[0].get("class_name") != "InputLayer":
        inner = {**inner, "build_input_shape": shape}
    return {"class_name": config["class_name"], "config": inner}


def training_config(compiled: Any) -> dict[str, Any] | None:
    """The ``training_config`` of a `.keras`'s compile_config; None where it says no optimizer."""
    optimizer = compiled.get("optimizer") if isinstance(compiled, Mapping) else None
    if isinstance(optimizer, str):
        name = next((name for name in OPTIMIZERS if name.lower() == optimizer.lower()), optimizer)
        optimizer = {"module": "keras.optimizers", "class_name": name, "config": {}, "registered_name": None}
    if not isinstance(compiled, Mapping) or not isinstance(optimizer, Mapping):
        return None
    rest = {key: value for key, value in compiled.items() if key != "optimizer"}
    rest["loss"] = _losses(rest.get("loss"))
    for key in ("metrics", "weighted_metrics", "loss_weights"):
        rest.setdefault(key, None)
    return {**rest, "optimizer_config": optimizer}


def _losses(value: Any) -> Any:
    if isinstance(value, str):
        return LOSSES.get(value.lower(), value)
    if isinstance(value, list):
        return [_losses(item) for item in value]
    if isinstance(value, Mapping) and "class_name" not in value:
        return {key: _losses(item) for key, item in value.items()}
    return value
