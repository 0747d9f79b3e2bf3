"""What readers of older archives do to a config before any class sees it."""

from __future__ import annotations

from typing import Any

from kerasarchive.model.release import Release
from kerasarchive.schema import ClassSchema, ReleaseSchema

LAYER_FUNCTIONS = frozenset({"add", "average", "concatenate", "dot", "maximum", "minimum", "multiply", "subtract"})
"""Functions of ``keras.layers``; since 3.14 the reader puts them in place of every string that is so spelt."""

LAMBDA_KEYS = ("module", "function_type", "output_shape_type", "output_shape_module")


def as_read(config: dict[str, Any], cls: ClassSchema, release: Release) -> dict[str, Any]:
    """The config as Keras 3's `model_from_config` (keras/src/legacy/saving/saving_utils.py) hands it on.

    Keras 2.0 to 2.3 renames the arguments of Keras 1 (keras/legacy/interfaces.py).
    """
    if release.major < 3:
        return _renamed(config, cls)
    if cls.role not in ("layer", "model", "cell"):
        return config
    read = dict(config)
    shape = read.pop("batch_input_shape", None)
    if shape is not None:
        read["batch_shape" if cls.class_name == "InputLayer" else "input_shape"] = shape
    axis = read.pop("axis", None)
    if isinstance(axis, list) and len(axis) == 1 and isinstance(axis[0], (int, float)):
        read["axis"] = int(axis[0])
    elif isinstance(axis, (int, float)):
        read["axis"] = int(axis)
    if cls.class_name == "Lambda":
        for key in LAMBDA_KEYS:
            read.pop(key, None)
    for key, value in read.items() if release.key.release >= (3, 14) else ():
        if isinstance(value, str) and value in LAYER_FUNCTIONS and key != "name":
            read[key] = {"function": value}
    return read


def _renamed(config: dict[str, Any], cls: ClassSchema) -> dict[str, Any]:
    """Old names replaced by those that they are converted to; several old names of one make a list."""
    old = [key for key in config if key in cls.parameters and cls.parameters[key].by == "legacy"]
    if not old:
        return config
    read = {key: value for key, value in config.items() if key not in old}
    for key in old:
        said = cls.raw["properties"][key]
        value, target = config[key], said.get("x-kav-to")
        values = said.get("x-kav-values", {})
        value = values.get(value, value) if isinstance(value, str) else value
        if target is not None:
            together = [other for other in old if cls.raw["properties"][other].get("x-kav-to") == target]
            read[target] = [config[other] for other in together] if len(together) > 1 else value
    return read


def named_object(value: dict[str, Any], role: str, schema: ReleaseSchema) -> dict[str, Any] | None:
    """Keras 1's ``{"name": "WeightRegularizer", "l2": 0.1}`` as an object; None for what is none."""
    key = schema.raw.get(f"names.{role}", {}).get("x-kav-key") if role else None
    if key is None or not isinstance(value.get(key), str):
        return None
    return {"class_name": value[key], "config": {name: item for name, item in value.items() if name != key}}
