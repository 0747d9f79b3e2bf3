"""What names mean where they stand, module-level functions after their decorators."""

from __future__ import annotations

import ast
import builtins

from kerasarchive.schema.builder.library.calling import call
from kerasarchive.schema.builder.library.run import Run, Scope
from kerasarchive.schema.builder.library.values import (
    UNKNOWN,
    Choice,
    ClassValue,
    Dispatcher,
    Expression,
    External,
    FunctionValue,
    Record,
    Refused,
    Unknown,
    Value,
)

BUILTINS = frozenset(dir(builtins))
MOST_WITHIN = 20
"""A module's constants refer to one another this deep."""


def look_up(name: str, scope: Scope, run: Run) -> Value:
    """What a bare name holds."""
    inner: Scope | None = scope
    while inner is not None:
        if (inner, name) in run.cells:
            return run.cells[inner, name]
        inner = inner.parent
    return of_module(scope.module, name, run)


def of_module(module: str, name: str, run: Run) -> Value:
    """What a dotted name means in a module."""
    here = run.world.source.modules.get(module)
    head = name.partition(".")[0]
    if here is not None and head not in here.bindings and head in BUILTINS:
        return External(f"builtins.{name}")
    return settled(run.world.found(module, name), run)


def settled(found: Value, run: Run) -> Value:
    """The value of what a name was found to be: expressions are evaluated, functions decorated."""
    if isinstance(found, FunctionValue):
        run.notes.modules.add(found.module)
        return decorated(found, Scope(found.module), run)
    if isinstance(found, ClassValue):
        run.notes.modules.add(found.cls.module.name)
    if not isinstance(found, Expression):
        return found
    if run.stack.count(found.module) > MOST_WITHIN:
        return UNKNOWN
    try:
        with run.perhaps():
            return run.follow.evaluate(found.node, Scope(found.module), run)
    except Refused:
        return UNKNOWN


def decorated(function: FunctionValue, scope: Scope, run: Run) -> Value:
    """The function after its decorators; where they are not to be followed, as it stands."""
    value: Value = function
    if isinstance(function.node, ast.Lambda):
        return value
    for decorator in reversed(function.node.decorator_list):
        if ast.unparse(decorator).rpartition(".")[2] == "singledispatch":
            return Dispatcher(function)
        try:
            made = call(run.follow.evaluate(decorator, scope, run), [value], Record(), run)
        except Refused:
            made = UNKNOWN
        value = value if isinstance(made, (Unknown, Choice)) or made is None else made
    return value
