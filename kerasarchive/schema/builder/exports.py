"""The public names of classes and functions: those that a decorator gives, or where they can be imported from.

tf.keras and Keras 3 say so themselves (``@keras_export("keras.layers.Dense")``, before 2.1 ``@tf_export``). Standalone
Keras 1 and 2 have no such thing: there ``keras.layers.Dense`` is what the package ``keras.layers`` binds.
"""

from __future__ import annotations

import ast

from kerasarchive.schema.builder.source import Source, dotted_name

DECORATORS = frozenset({"keras_export", "tf_export"})

NAMESPACES = ("", "layers", "models", "optimizers", "losses", "objectives", "metrics", "activations", "initializers",
              "initializations", "regularizers", "constraints")
"""Where standalone Keras offers what models are made of, below the package; the first that has a name is preferred."""

MAKERS = frozenset({"get", "deserialize", "serialize", "get_from_module", "deserialize_keras_object",
                    "serialize_keras_object"})
"""Functions that make objects of what a config says: they are in these namespaces, and in no model."""


def exports_of(node: ast.ClassDef | ast.FunctionDef) -> tuple[str, ...]:
    """The public names that a decorator gives; names of the TensorFlow 1 API (``v1=``) are left out."""
    names: list[str] = []
    for decorator in node.decorator_list:
        if isinstance(decorator, ast.Call) and dotted_name(decorator.func).rpartition(".")[2] in DECORATORS:
            for argument in decorator.args:
                items = argument.elts if isinstance(argument, (ast.List, ast.Tuple)) else [argument]
                values = [item.value for item in items if isinstance(item, ast.Constant)]
                names += [value for value in values if isinstance(value, str)]
    # tf_export gives names outside of keras, too.
    return tuple(name for name in names if name.startswith("keras."))


class Exports:
    """The public names of everything in a source, best first, by private path."""

    def __init__(self, source: Source, package: str) -> None:
        self._names: dict[str, tuple[str, ...]] = {}
        for module in source.modules.values():
            for bound, binding in module.bindings.items():
                if isinstance(binding.node, (ast.ClassDef, ast.FunctionDef)):
                    self._names[f"{module.name}.{bound}"] = exports_of(binding.node)
        self.decorated = any(self._names.values())
        if not self.decorated:
            self._names = _imported(source, package)

    def of(self, path: str) -> tuple[str, ...]:
        """Public names of the class or function that is defined at `path`."""
        return self._names.get(path, ())


def _imported(source: Source, package: str) -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for space in NAMESPACES:
        name = f"{package}.{space}" if space else package
        module = source.modules.get(name)
        for word in module.bindings if module else ():
            resolved = source.resolve(name, word)
            if word.startswith("_") or word in MAKERS or resolved is None:
                continue
            if isinstance(resolved[1], (ast.ClassDef, ast.FunctionDef)) and ".utils." not in resolved[0].name:
                found.setdefault(f"{resolved[0].name}.{resolved[1].name}", []).append(f"{name}.{word}")
    return {path: tuple(_best_first(path, names)) for path, names in found.items()}


def _best_first(path: str, names: list[str]) -> list[str]:
    """By its own name before its aliases: ``keras.layers.Conv2D`` before ``keras.layers.Convolution2D``."""
    own = path.rpartition(".")[2]
    return sorted(names, key=lambda name: name.rpartition(".")[2] != own)
