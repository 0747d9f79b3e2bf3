"""Under which names a library's decorators register its classes and functions, found by following the decorators."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field

from kerasarchive.schema.builder.library.calling import call
from kerasarchive.schema.builder.library.engine import start
from kerasarchive.schema.builder.library.run import Run, Scope, TooLong
from kerasarchive.schema.builder.library.values import ClassValue, FunctionValue, Record, Refused, Value
from kerasarchive.schema.builder.library.world import World
from kerasarchive.schema.builder.source import Module, dotted_name, top_level


@dataclass(frozen=True, slots=True)
class Registry:
    """Names by the path of what they name, in the order of registration: archives hold the last one, all are read."""

    classes: dict[str, tuple[str, ...]] = field(default_factory=dict)
    functions: dict[str, tuple[str, ...]] = field(default_factory=dict)


def read_registry(world: World) -> Registry:
    """What the library's modules register when they are imported."""
    registry = Registry()
    for name, module in sorted(world.source.modules.items()):
        if not world.source.is_own(name):
            continue
        for statement in top_level(module.tree.body):
            if isinstance(statement, (ast.ClassDef, ast.FunctionDef)) and statement.decorator_list:
                names = _each_once(_names(world, module, statement))
                if names:
                    into = registry.classes if isinstance(statement, ast.ClassDef) else registry.functions
                    into[f"{name}.{statement.name}"] = names
    for path, more in _more_names(world):
        # Names that are read, not written: they come before those that the decorators gave.
        registry.classes[path] = (*more, *registry.classes.get(path, ()))
    return registry


def _each_once(names: Iterator[str]) -> tuple[str, ...]:
    """Each name once, where it came last."""
    return tuple(reversed(dict.fromkeys(reversed(list(names)))))


def _more_names(world: World) -> Iterator[tuple[str, tuple[str, ...]]]:
    """``get_custom_objects().update({"pkg>Old": New})`` at the top of a module."""
    found: dict[str, list[str]] = {}
    for name, module in sorted(world.source.modules.items()):
        if not world.source.is_own(name):
            continue
        for statement in top_level(module.tree.body):
            node = statement.value if isinstance(statement, ast.Expr) else None
            if not (isinstance(node, ast.Call) and ast.unparse(node.func).endswith("get_custom_objects().update")):
                continue
            entries = start(world).follow.evaluate(node.args[0], Scope(name), start(world)) if node.args else None
            for key, value in entries.entries.items() if isinstance(entries, Record) else ():
                if isinstance(value, ClassValue):
                    found.setdefault(value.cls.path, []).append(key)
    return ((path, tuple(names)) for path, names in sorted(found.items()))


def _names(world: World, module: Module, node: ast.ClassDef | ast.FunctionDef) -> Iterator[str]:
    symbol: Value
    if isinstance(node, ast.ClassDef):
        cls = world.classes.get(f"{module.name}.{node.name}")
        if cls is None or cls.node is not node:
            return
        symbol = ClassValue(cls)
    else:
        symbol = FunctionValue(node, module.name)
    for decorator in reversed(node.decorator_list):
        for way in _decorators(world, module, decorator):
            run = start(world)
            run.stack.append(module.name)
            try:
                call(way(run), [symbol], Record(), run)
            except (Refused, TooLong):
                continue
            if run.notes.registered:
                yield from (name for registered, name in run.notes.registered if registered == symbol)
                break


def _decorators(world: World, module: Module, decorator: ast.expr) -> Iterator[_Way]:
    """What a decorator's name may stand for: where the module defines it twice, as after a failed import, either."""
    yield _Way(decorator, module)
    name = dotted_name(decorator.func if isinstance(decorator, ast.Call) else decorator)
    resolved = world.source.resolve(module.name, name) if name else None
    where, last = resolved if resolved is not None else (module, None)
    if not isinstance(last, ast.ClassDef):
        return
    for statement in top_level(where.tree.body):
        if isinstance(statement, ast.ClassDef) and statement.name == last.name and statement is not last:
            yield _Way(decorator, module, world.variant(where, statement))


@dataclass(frozen=True, slots=True)
class _Way:
    """A decorator as it is written, made by the class `instead` of the one that its name is bound to last."""

    node: ast.expr
    module: Module
    instead: ClassValue | None = None

    def __call__(self, run: Run) -> Value:
        scope = Scope(self.module.name)
        if self.instead is None or not isinstance(self.node, ast.Call):
            return run.follow.evaluate(self.node, scope, run)
        arguments = [run.follow.evaluate(argument, scope, run) for argument in self.node.args]
        keywords = {k.arg: run.follow.evaluate(k.value, scope, run) for k in self.node.keywords if k.arg}
        return call(self.instead, arguments, Record(keywords), run)
