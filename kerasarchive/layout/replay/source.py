"""One release of a library as source: its modules, what names mean in them, its classes and their order of inheritance."""

from __future__ import annotations

import ast
import builtins
from functools import cached_property, lru_cache

from kerasarchive.layout.replay.values import Class, Lost, Named, Value
from kerasarchive.model.release import Release
from kerasarchive.schema import ReleaseSchema
from kerasarchive.schema.builder.source import LONGEST_CHAIN, Source, dotted_name

PREFIX = "code."
"""What stands before a module's name in the name of the definition that holds its source."""

BUILTINS = frozenset(dir(builtins))
ROOTS = {
    "keras.Layer": "Layer", "keras.layers.Layer": "Layer", "keras.Model": "Model", "keras.models.Model": "Model",
    "keras.models.Sequential": "Sequential",
}  # fmt: skip


class Library:
    """The source of one release, as far as its schema holds it."""

    def __init__(self, source: Source, package: str) -> None:
        self.source = source
        self.package = package
        self._classes: dict[tuple[str, str], Class] = {}

    @cached_property
    def methods(self) -> frozenset[str]:
        """The names of all methods of its classes."""
        classes = [node for _, node in self.source.classes.values()]
        return frozenset(each.name for node in classes for each in node.body if isinstance(each, ast.FunctionDef))

    def find(self, module: str, name: str) -> tuple[str, ast.AST] | Named | None:
        """The module and node that define a bare name as seen from `module`; what is not the library's is `Named`."""
        modules = self.source.modules
        for _ in range(LONGEST_CHAIN):
            here = modules.get(module)
            binding = here.bindings.get(name) if here is not None else None
            if binding is None:
                if f"{module}.{name}" in modules:
                    return Named(f"{module}.{name}")
                return Named(f"builtins.{name}") if name in BUILTINS else None
            if binding.node is not None:
                return module, binding.node
            if binding.attribute is None:
                return Named(binding.target)
            if (binding.target, binding.attribute) == (module, name) or binding.target not in modules:
                return Named(f"{binding.target}.{binding.attribute}")
            if binding.attribute not in modules[binding.target].bindings:
                return Named(f"{binding.target}.{binding.attribute}")
            module, name = binding.target, binding.attribute
        return None

    def absolute(self, dotted: str) -> tuple[str, ast.AST] | Named:
        """The same for a full dotted name."""
        parts = dotted.split(".")
        for length in range(len(parts) - 1, 0, -1):
            module = ".".join(parts[:length])
            if module in self.source.modules:
                if length < len(parts) - 1:
                    return Named(dotted)
                found = self.find(module, parts[length])
                return found if found is not None else Named(dotted)
        return Named(dotted)

    def class_of(self, path: str) -> Class | None:
        """The class at ``module.Name``."""
        module, _, name = path.rpartition(".")
        found = self.find(module, name)
        return self.made(*found) if isinstance(found, tuple) and isinstance(found[1], ast.ClassDef) else None

    def made(self, module: str, node: ast.AST) -> Class:
        """The class that a node defines."""
        assert isinstance(node, ast.ClassDef)
        key = (module, node.name)
        if key not in self._classes:
            bases = [base for base in (self._base(module, each) for each in node.bases) if base is not None]
            order = merged([[*_order(base)] for base in bases] + [bases])
            kind = next((kind_of(each) for each in order if kind_of(each)), "")
            self._classes[key] = Class(node.name, module, node, tuple(order), kind)
        return self._classes[key]

    def _base(self, module: str, node: ast.expr) -> Class | Named | None:
        if isinstance(node, ast.Subscript):
            node = node.value
        dotted = dotted_name(node)
        if not dotted or dotted in ("object", "ABC", "abc.ABC"):
            return None
        head, _, rest = dotted.partition(".")
        found = self.find(module, head)
        if isinstance(found, Named) and rest:
            there = self.absolute(f"{found.name}.{rest}")
            found = there if isinstance(there, tuple) else Named(f"{found.name}.{rest}")
        elif isinstance(found, tuple) and not isinstance(found[1], ast.ClassDef):
            alias = dotted_name(found[1])
            return (
                self._base(found[0], found[1])
                if isinstance(found[1], (ast.Name, ast.Attribute)) and alias
                else Named(dotted)
            )
        if isinstance(found, tuple) and isinstance(found[1], ast.ClassDef):
            return self.made(*found)
        return found if isinstance(found, Named) else Named(dotted)


def kind_of(cls: Value) -> str:
    """The kind of a class of Keras by its name."""
    if isinstance(cls, Class):
        return cls.kind
    if not isinstance(cls, Named) or not cls.name.startswith("keras."):
        return ""
    return ROOTS.get(cls.name, cls.last)


def _order(base: Class | Named) -> list[Class | Named]:
    return [base, *base.order] if isinstance(base, Class) else [base]


def merged(chains: list[list[Class | Named]]) -> list[Class | Named]:
    """Python's order of inheritance (C3)."""
    found: list[Class | Named] = []
    chains = [chain for chain in chains if chain]
    while chains:
        for chain in chains:
            head = chain[0]
            if not any(head in other[1:] for other in chains):
                break
        else:
            raise Lost
        found.append(head)
        chains = [rest for rest in ([each for each in chain if each != head] for chain in chains) if rest]
    return found


@lru_cache(maxsize=16)
def _read(release: Release, texts: tuple[tuple[str, str], ...]) -> Library:
    package = texts[0][0].partition("/")[0].removesuffix(".py")
    return Library(Source(dict(texts)), package)


@lru_cache(maxsize=64)
def library_of(schema: ReleaseSchema) -> Library | None:
    """The source of a library's release; None if its schema does not hold any."""
    texts = tuple(
        (name.removeprefix(PREFIX), str(schema.raw[name]["const"])) for name in schema.raw if name.startswith(PREFIX)
    )
    return _read(schema.release, texts) if texts else None
