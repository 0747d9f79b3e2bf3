"""The words that stand for objects in a config (``"glorot_uniform"``, ``"mse"``) and what a release means by them."""

from __future__ import annotations

import ast
import re

from kerasarchive.schema.builder.classes import exports_of
from kerasarchive.schema.builder.source import Binding, Module, Source, dotted_name

ROLES = {
    "activations": "activation",
    "constraints": "constraint",
    "dtype_policies": "policy",
    "initializers": "initializer",
    "losses": "loss",
    "metrics": "metric",
    "optimizers": "optimizer",
    "regularizers": "regularizer",
}

Names = dict[str, str]
"""Word -> private path of the class it stands for; the empty string where it is a function."""


def read_names(source: Source, package: str) -> dict[str, Names]:
    """For each role the words that its ``get`` accepts."""
    found: dict[str, Names] = {}
    for folder, role in ROLES.items():
        module = source.modules.get(f"{package}.{folder}")
        if module is None:
            continue
        table = _Table(source, module)
        if "ALL_OBJECTS_DICT" in module.bindings:
            found[role] = table.evaluate()
        elif role == "policy":
            continue
        elif role == "optimizer":
            found[role] = table.dict_literals("deserialize", "all_classes")
        elif role == "initializer":
            found[role] = table.locals_of("populate_deserializable_objects")
        else:
            found[role] = table.globals()
            if role == "activation" and f"{package}.layers.activation" in source.modules:
                layers = _Table(source, source.modules[f"{package}.layers.activation"])
                found[role] = {**layers.globals(), **found[role]}
    return {role: dict(sorted(names.items())) for role, names in sorted(found.items())}


def read_functions(source: Source) -> tuple[list[str], list[str]]:
    """Public names of every exported function: the first of each, by which Keras looks it up, and the others."""
    first: set[str] = set()
    others: set[str] = set()
    for module in source.modules.values():
        for binding in module.bindings.values():
            if isinstance(binding.node, ast.FunctionDef):
                exports = exports_of(binding.node)
                first |= set(exports[:1])
                others |= set(exports[1:])
    return sorted(first), sorted(others - first)


def read_dtypes(source: Source) -> list[str]:
    """Names of the dtype policies that are a mere dtype, and the mixed ones; empty where the source lists none."""
    for module in source.modules.values():
        binding = module.bindings.get("ALLOWED_DTYPES")
        if binding and isinstance(binding.node, (ast.Set, ast.Tuple, ast.List)):
            words = [str(item.value) for item in binding.node.elts if isinstance(item, ast.Constant)]
            return sorted({*words, "mixed_float16", "mixed_bfloat16"})
    return []


def snake_case(name: str) -> str:
    """What both generations of Keras make of a class name: ``GlorotUniform`` becomes ``glorot_uniform``."""
    name = re.sub(r"\W+", "", name)
    name = re.sub("(.)([A-Z][a-z]+)", r"\1_\2", name)
    return re.sub("([a-z])([A-Z])", r"\1_\2", name).lower()


class _Table:
    """Evaluates the few forms in which Keras writes its tables of names."""

    def __init__(self, source: Source, module: Module) -> None:
        self.source = source
        self.module = module

    def evaluate(self) -> Names:
        """``ALL_OBJECTS_DICT``: comprehensions over ``ALL_OBJECTS``, updates and single assignments, in order."""
        names: Names = {}
        for statement in self.module.tree.body:
            target = statement.targets[0] if isinstance(statement, ast.Assign) else None
            if isinstance(statement, ast.Assign) and dotted_name(target) == "ALL_OBJECTS_DICT":
                names.update(self._dict(statement.value))
            elif isinstance(statement, ast.Assign) and isinstance(target, ast.Subscript):
                names.update(self._subscript(statement, "ALL_OBJECTS_DICT"))
            elif isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call):
                call = statement.value
                if dotted_name(call.func) == "ALL_OBJECTS_DICT.update":
                    names.update(self._dict(call.args[0]))
        return names

    def dict_literals(self, function: str, variable: str) -> Names:
        """The union of the dict displays that `function` assigns to `variable`."""
        names: Names = {}
        for node in ast.walk(self._function(function)):
            if isinstance(node, ast.ImportFrom):
                for alias in node.names:
                    self.module.bindings.setdefault(alias.asname or alias.name, Binding(node.module or "", alias.name))
            if isinstance(node, ast.Assign) and dotted_name(node.targets[0]) == variable:
                for word, path in self._dict(node.value).items():
                    names.setdefault(word, path)
            elif isinstance(node, ast.Call) and dotted_name(node.func) == f"{variable}.update" and node.args:
                for word, path in self._dict(node.args[0]).items():
                    names.setdefault(word, path)
            elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Subscript):
                names.update(self._subscript(node, variable))
        return names

    def locals_of(self, function: str) -> Names:
        """``LOCAL.ALL_OBJECTS[...] = ...`` and every class of the module below it, with its snake case."""
        names: Names = {}
        for node in ast.walk(self._function(function)):
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Subscript):
                names.update(self._subscript(node, "LOCAL.ALL_OBJECTS"))
        inner = self.source.modules.get(f"{self.module.name}.initializers")
        for word, binding in (inner.bindings if inner else {}).items():
            if isinstance(binding.node, ast.ClassDef) and inner is not None:
                names[word] = names[snake_case(word)] = f"{inner.name}.{word}"
        return names

    def globals(self) -> Names:
        """Every class and function that the module itself binds, imports included."""
        names: Names = {}
        for word in self.module.bindings:
            if dotted_name(self.module.bindings[word].node).startswith("tf.nn."):
                names[word] = ""
                continue
            resolved = self.source.resolve(self.module.name, word)
            if resolved is None:
                continue
            module, node = resolved
            if isinstance(node, ast.ClassDef):
                names[word] = f"{module.name}.{node.name}"
            elif isinstance(node, ast.FunctionDef) and word not in ("serialize", "deserialize", "get"):
                names[word] = ""
        return {word: path for word, path in names.items() if not word.startswith("_")}

    def _function(self, name: str) -> ast.AST:
        binding = self.module.bindings.get(name)
        return binding.node if binding and binding.node else ast.Module([], [])

    def _subscript(self, node: ast.Assign, variable: str) -> Names:
        target = node.targets[0]
        if (
            isinstance(target, ast.Subscript)
            and dotted_name(target.value) == variable
            and isinstance(target.slice, ast.Constant)
        ):
            return {str(target.slice.value): self._class(node.value)}
        return {}

    def _dict(self, node: ast.expr) -> Names:
        if isinstance(node, ast.Dict):
            pairs = zip(node.keys, node.values, strict=True)
            return {str(key.value): self._class(value) for key, value in pairs if isinstance(key, ast.Constant)}
        if isinstance(node, ast.DictComp):
            spell = {"to_snake_case": snake_case, "lower": str.lower}
            how = dotted_name(node.key.func).rpartition(".")[2] if isinstance(node.key, ast.Call) else ""
            if isinstance(node.key, ast.Call) and isinstance(node.key.func, ast.Attribute):
                how = node.key.func.attr
            members = self._members(node.generators[0].iter)
            return {spell.get(how, str)(word): path for word, path in members.items()}
        return {}

    def _members(self, node: ast.expr) -> Names:
        """The elements of ``ALL_OBJECTS`` by their ``__name__``."""
        if isinstance(node, ast.Name):
            binding = self.module.bindings.get(node.id)
            node = binding.node if binding and isinstance(binding.node, ast.expr) else node
        names: Names = {}
        for item in node.elts if isinstance(node, (ast.Set, ast.List, ast.Tuple)) else []:
            resolved = self.source.resolve(self.module.name, dotted_name(item))
            word = resolved[1].name if resolved and isinstance(resolved[1], (ast.ClassDef, ast.FunctionDef)) else ""
            names[word or dotted_name(item)] = self._class(item)
        return names

    def _class(self, node: ast.expr) -> str:
        resolved = self.source.resolve(self.module.name, dotted_name(node))
        if resolved is not None and isinstance(resolved[1], ast.ClassDef):
            return f"{resolved[0].name}.{resolved[1].name}"
        return ""
