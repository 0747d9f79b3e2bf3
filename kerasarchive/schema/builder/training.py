"""What the reader of an HDF5 file takes out of its ``training_config``."""

from __future__ import annotations

import ast
from typing import Any

from kerasarchive.schema.builder.source import Source, dotted_name

CONFIG = "training_config"


def read_training(source: Source) -> dict[str, Any]:
    """Keys that are read without fail are required, those asked for with ``get`` or under a condition are not."""
    known: set[str] = set()
    required: set[str] = set()
    for module in source.modules.values():
        for node in ast.walk(module.tree):
            if not isinstance(node, ast.FunctionDef):
                continue
            sometimes = {id(inner) for part in ast.walk(node) if isinstance(part, ast.IfExp) for inner in ast.walk(part)}
            for inner in ast.walk(node):
                key = _key(inner)
                known |= {key} if key else set()
                if key and isinstance(inner, ast.Subscript) and id(inner) not in sometimes:
                    required.add(key)
    return {"type": "object", "properties": {key: {} for key in sorted(known)}, "required": sorted(required)}


def _key(node: ast.AST) -> str:
    asked: ast.expr | None = None
    if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Load) and dotted_name(node.value) == CONFIG:
        asked = node.slice
    elif isinstance(node, ast.Call) and dotted_name(node.func) == f"{CONFIG}.get" and node.args:
        asked = node.args[0]
    return asked.value if isinstance(asked, ast.Constant) and isinstance(asked.value, str) else ""
