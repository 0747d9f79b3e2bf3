"""Which values a constructor refuses, read off its own checks. What is not refused there stays unconstrained."""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator

from kerasarchive.schema.builder.assignments import (
    Attributes,
    assigned,
    converts,
    renamed,
    replaces_none,
    replaces_word,
)
from kerasarchive.schema.builder.calls import Resolve, Schema, asked
from kerasarchive.schema.builder.conditions import (
    DEEPEST,
    NUMERIC,
    Scope,
    as_list,
    guarded_name,
    nullable,
    raised,
    tested,
    typed,
    unlist,
)
from kerasarchive.schema.builder.source import dotted_name


def refusals(
    init: ast.FunctionDef, names: set[str], resolve: Resolve = lambda name: None, depth: int = 0
) -> dict[str, Schema]:
    """What each parameter of `names` must look like for this body to run: unconditional checks only."""
    scope = Scope(resolve, depth)
    found: dict[str, Schema] = {}
    closed: set[str] = set()
    optional: set[str] = set()
    words: dict[str, list[str]] = {}
    attributes = Attributes(names)
    for original in _flat(init.body):
        if (replaced := replaces_none(original, names)) is not None:
            optional.add(replaced)
            continue
        if (word := replaces_word(original, names - closed)) is not None:
            words.setdefault(word[0], []).append(word[1])
            continue
        statement = attributes.visit(copy.deepcopy(original)) if isinstance(original, ast.If) else original
        for name, schema in _statement(statement, names - closed, scope).items():
            found[name] = _both(found.get(name), nullable(schema) if name in optional else schema)
        if (plain := _lowered(original, names - closed)) is not None:
            # `mode = mode.lower()`: text, and the checks after it take any case.
            scope.lowered[plain[0]] = plain[1]
            found[plain[1]] = _both(found.get(plain[1]), typed("string"))
            if plain[0] == plain[1]:
                continue
        attributes.learn(original)
        if isinstance(original, ast.Assign) and isinstance(original.targets[0], ast.Name):
            scope.values[original.targets[0].id] = original.value
        if not converts(original) and renamed(original, names) is None:
            closed |= assigned(original)
    return {name: _or_words(schema, words.get(name, [])) for name, schema in found.items()}


def _or_words(schema: Schema, words: list[str]) -> Schema:
    """Words that the body replaces before its checks are accepted as well."""
    kind = next((key for key in ("enum", "x-kav-words") if key in schema), None)
    return {**schema, kind: sorted({*schema[kind], *words}, key=str)} if words and kind else schema


def _lowered(statement: ast.stmt, names: set[str]) -> tuple[str, str] | None:
    """The target and the parameter of ``mode = mode.lower()``."""
    value = statement.value if isinstance(statement, ast.Assign) else None
    if isinstance(statement, ast.Assign) and isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute):
        target, name = dotted_name(statement.targets[0]), dotted_name(value.func.value)
        if value.func.attr == "lower" and name in names and target:
            return target, name
    return None


def _flat(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """The statements of a body, those under ``with`` among them."""
    for statement in body:
        if isinstance(statement, ast.With):
            yield from _flat(statement.body)
        else:
            yield statement


def _both(one: Schema | None, other: Schema) -> Schema:
    if one is None or one == other:
        return other
    if "x-kav-names" in one:
        return one
    merged = {**other, **one}
    if "type" in one and "type" in other:
        common = [kind for kind in as_list(one["type"]) if kind in _widened(as_list(other["type"]))]
        merged["type"] = unlist(common or as_list(one["type"]))
    return merged


def _widened(kinds: list[str]) -> set[str]:
    return set(kinds) | ({"integer"} if "number" in kinds else set())


def _statement(statement: ast.stmt, names: set[str], scope: Scope) -> dict[str, Schema]:
    if isinstance(statement, ast.If):
        if _raises(statement.body):
            return raised(statement.test, names, scope)
        chained = _chain(statement, names)
        if chained:
            return chained
        nested = guarded_name(statement.test, names)
        if nested is not None and not statement.orelse:
            found: dict[str, Schema] = {}
            for inner in statement.body:
                found.update({n: nullable(s) for n, s in _statement(inner, {nested}, scope).items()})
            return found
        return {}
    if isinstance(statement, ast.Assert):
        return raised(ast.UnaryOp(ast.Not(), statement.test), names, scope)
    if isinstance(statement, (ast.Assign, ast.AnnAssign, ast.Expr)) and statement.value is not None:
        found = {}
        for argument in _arguments(statement.value):
            found.update(_value(argument, names, scope))
        return {**found, **_value(statement.value, names, scope)}
    return {}


def _arguments(node: ast.expr) -> Iterator[ast.expr]:
    """What is evaluated as an argument of a call, ``normalize_tuple(cropping, 2)`` in ``super().__init__(...)``."""
    if isinstance(node, ast.Call):
        for argument in (*node.args, *(keyword.value for keyword in node.keywords)):
            yield from _arguments(argument)
            yield argument


def _chain(statement: ast.If, names: set[str]) -> dict[str, Schema]:
    """``if p is None: ... elif isinstance(p, dict): ... elif not isinstance(p, int): raise``: what gets past the end."""
    kinds: set[str] = set()
    name = ""
    while True:
        test = statement.test
        refuses = _raises(statement.body)
        if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not) and refuses:
            test = test.operand
        elif refuses:
            return {}
        found = tested(test)
        if found is None or found[0] not in names or (name and found[0] != name):
            return {}
        name = found[0]
        kinds |= set(found[1])
        if refuses:
            return {name: typed(*kinds)} if kinds else {}
        if len(statement.orelse) != 1 or not isinstance(statement.orelse[0], ast.If):
            return {name: typed(*kinds)} if kinds and _raises(statement.orelse) else {}
        statement = statement.orelse[0]


def _raises(body: list[ast.stmt]) -> bool:
    return bool(body) and isinstance(body[-1], ast.Raise)


def _value(node: ast.expr, names: set[str], scope: Scope) -> dict[str, Schema]:
    """What evaluating `node` asks of the parameters in it."""
    if isinstance(node, ast.IfExp):
        guarded = guarded_name(node.test, names)
        if guarded is not None:
            return {n: nullable(s) for n, s in _value(node.body, {guarded}, scope).items()}
        if isinstance(node.orelse, ast.Name) and isinstance(node.body, ast.Call):
            # K2's `int(units) if not isinstance(units, int) else units`
            return _value(node.body, names, scope)
        return {}
    if not isinstance(node, ast.Call) or not node.args:
        return {}
    called = dotted_name(node.func)
    if called == "self._set_hyper" and len(node.args) > 1:
        # A variable is made of it as soon as there is state to restore.
        name = dotted_name(node.args[1])
        return {name: typed(*NUMERIC)} if name in names else {}
    name = dotted_name(node.args[0])
    if name not in names:
        return {}
    schema = asked(called, node, scope.resolve) or _helped(called, scope)
    return {name: schema} if schema else {}


def _helped(called: str, scope: Scope) -> Schema | None:
    """What a helper of the package refuses as its first argument."""
    helper = scope.resolve(called) if scope.depth < DEEPEST else None
    if not isinstance(helper, ast.FunctionDef) or not helper.args.args or helper.args.args[0].arg in ("self", "cls"):
        return None
    first = helper.args.args[0].arg
    return refusals(helper, {first}, scope.resolve, scope.depth + 1).get(first)
