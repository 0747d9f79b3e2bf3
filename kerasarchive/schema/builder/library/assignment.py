"""Binding values to names, attributes, items."""

from __future__ import annotations

import ast

from kerasarchive.schema.builder.library.run import Run, Scope
from kerasarchive.schema.builder.library.values import UNKNOWN, Instance, Record, Refused, Value


def assign(target: ast.expr, value: Value, scope: Scope, run: Run) -> None:
    """Bind `value` to a target; what is written into something that is not followed is lost."""
    if isinstance(target, ast.Name):
        where: Scope | None = scope
        while target.id in scope.outer and where is not None and (where.parent is not None):
            where = where.parent
            if (where, target.id) in run.cells:
                break
        run.bind(where or scope, target.id, value)
    elif isinstance(target, ast.Attribute):
        base = run.follow.evaluate(target.value, scope, run)
        if isinstance(base, Instance):
            run.cells[base, target.attr] = value
    elif isinstance(target, ast.Subscript):
        base = run.follow.evaluate(target.value, scope, run)
        if isinstance(base, Record) and not isinstance(target.slice, ast.Slice):
            key = run.follow.evaluate(target.slice, scope, run)
            changed = base.having(key, value) if isinstance(key, str) else base.merged(Record(computed=True))
            assign(target.value, changed, scope, run)
    elif isinstance(target, (ast.Tuple, ast.List)):
        known = isinstance(value, (list, tuple)) and len(value) == len(target.elts)
        if value is None or isinstance(value, (bool, int, float)):
            raise Refused
        if isinstance(value, (list, tuple)) and not known and not any(isinstance(t, ast.Starred) for t in target.elts):
            raise Refused
        run.touch(value)
        for index, inner in enumerate(target.elts):
            plain_target = inner.value if isinstance(inner, ast.Starred) else inner
            assign(plain_target, value[index] if known and not isinstance(inner, ast.Starred) else UNKNOWN, scope, run)
