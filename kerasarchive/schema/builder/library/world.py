"""What every run through a library's source looks things up in: modules, classes, Keras's constructors."""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property

from kerasarchive.schema.builder.classes import SourceClass, read_classes
from kerasarchive.schema.builder.constructor import Constructor, read_constructor
from kerasarchive.schema.builder.exports import Exports
from kerasarchive.schema.builder.library.together import Together
from kerasarchive.schema.builder.library.values import ClassValue, Expression, External, FunctionValue, Value
from kerasarchive.schema.builder.source import Module, dotted_name

PLAIN_BASES = frozenset({"object", "ABC", "Generic", "Protocol"})
"""Bases from outside that add nothing to a constructor."""

FUNCTIONAL = "keras.src.models.functional.Functional"


@dataclass(frozen=True, slots=True)
class Constructed:
    """What making an object came to: its attributes, the arguments that mattered, what was looked up."""

    attributes: Mapping[str, Value]
    touched: frozenset[str]
    asked: frozenset[tuple[str, str]]


class World:
    """A library beside a Keras."""

    def __init__(self, source: Together) -> None:
        self.source = source
        self.classes = read_classes(source, Exports(source, "keras.src"))
        self._constructors: dict[tuple[str, int], Constructor] = {}
        self._generators: dict[ast.FunctionDef, bool] = {}
        self.constructed: dict[tuple[str, str, str], Constructed] = {}
        """Objects by class and arguments: the same arguments make the same object."""
        self._digests: dict[ast.AST, str] = {}
        self._asked: set[tuple[str, str]] | None = None
        self._found: dict[tuple[str, str], Value] = {}

    @property
    def package(self) -> str:
        """The library's package."""
        return self.source.package

    @cached_property
    def own(self) -> dict[str, SourceClass]:
        """The library's classes by path."""
        return {path: cls for path, cls in self.classes.items() if self.is_own(cls)}

    def is_own(self, cls: SourceClass) -> bool:
        """Whether a class is the library's."""
        return self.source.is_own(cls.module.name)

    def found(self, module: str, dotted: str) -> Value:
        """What a dotted name stands for as seen from `module`; an `Expression` if it is bound to one."""
        key = (module, dotted)
        if self._asked is not None:
            self._asked.add(key)
        if key not in self._found:
            self._found[key] = self._find(module, dotted)
        return self._found[key]

    @contextmanager
    def watched(self) -> Iterator[set[tuple[str, str]]]:
        """Every (module, name) that is looked up meanwhile."""
        before = self._asked
        asked: set[tuple[str, str]] = set()
        self._asked = asked
        try:
            yield asked
        finally:
            self._asked = before
            self.ask(asked)

    def ask(self, questions: Iterable[tuple[str, str]]) -> None:
        """These were looked up, now or for something that is taken over from before."""
        if self._asked is not None:
            self._asked.update(questions)

    def digest(self, node: ast.AST) -> str:
        """A digest of some source, whatever its layout and comments."""
        if node not in self._digests:
            self._digests[node] = hashlib.sha256(ast.dump(node).encode()).hexdigest()
        return self._digests[node]

    def is_generator(self, node: ast.FunctionDef) -> bool:
        """Whether a call of the function runs nothing of it yet."""
        if node not in self._generators:
            self._generators[node] = any(isinstance(inner, (ast.Yield, ast.YieldFrom)) for inner in ast.walk(node))
        return self._generators[node]

    def _find(self, module: str, dotted: str) -> Value:
        resolved = self.source.resolve(module, dotted)
        if resolved is None:
            return External(self.source.spelt_out(module, dotted)[0] if module in self.source.modules else dotted)
        where, node = resolved
        if isinstance(node, ast.ClassDef):
            cls = self.classes.get(f"{where.name}.{node.name}")
            return ClassValue(cls) if cls is not None else External(f"{where.name}.{node.name}")
        if isinstance(node, ast.FunctionDef):
            if self.source.is_own(where.name):
                return FunctionValue(node, where.name)
            return External(self.source.public_names.get(id(node), f"{where.name}.{node.name}"))
        if isinstance(node, ast.Module):
            return External(where.name)
        return Expression(node, where.name) if isinstance(node, ast.expr) else External(f"{where.name}.{dotted}")

    def absolute(self, dotted: str) -> Value:
        """What a full dotted name stands for."""
        head, _, rest = dotted.partition(".")
        if not rest:
            return External(dotted)
        if dotted in self.source.modules:
            return External(dotted)
        for length in range(dotted.count("."), 0, -1):
            module = ".".join(dotted.split(".")[:length])
            if module in self.source.modules:
                return self.found(module, ".".join(dotted.split(".")[length:]))
        return External(dotted)

    def constructor(self, cls: SourceClass, index: int, *, functional: bool = False) -> Constructor:
        """The constructor of Keras that a class has from its `index`-th ancestor on."""
        if functional and FUNCTIONAL in self.classes:
            cls, index = self.classes[FUNCTIONAL], 0
        key = (cls.path, index)
        if key not in self._constructors:
            self._constructors[key] = read_constructor(cls, index)
        return self._constructors[key]

    def is_opaque(self, cls: SourceClass) -> bool:
        """Whether a class gets a constructor from where nobody can see it: a base outside, or a decorator."""
        for ancestor in cls.ancestors:
            if not self.is_own(ancestor):
                continue
            if any("dataclass" in ast.unparse(decorator) for decorator in ancestor.node.decorator_list):
                return True
            names = [dotted_name(base.value if isinstance(base, ast.Subscript) else base) for base in ancestor.node.bases]
            if len([name for name in names if name.rpartition(".")[2] not in PLAIN_BASES]) > len(ancestor.bases):
                return True
        return False

    def variant(self, module: Module, node: ast.ClassDef) -> ClassValue:
        """A class whose name the module binds to another one later on."""
        methods = {each.name: each for each in node.body if isinstance(each, ast.FunctionDef)}
        made = SourceClass(f"{module.name}.{node.name}", module, node, methods=methods)
        made.ancestors = (made,)
        return ClassValue(made)
