"""Functions made by `functools.singledispatch`: which of them a value goes to."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from kerasarchive.schema.builder.library.externals import is_instance
from kerasarchive.schema.builder.library.operators import compare
from kerasarchive.schema.builder.library.run import Run, Scope
from kerasarchive.schema.builder.library.values import Dispatcher, FunctionValue, Value
from kerasarchive.schema.builder.source import dotted_name, top_level


def implementations(dispatcher: Dispatcher, value: Value, run: Run) -> list[FunctionValue]:
    """Those that a call with `value` may go to: one, where that is known."""
    possible: list[FunctionValue] = []
    scope = Scope(dispatcher.function.module)
    for kind, function in _registered(dispatcher, run):
        told = _is_of(value, kind, scope, run)
        if told is True:
            return [*possible, function]
        if told is None:
            possible.append(function)
    return [*possible, dispatcher.function]


def _registered(dispatcher: Dispatcher, run: Run) -> Iterator[tuple[ast.expr, FunctionValue]]:
    """(annotation, function) of every ``@name.register`` in the module."""
    module = run.world.source.modules[dispatcher.function.module]
    name = f"{getattr(dispatcher.function.node, 'name', '')}.register"
    for statement in top_level(module.tree.body):
        if not isinstance(statement, ast.FunctionDef):
            continue
        for decorator in statement.decorator_list:
            called = isinstance(decorator, ast.Call)
            if dotted_name(decorator.func if isinstance(decorator, ast.Call) else decorator) != name:
                continue
            first = statement.args.args[0].annotation if statement.args.args else None
            kind = decorator.args[0] if isinstance(decorator, ast.Call) and called and decorator.args else first
            if kind is not None:
                yield kind, FunctionValue(statement, module.name)


def _is_of(value: Value, kind: ast.expr, scope: Scope, run: Run) -> bool | None:
    if isinstance(kind, ast.BinOp):
        found = [_is_of(value, side, scope, run) for side in (kind.left, kind.right)]
        return True if True in found else None if None in found else False
    if isinstance(kind, ast.Constant) and kind.value is None:
        answer = compare(ast.Is(), value, None, run)
    else:
        answer = is_instance(value, run.follow.evaluate(kind, scope, run), run)
    return answer if isinstance(answer, bool) else None
