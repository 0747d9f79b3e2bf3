"""What statements do: the way divides where a test is not known, and goes on with what either side left."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any

from kerasarchive.schema.builder.library.assignment import assign
from kerasarchive.schema.builder.library.comprehension import rounds
from kerasarchive.schema.builder.library.naming import decorated, settled
from kerasarchive.schema.builder.library.operators import combine, truth
from kerasarchive.schema.builder.library.patterns import matches
from kerasarchive.schema.builder.library.run import Run, Scope, capture
from kerasarchive.schema.builder.library.values import (
    UNKNOWN,
    External,
    FunctionValue,
    Record,
    Refused,
    Value,
)

NEXT, LEFT, STOPPED = "next", "left", "stopped"
"""How a block ends: it falls through, the function is left, or the round of the loop ends."""


def execute(body: list[ast.stmt], scope: Scope, run: Run) -> str:
    """Run a block; `Refused` where it certainly raises."""
    for statement in body:
        run.step()
        found = EXECUTE.get(type(statement))
        ending = found(statement, scope, run) if found is not None else NEXT
        if ending != NEXT:
            return ending
    return NEXT


def _ways(bodies: list[Callable[[], str]], run: Run) -> str:
    """Go several ways; the function goes on where one of them falls through."""
    endings: list[str] = []
    states: list[tuple[str, dict[Any, Value]]] = []
    before = run.cells
    for body in bodies:
        run.cells = dict(before)
        with run.perhaps():
            try:
                ending = body()
            except Refused:
                continue
        endings.append(ending)
        states.append((ending, run.cells))
    run.cells = before
    if not endings:
        raise Refused
    through = [cells for ending, cells in states if ending == NEXT] or [cells for _, cells in states]
    run.meet(through)
    if NEXT in endings:
        return NEXT
    return STOPPED if STOPPED in endings else LEFT


def _if(node: ast.If, scope: Scope, run: Run) -> str:
    told = truth(run.follow.evaluate(node.test, scope, run), run)
    if told is not None:
        return execute(node.body if told else node.orelse, scope, run)
    return _ways([lambda: execute(node.body, scope, run), lambda: execute(node.orelse, scope, run)], run)


def _for(node: ast.For, scope: Scope, run: Run) -> str:
    going = rounds(run.follow.evaluate(node.iter, scope, run), run)
    for item in going.items:
        # A loop over what is not known is taken to run once: a model without a single layer is nobody's.
        assign(node.target, item, scope, run)
        ending = execute(node.body, scope, run)
        if ending == LEFT:
            return LEFT
        if ending == STOPPED and going.known and any(isinstance(inner, ast.Break) for inner in ast.walk(node)):
            break
    return execute(node.orelse, scope, run) if node.orelse else NEXT


def _while(node: ast.While, scope: Scope, run: Run) -> str:
    told = truth(run.follow.evaluate(node.test, scope, run), run)
    if told is False:
        return NEXT
    ending = _ways([lambda: execute(node.body, scope, run), lambda: NEXT], run)
    return LEFT if ending == LEFT else NEXT


def _with(node: ast.With, scope: Scope, run: Run) -> str:
    for item in node.items:
        run.follow.evaluate(item.context_expr, scope, run)
        if item.optional_vars is not None:
            assign(item.optional_vars, UNKNOWN, scope, run)
    return execute(node.body, scope, run)


def _try(node: ast.Try, scope: Scope, run: Run) -> str:
    def whole() -> str:
        ending = execute(node.body, scope, run)
        return execute(node.orelse, scope, run) if ending == NEXT else ending

    def handler(body: list[ast.stmt]) -> Callable[[], str]:
        return lambda: execute(body, scope, run)

    ending = _ways([whole, *(handler(each.body) for each in node.handlers)], run) if node.handlers else whole()
    if node.finalbody:
        last = execute(node.finalbody, scope, run)
        return last if last != NEXT else ending
    return ending


def _return(node: ast.Return, scope: Scope, run: Run) -> str:
    scope.returns.append(None if node.value is None else run.follow.evaluate(node.value, scope, run))
    return LEFT


def _raise(node: ast.Raise, scope: Scope, run: Run) -> str:
    raise Refused


def _assert(node: ast.Assert, scope: Scope, run: Run) -> str:
    if truth(run.follow.evaluate(node.test, scope, run), run) is False:
        raise Refused
    return NEXT


def _assign(node: ast.Assign, scope: Scope, run: Run) -> str:
    value = run.follow.evaluate(node.value, scope, run)
    for target in node.targets:
        assign(target, value, scope, run)
    return NEXT


def _annotated(node: ast.AnnAssign, scope: Scope, run: Run) -> str:
    if node.value is not None:
        assign(node.target, run.follow.evaluate(node.value, scope, run), scope, run)
    return NEXT


def _augmented(node: ast.AugAssign, scope: Scope, run: Run) -> str:
    before = run.follow.evaluate(node.target, scope, run)
    value = combine(node.op, before, run.follow.evaluate(node.value, scope, run), run)
    assign(node.target, value, scope, run)
    return NEXT


def _expression(node: ast.Expr, scope: Scope, run: Run) -> str:
    run.follow.evaluate(node.value, scope, run)
    return NEXT


def _delete(node: ast.Delete, scope: Scope, run: Run) -> str:
    for target in node.targets:
        if isinstance(target, ast.Subscript):
            base = run.follow.evaluate(target.value, scope, run)
            key = run.follow.evaluate(target.slice, scope, run)
            if isinstance(base, Record) and isinstance(key, str):
                if not (key in base.entries or base.rest or base.computed):
                    raise Refused
                assign(target.value, base.without([key]), scope, run)
    return NEXT


def _match(node: ast.Match, scope: Scope, run: Run) -> str:
    subject = run.follow.evaluate(node.subject, scope, run)
    possible: list[Callable[[], str]] = []
    for case in node.cases:
        told = matches(case.pattern, subject, scope, run)
        if told is not False and case.guard is not None:
            guarded = truth(run.follow.evaluate(case.guard, scope, run), run)
            told = False if guarded is False else told if guarded else None
        if told is False:
            continue

        def body(body: list[ast.stmt] = case.body) -> str:
            return execute(body, scope, run)

        if told and not possible:
            return body()
        possible.append(body)
        if told:
            return _ways(possible, run)
    return _ways([*possible, lambda: NEXT], run)


def _function(node: ast.FunctionDef, scope: Scope, run: Run) -> str:
    made = FunctionValue(node, scope.module, scope, None, 0)
    capture(scope)
    run.bind(scope, node.name, made)
    run.bind(scope, node.name, decorated(made, scope, run))
    return NEXT


def _import(node: ast.Import, scope: Scope, run: Run) -> str:
    for alias in node.names:
        name = alias.asname or alias.name.partition(".")[0]
        run.bind(scope, name, External(alias.name if alias.asname else name))
    return NEXT


def _import_from(node: ast.ImportFrom, scope: Scope, run: Run) -> str:
    here = run.world.source.modules.get(scope.module)
    package = here.package(node.level) if here is not None and node.level else ""
    module = ".".join(part for part in (package, node.module or "") if part)
    for alias in node.names:
        found = settled(run.world.absolute(f"{module}.{alias.name}"), run)
        run.bind(scope, alias.asname or alias.name, found)
    return NEXT


def _nonlocal(node: ast.Nonlocal, scope: Scope, run: Run) -> str:
    scope.outer.update(node.names)
    return NEXT


EXECUTE: dict[type[ast.stmt], Callable[[Any, Scope, Run], str]] = {
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
    ast.Nonlocal: _nonlocal,
    ast.Break: lambda node, scope, run: STOPPED,
    ast.Continue: lambda node, scope, run: STOPPED,
}
