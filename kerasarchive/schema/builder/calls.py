"""What the few functions of Keras that every constructor calls on its arguments accept."""

from __future__ import annotations

import ast
from typing import Any

from kerasarchive.schema.builder.source import dotted_name

Schema = dict[str, Any]

GETTERS = {
    "activations": "activation",
    "initializers": "initializer",
    "regularizers": "regularizer",
    "constraints": "constraint",
    "losses": "loss",
    "metrics": "metric",
    "optimizers": "optimizer",
    "dtype_policies": "policy",
}
"""``activations.get(x)`` takes a name, a serialized object or None, and refuses everything else."""


def asked(called: str, node: ast.Call) -> Schema | None:
    """What ``called(argument, ...)`` asks of its argument; None for a function that is none of these."""
    owner, _, function = called.rpartition(".")
    if function == "get" and owner.rpartition(".")[2] in GETTERS:
        role = GETTERS[owner.rpartition(".")[2]]
        return {"type": ["null", "object", "string"], "x-kav-names": role}
    if function in ("standardize_tuple", "normalize_tuple"):
        length = node.args[1] if len(node.args) > 1 else None
        schema: Schema = {"type": ["array", "integer", "boolean"]}
        if isinstance(length, ast.Constant) and isinstance(length.value, int):
            schema |= {"minItems": length.value, "maxItems": length.value}
        elif isinstance(length, ast.Name):
            schema["x-kav-length"] = length.id
        schema["items"] = {"type": ["boolean", "number"]}
        return schema
    if function in ("standardize_padding", "normalize_padding"):
        flag = next((keyword.value for keyword in node.keywords if keyword.arg == "allow_causal"), None)
        causal = function == "normalize_padding" or (flag is not None and not _is_false(flag))
        words = ["causal", "same", "valid"] if causal else ["same", "valid"]
        schema = {"type": ["array", "string"], "x-kav-words": words}
        if isinstance(flag, ast.Compare):
            # `allow_causal=rank == 1`
            schema["x-kav-length"] = dotted_name(flag.left)
        return schema
    if function in ("standardize_data_format", "normalize_data_format"):
        return {"type": ["null", "string"], "x-kav-words": ["channels_first", "channels_last"]}
    if called in ("int", "float"):
        return {"type": ["boolean", "number", "string"], "x-kav-numeric": True}
    return None


def _is_false(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and not node.value
