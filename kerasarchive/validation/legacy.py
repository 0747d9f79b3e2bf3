"""What Keras 3's reader of objects without a module does to a config before any class sees it."""

from __future__ import annotations

from typing import Any

from kerasarchive.model.release import Release
from kerasarchive.schema import ClassSchema

LAYER_FUNCTIONS = frozenset({"add", "average", "concatenate", "dot", "maximum", "minimum", "multiply", "subtract"})
"""Functions of ``keras.layers``; the reader puts them in place of every string that is so spelt."""

LAMBDA_KEYS = ("module", "function_type", "output_shape_type", "output_shape_module")


def as_read(config: dict[str, Any], cls: ClassSchema, release: Release) -> dict[str, Any]:
    """The config as `model_from_config` (keras/src/legacy/saving/saving_utils.py) hands it on."""
    if release.major < 3 or cls.role not in ("layer", "model", "cell"):
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
    for key, value in read.items():
        if isinstance(value, str) and value in LAYER_FUNCTIONS and key != "name":
            read[key] = {"function": value}
    return read
