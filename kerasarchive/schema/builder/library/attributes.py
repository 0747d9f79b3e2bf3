"""What ``value.attribute`` is."""

from __future__ import annotations

import ast

from kerasarchive.schema.builder.classes import SourceClass
from kerasarchive.schema.builder.library.run import Run, Scope
from kerasarchive.schema.builder.library.values import (
    UNKNOWN,
    Bound,
    Choice,
    ClassValue,
    Expression,
    External,
    FunctionValue,
    Instance,
    KerasMethod,
    ModuleFrame,
    Next,
    Record,
    Refused,
    Several,
    Unknown,
    Value,
    is_text,
    join,
)

PYTHON = {type(None): type(None), bool: bool, int: int, float: float, str: str, list: list, tuple: tuple}


def read_attribute(base: Value, name: str, run: Run) -> Value:
    """The attribute of a value; `Refused` for one that plain values do not have."""
    if isinstance(base, Instance):
        if (base, name) in run.cells:
            return run.cells[base, name]
        return from_class(base.cls, 0, name, base, run)
    if isinstance(base, Next):
        return from_class(base.cls, base.index, name, base.on, run)
    if isinstance(base, ClassValue):
        if name == "__name__":
            return base.cls.node.name
        if name == "__module__":
            return base.cls.module.name
        return from_class(base.cls, 0, name, base, run)
    if isinstance(base, External):
        found = run.world.absolute(f"{base.name}.{name}")
        if isinstance(found, Expression) and isinstance(found.node, ast.Call):
            # A namespace that a module makes for itself: what is in it may still be known by its name.
            value = run.follow.settle(found, run)
            return External(f"{base.name}.{name}") if isinstance(value, Unknown) else value
        return run.follow.settle(found, run)
    if isinstance(base, FunctionValue):
        return base.node.name if name == "__name__" and isinstance(base.node, ast.FunctionDef) else UNKNOWN
    if isinstance(base, ModuleFrame):
        return Record({"__name__": base.module}) if name == "f_globals" else base.module if name == "__name__" else UNKNOWN
    if isinstance(base, Choice):
        found = []
        for one in base.values:
            try:
                found.append(read_attribute(one, name, run))
            except Refused:
                continue
        if not found:
            raise Refused
        return join(found)
    if type(base) in PYTHON:
        if not hasattr(PYTHON[type(base)], name):
            raise Refused
        return UNKNOWN
    if isinstance(base, (Record, Several)):
        return UNKNOWN
    if is_text(base) and not hasattr(str, name):
        raise Refused
    run.touch(base)
    return UNKNOWN


def from_class(cls: SourceClass, index: int, name: str, on: Value, run: Run) -> Value:
    """What a class defines under `name`, from its `index`-th ancestor on, as seen on an object or the class itself."""
    for place in range(index, len(cls.ancestors)):
        ancestor = cls.ancestors[place]
        method = ancestor.methods.get(name)
        if method is not None:
            if not run.world.is_own(ancestor):
                return KerasMethod(on, cls, place, name)
            run.notes.modules.add(ancestor.module.name)
            return _bound(FunctionValue(method, ancestor.module.name, None, cls, place), on, run)
        constant = _constant(ancestor.node, name)
        if constant is not None and run.world.is_own(ancestor):
            run.notes.modules.add(ancestor.module.name)
            return run.follow.evaluate(constant, Scope(ancestor.module.name), run)
    if name in ("__init__", "__new__"):
        return KerasMethod(on, cls, len(cls.ancestors), name)
    return UNKNOWN


def _bound(function: FunctionValue, on: Value, run: Run) -> Value:
    assert isinstance(function.node, ast.FunctionDef)
    kinds = {ast.unparse(decorator) for decorator in function.node.decorator_list}
    if "staticmethod" in kinds:
        return function
    if "classmethod" in kinds:
        return Bound(function, ClassValue(on.cls) if isinstance(on, Instance) else on)
    if "property" in kinds and isinstance(on, Instance):
        return run.follow.call(Bound(function, on), [], Record(), run)
    if any(kind.endswith((".setter", "property")) for kind in kinds):
        return UNKNOWN
    return function if isinstance(on, ClassValue) else Bound(function, on)


def _constant(node: ast.ClassDef, name: str) -> ast.expr | None:
    for statement in node.body:
        if isinstance(statement, ast.Assign) and any(isinstance(t, ast.Name) and t.id == name for t in statement.targets):
            return statement.value
        if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name) and statement.target.id == name:
            return statement.value
    return None
