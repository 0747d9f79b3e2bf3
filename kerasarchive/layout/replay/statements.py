"""What statements do."""

from __future__ import annotations

import ast
import builtins
import contextlib
from collections.abc import Callable
from typing import Any

from kerasarchive.layout.replay.expressions import PLAIN, attempt, combine, equal, items, truth
from kerasarchive.layout.replay.machine import Machine, decorated
from kerasarchive.layout.replay.python import is_instance
from kerasarchive.layout.replay.values import UNKNOWN, Array, Function, Lost, Named, Raised, Scope, Thing, Value, Weight

BREAK, CONTINUE = object(), object()


class Return:
    """The function ends with a value."""

    __slots__ = ("value",)

    def __init__(self, value: Value) -> None:
        self.value = value


def execute(body: list[ast.stmt], scope: Scope, machine: Machine) -> Any:
    """Run a block; None if it falls through, else how it ends."""
    for statement in body:
        machine.step()
        found = EXECUTE.get(type(statement))
        if found is None:
            raise Lost
        ending = found(statement, scope, machine)
        if ending is not None:
            return ending
    return None


def assign(target: ast.expr, value: Value, scope: Scope, machine: Machine) -> None:
    """Bind `value` to a target."""
    if isinstance(target, ast.Name):
        where = scope
        while target.id in scope.outer and where.parent is not None:
            where = where.parent
            if target.id in where.names:
                break
        where.names[target.id] = value
    elif isinstance(target, ast.Attribute):
        base = machine.evaluate(target.value, scope, machine)
        if isinstance(base, Thing):
            set_attribute(base, target.attr, value)
        elif base is not UNKNOWN and not isinstance(base, (Weight, Array)):
            raise Lost
    elif isinstance(target, ast.Subscript):
        base = machine.evaluate(target.value, scope, machine)
        key = machine.evaluate(target.slice, scope, machine)
        if isinstance(base, (dict, list)) and isinstance(key, PLAIN):
            attempt(base.__setitem__, key, value)
        elif isinstance(base, (tuple, str)):
            raise Raised("TypeError", "the object does not support item assignment")
        elif isinstance(base, Array) or base is UNKNOWN:
            return
        else:
            raise Lost
    elif isinstance(target, (ast.Tuple, ast.List)):
        _unpack(target.elts, items(value), scope, machine)
    else:
        raise Lost


def _unpack(targets: list[ast.expr], values: list[Value], scope: Scope, machine: Machine) -> None:
    starred = next((index for index, each in enumerate(targets) if isinstance(each, ast.Starred)), None)
    if starred is not None:
        after = len(targets) - starred - 1
        if len(values) < len(targets) - 1:
            raise Raised("ValueError", "not enough values to unpack")
        star = targets[starred]
        assert isinstance(star, ast.Starred)
        middle = values[starred : len(values) - after]
        targets = [*targets[:starred], star.value, *targets[starred + 1 :]]
        values = [*values[:starred], middle, *values[len(values) - after :]]
    if len(values) != len(targets):
        raise Raised("ValueError", f"cannot unpack {len(values)} values into {len(targets)}")
    for inner, item in zip(targets, values, strict=True):
        assign(inner, item, scope, machine)


def set_attribute(thing: Thing, name: str, value: Value) -> None:
    """``thing.name = value``: a layer takes note of the variables in it."""
    if thing.cls is None and name in thing.config:
        thing.config[name] = value
        return
    thing.attributes[name] = value
    if not thing.kind:
        return
    stack = [value]
    while stack:
        one = stack.pop()
        if isinstance(one, Weight) and one not in thing.weights:
            thing.weights.append(one)
        elif isinstance(one, (list, tuple)):
            stack += reversed(one)


def _if(node: ast.If, scope: Scope, machine: Machine) -> Any:
    try:
        told = truth(machine.evaluate(node.test, scope, machine))
    except Lost:
        if not _only_complains(node):
            raise
        told = False
    return execute(node.body if told else node.orelse, scope, machine)


def _only_complains(node: ast.If) -> bool:
    """Whether all that a condition can lead to is an error or a warning: that it does is not sure."""
    return not node.orelse and all(isinstance(each, (ast.Raise, ast.Expr)) for each in node.body)


def _for(node: ast.For, scope: Scope, machine: Machine) -> Any:
    for item in items(machine.evaluate(node.iter, scope, machine)):
        assign(node.target, item, scope, machine)
        ending = execute(node.body, scope, machine)
        if ending is BREAK:
            return None
        if ending is not None and ending is not CONTINUE:
            return ending
    return execute(node.orelse, scope, machine)


def _while(node: ast.While, scope: Scope, machine: Machine) -> Any:
    while truth(machine.evaluate(node.test, scope, machine)):
        machine.step()
        ending = execute(node.body, scope, machine)
        if ending is BREAK:
            return None
        if ending is not None and ending is not CONTINUE:
            return ending
    return execute(node.orelse, scope, machine)


def _with(node: ast.With, scope: Scope, machine: Machine) -> Any:
    for item in node.items:
        with contextlib.suppress(Lost):
            machine.evaluate(item.context_expr, scope, machine)
        if item.optional_vars is not None:
            assign(item.optional_vars, UNKNOWN, scope, machine)
    return execute(node.body, scope, machine)


def _try(node: ast.Try, scope: Scope, machine: Machine) -> Any:
    try:
        ending = execute(node.body, scope, machine)
        if ending is None:
            ending = execute(node.orelse, scope, machine)
    except Raised as error:
        handler = next((each for each in node.handlers if _catches(each, error)), None)
        if handler is None:
            execute(node.finalbody, scope, machine)
            raise
        if handler.name:
            scope.names[handler.name] = UNKNOWN
        try:
            ending = execute(handler.body, scope, machine)
        except _Again:
            raise error from None
    last = execute(node.finalbody, scope, machine)
    return last if last is not None else ending


class _Again(Exception):  # noqa: N818 - a bare ``raise``
    pass


def _catches(handler: ast.ExceptHandler, error: Raised) -> bool:
    if handler.type is None:
        return True
    kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    raised = getattr(builtins, error.kind, Exception)
    for kind in kinds:
        known = getattr(builtins, ast.unparse(kind), None)
        if isinstance(known, type) and isinstance(raised, type) and issubclass(raised, known):
            return True
    return False


def _return(node: ast.Return, scope: Scope, machine: Machine) -> Any:
    return Return(None if node.value is None else machine.evaluate(node.value, scope, machine))


def _raise(node: ast.Raise, scope: Scope, machine: Machine) -> Any:
    if node.exc is None:
        raise _Again
    called = node.exc.func if isinstance(node.exc, ast.Call) else node.exc
    message: Value = ""
    if isinstance(node.exc, ast.Call) and node.exc.args:
        with contextlib.suppress(Lost, Raised):
            message = machine.evaluate(node.exc.args[0], scope, machine)
    raise Raised(ast.unparse(called), message if isinstance(message, str) else "")


def _assert(node: ast.Assert, scope: Scope, machine: Machine) -> Any:
    try:
        told = truth(machine.evaluate(node.test, scope, machine))
    except Lost:
        return
    if not told:
        raise Raised("AssertionError")


def _assign(node: ast.Assign, scope: Scope, machine: Machine) -> Any:
    value = machine.evaluate(node.value, scope, machine)
    for target in node.targets:
        assign(target, value, scope, machine)


def _annotated(node: ast.AnnAssign, scope: Scope, machine: Machine) -> Any:
    if node.value is not None:
        assign(node.target, machine.evaluate(node.value, scope, machine), scope, machine)


def _augmented(node: ast.AugAssign, scope: Scope, machine: Machine) -> Any:
    before = machine.evaluate(node.target, scope, machine)
    more = machine.evaluate(node.value, scope, machine)
    if isinstance(node.op, ast.Add) and isinstance(before, list):
        before += items(more)
        return
    assign(node.target, combine(node.op, before, more), scope, machine)


def _delete(node: ast.Delete, scope: Scope, machine: Machine) -> Any:
    for target in node.targets:
        if isinstance(target, ast.Subscript):
            base = machine.evaluate(target.value, scope, machine)
            if not isinstance(base, (dict, list)):
                raise Lost
            attempt(base.__delitem__, machine.evaluate(target.slice, scope, machine))
        elif isinstance(target, ast.Name):
            scope.names.pop(target.id, None)
        elif isinstance(target, ast.Attribute):
            base = machine.evaluate(target.value, scope, machine)
            if isinstance(base, Thing):
                base.attributes.pop(target.attr, None)


def _match(node: ast.Match, scope: Scope, machine: Machine) -> Any:
    subject = machine.evaluate(node.subject, scope, machine)
    for case in node.cases:
        if _matches(case.pattern, subject, scope, machine) and (
            case.guard is None or truth(machine.evaluate(case.guard, scope, machine))
        ):
            return execute(case.body, scope, machine)
    return None


def _matches(pattern: ast.pattern, value: Value, scope: Scope, machine: Machine) -> bool:
    if isinstance(pattern, ast.MatchAs):
        if pattern.pattern is not None and not _matches(pattern.pattern, value, scope, machine):
            return False
        if pattern.name is not None:
            scope.names[pattern.name] = value
        return True
    if isinstance(pattern, ast.MatchOr):
        return any(_matches(option, value, scope, machine) for option in pattern.patterns)
    if isinstance(pattern, ast.MatchValue):
        told = equal(value, machine.evaluate(pattern.value, scope, machine))
    elif isinstance(pattern, ast.MatchSingleton):
        told = None if value is UNKNOWN else value is pattern.value
    elif isinstance(pattern, ast.MatchClass) and not (pattern.patterns or pattern.kwd_patterns):
        told = is_instance(value, machine.evaluate(pattern.cls, scope, machine))
    elif isinstance(pattern, ast.MatchSequence) and isinstance(value, (list, tuple)):
        return len(value) == len(pattern.patterns) and all(
            _matches(inner, item, scope, machine) for inner, item in zip(pattern.patterns, value, strict=True)
        )
    else:
        told = None
    if told is None:
        raise Lost
    return told


def _function(node: ast.FunctionDef, scope: Scope, machine: Machine) -> Any:
    scope.names[node.name] = decorated(Function(node, scope), scope, machine)


def _import(node: ast.Import, scope: Scope, machine: Machine) -> Any:
    for alias in node.names:
        scope.names[alias.asname or alias.name.partition(".")[0]] = Named(
            alias.name if alias.asname else alias.name.partition(".")[0]
        )


def _import_from(node: ast.ImportFrom, scope: Scope, machine: Machine) -> Any:
    here = machine.library.source.modules.get(scope.module)
    package = here.package(node.level) if here is not None and node.level else ""
    module = ".".join(part for part in (package, node.module or "") if part)
    for alias in node.names:
        scope.names[alias.asname or alias.name] = machine.named(f"{module}.{alias.name}")


def _outer(node: ast.Nonlocal | ast.Global, scope: Scope, machine: Machine) -> Any:
    if isinstance(node, ast.Global):
        raise Lost
    scope.outer.update(node.names)


def _expression(node: ast.Expr, scope: Scope, machine: Machine) -> Any:
    machine.evaluate(node.value, scope, machine)


EXECUTE: dict[type[ast.stmt], Callable[[Any, Scope, Machine], Any]] = {
    ast.If: _if,
    ast.For: _for,
    ast.While: _while,
    ast.With: _with,
    ast.Try: _try,
    ast.Return: _return,
    ast.Raise: _raise,
    ast.Assert: _assert,
    ast.Assign: _assign,
    ast.AnnAssign: _annotated,
    ast.AugAssign: _augmented,
    ast.Expr: _expression,
    ast.Delete: _delete,
    ast.Match: _match,
    ast.FunctionDef: _function,
    ast.Import: _import,
    ast.ImportFrom: _import_from,
    ast.Nonlocal: _outer,
    ast.Global: _outer,
    ast.Pass: lambda node, scope, machine: None,
    ast.Break: lambda node, scope, machine: BREAK,
    ast.Continue: lambda node, scope, machine: CONTINUE,
}
