"""The source of one release as syntax trees: what every module binds, and what a dotted name in it means."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path, PurePosixPath

from kerasarchive.errors import SchemaError
from kerasarchive.schema.builder.distribution import read

LONGEST_CHAIN = 40
"""Imports are followed this far; source that re-exports in a circle ends there."""


@dataclass(slots=True)
class Binding:
    """What a module-level name stands for: an import (`target`, `attribute`) or the `node` that defines it."""

    target: str = ""
    attribute: str | None = None
    node: ast.AST | None = None


@dataclass(slots=True)
class Module:
    """One parsed file. `bindings` maps each top-level name to what it stands for, `stars` are modules imported whole."""

    name: str
    tree: ast.Module
    is_package: bool
    bindings: dict[str, Binding] = field(default_factory=dict)
    stars: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        for statement, weak in _top_level(self.tree.body):
            before = dict(self.bindings) if weak else {}
            self._bind(statement)
            self.bindings.update(before)

    def _bind(self, statement: ast.stmt) -> None:
        if isinstance(statement, ast.ImportFrom):
            target = self.imported_from(statement)
            if statement.names[0].name == "*":
                self.stars.append(target)
                return
            for alias in statement.names:
                self.bindings.setdefault(alias.asname or alias.name, Binding(target, alias.name))
        elif isinstance(statement, ast.Import):
            for alias in statement.names:
                name = alias.asname or alias.name.partition(".")[0]
                self.bindings.setdefault(name, Binding(alias.name if alias.asname else name))
        elif isinstance(statement, (ast.ClassDef, ast.FunctionDef)):
            self.bindings[statement.name] = Binding(node=statement)
        elif isinstance(statement, ast.Assign):
            for target_node in statement.targets:
                if isinstance(target_node, ast.Name):
                    self.bindings[target_node.id] = Binding(node=statement.value)
                elif isinstance(target_node, ast.Tuple) and isinstance(statement.value, ast.Tuple):
                    for part, value in zip(target_node.elts, statement.value.elts, strict=False):
                        if isinstance(part, ast.Name):
                            self.bindings[part.id] = Binding(node=value)
        elif isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name) and statement.value:
            self.bindings[statement.target.id] = Binding(node=statement.value)

    @property
    def public(self) -> list[str]:
        """What ``from module import *`` takes: ``__all__`` if it is written out, else every name without underscore."""
        written = self.bindings.get("__all__")
        if written is not None and isinstance(written.node, (ast.List, ast.Tuple)):
            return [str(item.value) for item in written.node.elts if isinstance(item, ast.Constant)]
        return [name for name in self.bindings if not name.startswith("_")]

    def imported_from(self, statement: ast.ImportFrom) -> str:
        """The module that ``from ... import`` means, relative ones too."""
        package = self.package(statement.level) if statement.level else ""
        return ".".join(part for part in (package, statement.module or "") if part)

    def package(self, level: int) -> str:
        """The package that `level` dots before a name mean in this module."""
        parts = self.name.split(".")
        return ".".join(parts[: len(parts) - level + (1 if self.is_package else 0)])


def top_level(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """The statements that run on import, those under `if`, `match` and `try` too, in order."""
    return (statement for statement, _ in _top_level(body))


def _top_level(body: list[ast.stmt], weak: bool = False) -> Iterator[tuple[ast.stmt, bool]]:
    """The same; those that run under TensorFlow 1 alone are weak: they bind what nothing else has bound."""
    for statement in body:
        if isinstance(statement, ast.If):
            test = statement.test
            switch = isinstance(test, ast.Call) and dotted_name(test.func).endswith("tf2.enabled")
            yield from _top_level(statement.body, weak)
            yield from _top_level(statement.orelse, weak or switch)
        elif isinstance(statement, ast.Try):
            yield from _top_level(statement.body, weak)
            for handler in statement.handlers:
                yield from _top_level(handler.body, weak)
        elif isinstance(statement, ast.Match):
            for case in statement.cases:
                yield from _top_level(case.body, weak)
        else:
            yield statement, weak


class Source:
    """All modules of one release's package, by dotted name.

    `texts` are those of the modules by path; `around` is the dotted name of what those paths start from, if anything.
    """

    def __init__(self, texts: dict[str, str], around: str = "") -> None:
        self.modules: dict[str, Module] = {}
        for path in sorted(texts):
            name, is_package = _module_name(path)
            name = f"{around}.{name}" if around else name
            self.modules[name] = Module(name, _parse(path, texts[path]), is_package)
        done: set[str] = set()
        for name in sorted(self.modules):
            self._import_stars(self.modules[name], done)

    def _import_stars(self, module: Module, done: set[str]) -> None:
        """Bind what ``from ... import *`` brings in; of two modules with the same name the later one's counts."""
        if module.name in done:
            return
        done.add(module.name)
        own = set(module.bindings)
        for target in module.stars:
            imported = self.modules.get(target)
            if imported is None:
                continue
            self._import_stars(imported, done)
            for name in imported.public:
                if name not in own:
                    module.bindings[name] = Binding(target, name)

    @cached_property
    def classes(self) -> dict[str, tuple[Module, ast.ClassDef]]:
        """Every top-level class by its private path, in order of path."""
        found: dict[str, tuple[Module, ast.ClassDef]] = {}
        for name in sorted(self.modules):
            module = self.modules[name]
            for bound, binding in module.bindings.items():
                if isinstance(binding.node, ast.ClassDef):
                    found[f"{name}.{bound}"] = (module, binding.node)
        return found

    def resolve(self, module: str, dotted: str) -> tuple[Module, ast.AST] | None:
        """The module and node that define `dotted` as seen from `module`; None if it lies outside the package."""
        for _ in range(LONGEST_CHAIN):
            head, _, rest = dotted.partition(".")
            here = self.modules.get(module)
            if here is None:
                return None
            binding = here.bindings.get(head)
            if binding is None:
                if f"{module}.{head}" in self.modules and rest:
                    module, dotted = f"{module}.{head}", rest
                    continue
                return None
            if binding.node is not None:
                alias = dotted_name(binding.node)
                if alias and not isinstance(binding.node, (ast.ClassDef, ast.FunctionDef)):
                    dotted = f"{alias}.{rest}" if rest else alias
                    if dotted.partition(".")[0] == head:
                        return here, binding.node
                    continue
                return None if rest else (here, binding.node)
            path = binding.target if binding.attribute is None else f"{binding.target}.{binding.attribute}"
            if path in self.modules and not self._is_bound(binding):
                if not rest:
                    return self.modules[path], self.modules[path].tree
                module, dotted = path, rest
            elif binding.attribute is None:
                deepest = self._deepest(f"{binding.target}.{rest}" if rest else binding.target)
                if deepest is None:
                    return None
                module, dotted = deepest
            else:
                module, dotted = binding.target, f"{binding.attribute}.{rest}" if rest else binding.attribute
        return None

    def _is_bound(self, binding: Binding) -> bool:
        """Whether `from package import name` finds a name bound in the package before a module of that name."""
        package = self.modules.get(binding.target)
        bound = package.bindings.get(binding.attribute or "") if package else None
        return bound is not None and bound.node is not None

    def _deepest(self, dotted: str) -> tuple[str, str] | None:
        parts = dotted.split(".")
        for length in range(len(parts) - 1, 0, -1):
            name = ".".join(parts[:length])
            if name in self.modules:
                return name, ".".join(parts[length:])
        return None


def dotted_name(node: ast.AST | None) -> str:
    """``a.b.c`` of a Name or Attribute; empty for anything else."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name):
        return ""
    return ".".join([node.id, *reversed(parts)])


def _module_name(path: str) -> tuple[str, bool]:
    parts = PurePosixPath(path).with_suffix("").parts
    if parts[-1] == "__init__":
        return ".".join(parts[:-1]), True
    return ".".join(parts), False


def _parse(path: str, text: str) -> ast.Module:
    with warnings.catch_warnings():
        # Old sources have escapes that newer Pythons warn of.
        warnings.simplefilter("ignore")
        try:
            return ast.parse(text)
        except SyntaxError as error:
            msg = f"the source does not parse: {error.msg}"
            raise SchemaError(msg, location=f"{path}:{error.lineno}") from error


def read_folder(folder: Path, package: str = "keras") -> Source:
    """The package's modules in an unpacked wheel, tests left out. Nothing is imported."""
    return Source(read(folder, package))
