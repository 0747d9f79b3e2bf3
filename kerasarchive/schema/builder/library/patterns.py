"""Whether a value matches the pattern of a ``case``."""

from __future__ import annotations

import ast

from kerasarchive.schema.builder.library.assignment import assign
from kerasarchive.schema.builder.library.externals import is_instance
from kerasarchive.schema.builder.library.operators import compare
from kerasarchive.schema.builder.library.run import Run, Scope
from kerasarchive.schema.builder.library.values import Value


def matches(pattern: ast.pattern, value: Value, scope: Scope, run: Run) -> bool | None:
    """True, False, or None where it cannot be told; names that the pattern binds are bound."""
    if isinstance(pattern, ast.MatchAs):
        told = True if pattern.pattern is None else matches(pattern.pattern, value, scope, run)
        if pattern.name is not None and told is not False:
            assign(ast.Name(pattern.name, ast.Store()), value, scope, run)
        return told
    if isinstance(pattern, ast.MatchOr):
        found = [matches(option, value, scope, run) for option in pattern.patterns]
        return True if True in found else None if None in found else False
    if isinstance(pattern, ast.MatchValue):
        return _told(compare(ast.Eq(), value, run.follow.evaluate(pattern.value, scope, run), run))
    if isinstance(pattern, ast.MatchSingleton):
        return _told(compare(ast.Is(), value, pattern.value, run))
    if isinstance(pattern, ast.MatchClass):
        told = _told(is_instance(value, run.follow.evaluate(pattern.cls, scope, run), run))
        return told if told is False or not (pattern.patterns or pattern.kwd_patterns) else None
    run.touch(value)
    return None


def _told(answer: Value) -> bool | None:
    return answer if isinstance(answer, bool) else None
