"""What the few functions of Keras that every constructor calls on its arguments accept."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any

from kerasarchive.schema.builder.source import dotted_name

Schema = dict[str, Any]

Resolve = Callable[[str], ast.AST | None]
"""The node that a dotted name stands for where the constructor is defined."""

GETTERS = {
    "activations": "activation",
    "initializers": "initializer",
    "initializations": "initializer",
    "regularizers": "regularizer",
    "constraints": "constraint",
    "losses": "loss",
    "objectives": "loss",
    "metrics": "metric",
    "optimizers": "optimizer",
    "dtype_policies": "policy",
}
"""``activations.get(x)`` takes a name, a serialized object or None, and refuses everything else."""


def asked(called: str, node: ast.Call, resolve: Resolve = lambda name: None) -> Schema | None:
    """What ``called(argument, ...)`` asks of its argument; None for a function that is none of these."""
    owner, _, function = called.rpartition(".")
    if function == "get" and owner.rpartition(".")[2] in GETTERS:
        role = GETTERS[owner.rpartition(".")[2]]
        return {"type": _understood(resolve(called)), "x-kav-names": role}
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
    if called in ("K.variable", "backend.variable"):
        # Hyperparameters of standalone Keras's optimizers become variables at once.
        return {"type": ["array", "boolean", "number"]}
    if function == "cast_to_floatx":
        return {"type": ["array", "boolean", "null", "number", "string"], "x-kav-numeric": True}
    if called in ("int", "float"):
        return {"type": ["boolean", "number", "string"], "x-kav-numeric": True}
    return None


def _understood(getter: ast.AST | None) -> list[str]:
    """What a ``get`` takes, by its own tests. Keras 1's lets pass what it does not know, which then fails elsewhere."""
    if not isinstance(getter, ast.FunctionDef):
        return ["null", "object", "string"]
    kinds: set[str] = set()
    for node in ast.walk(getter):
        if isinstance(node, ast.Call) and dotted_name(node.func).endswith("get_from_module"):
            return ["null", "object", "string"]
        if isinstance(node, ast.Compare) and isinstance(node.ops[0], ast.Is):
            kinds.add("null")
        elif isinstance(node, ast.Call) and dotted_name(node.func) == "isinstance":
            named = {dotted_name(part).rpartition(".")[2] for part in _parts(node.args[1])}
            kinds |= {kind for kind, types in UNDERSTOOD.items() if named & types}
    return sorted(kinds) or ["null", "object", "string"]


UNDERSTOOD = {"object": {"dict"}, "string": {"str", "string_types"}}


def _parts(node: ast.expr) -> list[ast.expr]:
    return node.elts if isinstance(node, ast.Tuple) else [node]


def _is_false(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and not node.value
