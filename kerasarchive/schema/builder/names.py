"""The words that stand for objects in a config (``"glorot_uniform"``, ``"mse"``) and what a release means by them."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from kerasarchive.schema.builder.exports import Exports
from kerasarchive.schema.builder.source import Module, Source, dotted_name
from kerasarchive.schema.builder.tables import WRITTEN_OUT, Names, evaluate, written_out

MODULES = {
    "activation": ("activations",),
    "constraint": ("constraints",),
    "initializer": ("initializers", "initializations"),
    "layer": ("layers.serialization", "layers", "utils.layer_utils"),
    "loss": ("losses", "objectives"),
    "metric": ("metrics",),
    "optimizer": ("optimizers",),
    "policy": ("dtype_policies",),
    "regularizer": ("regularizers",),
}
"""Where each role's reader is, by era; the first that the source has is meant."""

READERS = ("deserialize", "layer_from_config", "optimizer_from_config", "get")
"""The functions that look a word up; of several in a module the first reads what archives hold."""


@dataclass(frozen=True, slots=True)
class Table:
    """The words of one role, sorted. `key` is where an object says its class, if that is not ``class_name``."""

    names: Names
    key: str = ""


def read_names(source: Source, package: str) -> dict[str, Table]:
    """For each role the words that its reader accepts; layers only where they are looked up by name alone."""
    found: dict[str, Table] = {}
    for role, places in MODULES.items():
        for module in (source.modules.get(f"{package}.{place}") for place in places):
            names = _names(source, module, role) if module is not None else {}
            if module is not None and names:
                found[role] = Table(dict(sorted(names.items())), _key(module))
                break
    return dict(sorted(found.items()))


def _key(module: Module) -> str:
    """``name`` where the reader is Keras 1's ``get_from_module``, which takes that out and hands on the rest."""
    reader = next((b.node for name in READERS if (b := module.bindings.get(name)) and b.node is not None), None)
    named = isinstance(reader, ast.FunctionDef) and reader.name == "get"
    calls = (dotted_name(node.func) for node in ast.walk(reader) if isinstance(node, ast.Call)) if reader else ()
    return "name" if named and "get_from_module" in calls else ""


def _names(source: Source, module: Module, role: str) -> Names:
    if WRITTEN_OUT in module.bindings:
        return written_out(source, module)
    names = evaluate(source, module, READERS)
    return {word: path for word, path in names.items() if path} if role == "layer" else names


def read_functions(source: Source, exports: Exports) -> tuple[list[str], list[str]]:
    """Public names of every exported function: the first of each, by which Keras looks it up, and the others."""
    first: set[str] = set()
    others: set[str] = set()
    for module in source.modules.values():
        for word, binding in module.bindings.items():
            if isinstance(binding.node, ast.FunctionDef):
                names = exports.of(f"{module.name}.{word}")
                first |= set(names[:1])
                others |= set(names[1:])
    return sorted(first), sorted(others - first)


def read_dtypes(source: Source) -> list[str]:
    """Names of the dtype policies that are a mere dtype, and the mixed ones; empty where the source lists none."""
    for module in source.modules.values():
        binding = module.bindings.get("ALLOWED_DTYPES")
        if binding and isinstance(binding.node, (ast.Set, ast.Tuple, ast.List)):
            words = [str(item.value) for item in binding.node.elts if isinstance(item, ast.Constant)]
            return sorted({*words, "mixed_float16", "mixed_bfloat16"})
    return []
