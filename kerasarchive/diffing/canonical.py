"""What two spellings of one value have in common: the rules of what is not a change.

Private modules, registration noise, shared object numbers and derived keys are left out; a dtype policy is its name; a
name that stands for an object with default arguments is that object.
"""

from __future__ import annotations

import math
import struct
from typing import Any

from kerasarchive.layout.shapes.setting import sequence

DERIVED = frozenset(
    {"shared_object_id", "build_config", "build_input_shape", "registered_name", "query_shape", "key_shape",
     "value_shape", "keras_version", "backend"}
)  # fmt: skip
"""Keys that follow from others or say nothing about the model."""

_OPTIONAL = """fn is_legacy_optimizer jit_compile implementation input_length dynamic function_type output_shape_type
output_shape_module run_eagerly steps_per_execution auto_scale_loss module batch_shape sample_weight_mode
backward_layer"""
OPTIONAL = frozenset(_OPTIONAL.split())
"""Keys that some releases write and others do not, or as null: only two values that differ are a change."""

RENAMED = {"batch_input_shape": "batch_shape", "optimizer_config": "optimizer", "lr": "learning_rate"}
SAME_CLASS = {
    "Model": "Functional", "OrthogonalInitializer": "Orthogonal", "IdentityInitializer": "Identity",
    "LSTMV2": "LSTM", "GRUV2": "GRU", "BatchNormalizationV2": "BatchNormalization", "Policy": "DTypePolicy",
    "PolicyV1": "DTypePolicy", "GroupedQueryAttention": "GroupQueryAttention",
}  # fmt: skip
ALIASES = {
    "mse": "mean_squared_error", "mae": "mean_absolute_error", "mape": "mean_absolute_percentage_error",
    "msle": "mean_squared_logarithmic_error", "kld": "kl_divergence", "kullback_leibler_divergence": "kl_divergence",
    "logcosh": "log_cosh", "bce": "binary_crossentropy", "acc": "accuracy",
}  # fmt: skip
SUFFIXES = (("_initializer", "initializer"), ("_regularizer", "regularizer"), ("_constraint", "constraint"),
            ("_activation", "activation"))  # fmt: skip
ROLES = {
    "activation": "activation", "optimizer": "optimizer", "inner_optimizer": "optimizer", "loss": "loss",
    "metrics": "metric", "weighted_metrics": "metric", "learning_rate": "schedule", "dtype": "policy",
    "layer": "layer", "backward_layer": "layer", "layers": "layer", "cell": "layer", "cells": "layer",
}  # fmt: skip
AXES = frozenset({"axis", "axes"})
NAMELESS = frozenset({"optimizer", "schedule", "loss", "policy", "layer"})
"""Roles whose ``name`` says nothing: the optimizer's, and that of a layer inside a wrapper."""


UNSAID: dict[str, Any] = {
    "trainable": True,
    "dtype": "float32",
    "data_format": "channels_last",
    "rms_scaling": False,
    "ragged": False,
    "sparse": False,
    "optional": False,
}
"""What a config that lacks these keys means: only some releases write them, or only for some classes."""


def role_of(key: str, outer: str) -> str:
    """What kind of object stands under `key`; the kind around it where the key does not say."""
    return ROLES.get(key) or next((role for suffix, role in SUFFIXES if key.endswith(suffix)), outer)


def is_object(value: Any) -> bool:
    """Whether `value` is a serialized object."""
    return isinstance(value, dict) and isinstance(value.get("class_name"), str) and "config" in value


def identity(data: dict[str, Any]) -> str:
    """The class as people know it: ``Dense``, ``ops.Add``, ``legacy.Adam``, ``labpkg>Scale``."""
    name, module, registered = str(data["class_name"]), data.get("module"), data.get("registered_name")
    if isinstance(registered, str) and ">" in registered and not registered.startswith("keras"):
        return registered
    name = name.removeprefix("Custom>")
    if ">" in name or not isinstance(module, str):
        return SAME_CLASS.get(name, name)
    if module.startswith(("keras.src.ops", "keras.ops")):
        return f"ops.{name}"
    if ".legacy" in module:
        return f"legacy.{name}"
    if module.split(".")[0] in ("keras", "tf_keras", "tensorflow") or module == "builtins":
        return SAME_CLASS.get(name, name)
    return f"{module}.{name}"


def same_class(a: dict[str, Any], b: dict[str, Any]) -> bool:
    """Whether two objects are of one class. Legacy files have no modules to tell ``ops.Add`` from ``Add``."""
    left, right = identity(a), identity(b)
    if left == right:
        return True
    if isinstance(a.get("module"), str) == isinstance(b.get("module"), str):
        return False
    return _bare(left) == _bare(right)


def _bare(name: str) -> str:
    return name.removeprefix("legacy.").removeprefix("ops.").rpartition(">")[2]


def plain(value: Any, role: str = "") -> Any:
    """`value` without the wrappers of its spelling; policies, functions and tuples as what they stand for."""
    if not isinstance(value, dict):
        if role == "activation" and value == "swish":
            return "silu"
        return ALIASES.get(value.lower(), value) if isinstance(value, str) and role in ("loss", "metric") else value
    name = value.get("class_name")
    if name in ("__tuple__", "TensorShape"):
        return sequence(value)
    config = value.get("config")
    if name == "function" and isinstance(config, str):
        return config
    if name in ("MeanMetricWrapper", "LossFunctionWrapper") and isinstance(config, dict):
        meant = config.get("fn")
        return plain(meant, role) if isinstance(meant, str) else value
    if name == "__lambda__" and isinstance(config, dict):
        return [config.get("code"), config.get("defaults"), config.get("closure")]
    if role == "policy" and isinstance(config, dict):
        policy, mode = config.get("name"), config.get("mode")
        return policy if isinstance(policy, str) else f"{mode}_from_{config.get('source_name')}" if mode else value
    if name in ("__numpy__", "__tensor__") and isinstance(config, dict):
        return config.get("value")
    return value


def same_scalar(a: Any, b: Any) -> bool:
    """Whether two scalars are one value: 1 and 1.0 are, and numbers that are the same in 32 bits."""
    if isinstance(a, bool) or isinstance(b, bool) or a is None or b is None:
        return a is b
    if isinstance(a, (int, float)) and isinstance(b, (int, float)):
        if a == b:
            return True
        if isinstance(a, int) and isinstance(b, int):
            return False
        try:
            return struct.pack("f", a) == struct.pack("f", b) and math.isfinite(a)
        except (OverflowError, struct.error):
            return False
    return type(a) is type(b) and bool(a == b)


def same_axes(a: Any, b: Any, rank_a: int | None, rank_b: int | None) -> bool:
    """Whether two spellings of axes name the same ones: ``[3]``, ``3`` and, of four axes, ``-1``."""

    def positive(value: Any, rank: int | None) -> Any:
        listed = list(value) if isinstance(value, (list, tuple)) else [value]
        if not all(isinstance(axis, int) and not isinstance(axis, bool) for axis in listed):
            return value
        return [axis % rank if rank and axis < 0 else axis for axis in listed]

    return bool(positive(a, rank_a) == positive(b, rank_b))


def unspecified(key: str, role: str, a: Any, b: Any) -> bool:
    """Whether one side only says what the other one leaves to Keras."""
    values = (a, b)
    if key in OPTIONAL and None in values:
        return True
    if key == "reduction":
        return set(map(str, values)) == {"auto", "sum_over_batch_size"}
    if role == "metric" and "accuracy" in values:
        # Which accuracy is meant follows from the loss and the output; legacy files store the answer.
        return all(isinstance(value, str) and value.endswith("accuracy") for value in values)
    if key == "ema_overwrite_frequency":
        return None in values
    return key == "dtype" and None in values and "float32" in values
