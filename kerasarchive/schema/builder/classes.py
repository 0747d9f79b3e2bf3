"""Classes of a release as source analysis sees them: order of inheritance, exports, roles."""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache

from kerasarchive.schema.builder.exports import Exports
from kerasarchive.schema.builder.source import Module, Source, dotted_name

ROOTS = {
    "Metric": "metric",
    "Loss": "loss",
    "BaseOptimizer": "optimizer",
    "_BaseOptimizer": "optimizer",
    "OptimizerV2": "optimizer",
    "BaseLossScaleOptimizer": "optimizer",
    "Optimizer": "optimizer",
    "LearningRateSchedule": "schedule",
    "DTypePolicy": "policy",
    "Policy": "policy",
    "QuantizationConfig": "quantization",
    "Quantizer": "quantizer",
    "Initializer": "initializer",
    "Regularizer": "regularizer",
    "Constraint": "constraint",
    "Model": "model",
    "Layer": "layer",
    "Operation": "operation",
    "SeedGenerator": "seed",
    "RandomSeedGenerator": "seed",
    "Cross": "feature",
    "Feature": "feature",
    "FeatureSpace": "feature",
    "KerasSaveable": "other",
}
"""A class's role is that of the first of these, in this order, among its ancestors."""

LEFT_OUT = frozenset({"optimizer_v1"})
"""Modules of classes that no archive holds though they descend from such roots: no loader ever looks there."""


@dataclass(slots=True, eq=False)
class SourceClass:
    """One class. `path` is private (``keras.src.layers.core.dense.Dense``), `exports` the public names, best first."""

    path: str
    module: Module
    node: ast.ClassDef
    exports: tuple[str, ...] = ()
    ancestors: tuple[SourceClass, ...] = ()
    """Order of inheritance, itself first; classes from outside the package are left out."""
    bases: tuple[SourceClass, ...] = ()
    methods: dict[str, ast.FunctionDef] = field(default_factory=dict)
    find: Callable[[str], SourceClass | None] = field(default=lambda name: None, repr=False)
    """The class that a dotted name means in this class's module."""

    lookup: Callable[[str], ast.AST | None] = field(default=lambda name: None, repr=False)
    """The node that a dotted name means in this class's module."""
    registered: str = ""
    """``Custom>Adam``, the name under which the class registers itself."""

    @property
    def name(self) -> str:
        """What the definition is called: the first public name, else the private path."""
        return self.exports[0] if self.exports else self.path

    @property
    def role(self) -> str:
        """What kind of object it is; empty for a class that no archive holds."""
        if LEFT_OUT.intersection(self.module.name.split(".")):
            return ""
        names = {ancestor.node.name for ancestor in self.ancestors}
        role = next((role for root, role in ROOTS.items() if root in names), "")
        if role == "layer" and self.node.name.endswith(("Cell", "Cells")):
            return "cell"
        # What `Model` descended from before tf.keras 2.4: `Network` in Keras 2.2, `Container` before it.
        return "model" if role == "layer" and names & {"Network", "Container"} else role


def read_classes(source: Source, exports: Exports) -> dict[str, SourceClass]:
    """Every class by private path, with its ancestors resolved."""
    found = {
        path: SourceClass(path, module, node, exports.of(path), methods=_methods(node), registered=_registered(node))
        for path, (module, node) in source.classes.items()
    }

    @cache
    def ancestors(path: str) -> tuple[str, ...]:
        current = found[path]
        bases = []
        for base in current.node.bases:
            resolved = source.resolve(current.module.name, dotted_name(base))
            if resolved is not None and isinstance(resolved[1], ast.ClassDef):
                base_path = f"{resolved[0].name}.{resolved[1].name}"
                if base_path in found and base_path != path:
                    bases.append(base_path)
        current.bases = tuple(found[base] for base in bases)
        return (path, *_merge([list(ancestors(base)) for base in bases] + [list(bases)]))

    def finder(module: str) -> Callable[[str], SourceClass | None]:
        def find(name: str) -> SourceClass | None:
            resolved = source.resolve(module, name) if name else None
            return found.get(f"{resolved[0].name}.{getattr(resolved[1], 'name', '')}") if resolved else None

        return find

    def looker(module: str) -> Callable[[str], ast.AST | None]:
        def lookup(name: str) -> ast.AST | None:
            resolved = source.resolve(module, name) if name else None
            return resolved[1] if resolved else None

        return lookup

    for path, current in found.items():
        current.find = finder(current.module.name)
        current.lookup = looker(current.module.name)
        current.ancestors = tuple(found[ancestor] for ancestor in ancestors(path))
    return found


def _registered(node: ast.ClassDef) -> str:
    """The name that ``@register_keras_serializable(package, name)`` gives."""
    for decorator in node.decorator_list:
        called = dotted_name(decorator.func if isinstance(decorator, ast.Call) else decorator)
        if called.rpartition(".")[2] == "register_keras_serializable" and isinstance(decorator, ast.Call):
            given = [str(argument.value) for argument in decorator.args if isinstance(argument, ast.Constant)]
            named = {k.arg: str(k.value.value) for k in decorator.keywords if isinstance(k.value, ast.Constant)}
            package = given[0] if given else named.get("package", "Custom")
            return f"{package}>{given[1] if len(given) > 1 else named.get('name', node.name)}"
    return ""


def _methods(node: ast.ClassDef) -> dict[str, ast.FunctionDef]:
    return {statement.name: statement for statement in node.body if isinstance(statement, ast.FunctionDef)}


def _merge(sequences: list[list[str]]) -> list[str]:
    """Python's C3 linearization; where source that kav cannot fully see makes it impossible, first come first."""
    merged: list[str] = []
    while any(sequences):
        sequences = [sequence for sequence in sequences if sequence]
        tails = {name for sequence in sequences for name in sequence[1:]}
        head = next((sequence[0] for sequence in sequences if sequence[0] not in tails), sequences[0][0])
        merged.append(head)
        sequences = [[name for name in sequence if name != head] for sequence in sequences]
    return merged
