"""Which values a constructor refuses, read off its own checks. What is not refused there stays unconstrained."""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from kerasarchive.schema.builder.assignments import Attributes, assigned, converts, renamed, replaces_none, replaces_word
from kerasarchive.schema.builder.calls import Resolve, Schema, asked
from kerasarchive.schema.builder.source import dotted_name

DEEPEST = 2
"""Helpers are followed this far."""

PYTHON_TYPES = {
    "int": ("integer", "boolean"),
    "float": ("number",),
    "str": ("string",),
    "bool": ("boolean",),
    "list": ("array",),
    "tuple": ("array",),
    "dict": ("object",),
}
ABSTRACT = frozenset({"Iterable", "Sequence", "Collection", "Mapping", "Number", "Real", "Integral", "Callable"})
NUMERIC = ("boolean", "number")


@dataclass(slots=True)
class _Scope:
    """What names mean in the body under analysis."""

    resolve: Resolve
    depth: int = 0
    values: dict[str, ast.expr] = field(default_factory=dict)
    lowered: dict[str, str] = field(default_factory=dict)
    """Names of parameters in lower case -> the parameter."""


def refusals(
    init: ast.FunctionDef, names: set[str], resolve: Resolve = lambda name: None, depth: int = 0
) -> dict[str, Schema]:
    """What each parameter of `names` must look like for this body to run: unconditional checks only."""
    scope = _Scope(resolve, depth)
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
            found[name] = _both(found.get(name), _nullable(schema) if name in optional else schema)
        if (plain := _lowered(original, names - closed)) is not None:
            # `mode = mode.lower()`: text, and the checks after it take any case.
            scope.lowered[plain[0]] = plain[1]
            found[plain[1]] = _both(found.get(plain[1]), _typed("string"))
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
    return {**schema, "enum": sorted({*schema["enum"], *words}, key=str)} if words and "enum" in schema else schema


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
        common = [kind for kind in _list(one["type"]) if kind in _widened(_list(other["type"]))]
        merged["type"] = _unlist(common or _list(one["type"]))
    return merged


def _widened(kinds: list[str]) -> set[str]:
    return set(kinds) | ({"integer"} if "number" in kinds else set())


def _list(kinds: Any) -> list[str]:
    return kinds if isinstance(kinds, list) else [kinds]


def _unlist(kinds: list[str]) -> Any:
    return kinds[0] if len(kinds) == 1 else sorted(kinds)


def _typed(*kinds: str) -> Schema:
    return {"type": _unlist(sorted(set(kinds)))}


def _statement(statement: ast.stmt, names: set[str], scope: _Scope) -> dict[str, Schema]:
    if isinstance(statement, ast.If):
        if _raises(statement.body):
            return _raised(statement.test, names, scope)
        chained = _chain(statement, names)
        if chained:
            return chained
        nested = _guarded_name(statement.test, names)
        if nested is not None and not statement.orelse:
            found: dict[str, Schema] = {}
            for inner in statement.body:
                found.update({n: _nullable(s) for n, s in _statement(inner, {nested}, scope).items()})
            return found
        return {}
    if isinstance(statement, ast.Assert):
        return _raised(ast.UnaryOp(ast.Not(), statement.test), names, scope)
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
        found = _tested(test)
        if found is None or found[0] not in names or (name and found[0] != name):
            return {}
        name = found[0]
        kinds |= set(found[1])
        if refuses:
            return {name: _typed(*kinds)} if kinds else {}
        if len(statement.orelse) != 1 or not isinstance(statement.orelse[0], ast.If):
            return {name: _typed(*kinds)} if kinds and _raises(statement.orelse) else {}
        statement = statement.orelse[0]


def _tested(test: ast.expr) -> tuple[str, tuple[str, ...]] | None:
    """The name and the kinds of ``isinstance(p, T)`` or ``p is None``."""
    if isinstance(test, ast.Call) and dotted_name(test.func) == "isinstance" and len(test.args) == 2:
        kinds = _kinds(test.args[1])
        return (dotted_name(test.args[0]), kinds) if kinds is not None else None
    if isinstance(test, ast.Compare) and isinstance(test.ops[0], ast.Is) and isinstance(test.left, ast.Name):
        return test.left.id, ("null",)
    return None


def _raises(body: list[ast.stmt]) -> bool:
    return bool(body) and isinstance(body[-1], ast.Raise)


def _guarded_name(test: ast.expr, names: set[str]) -> str | None:
    """The parameter of ``if p is not None``."""
    if (
        isinstance(test, ast.Compare)
        and isinstance(test.left, ast.Name)
        and test.left.id in names
        and len(test.ops) == 1
        and isinstance(test.ops[0], ast.IsNot)
    ):
        return test.left.id
    return None


def _raised(test: ast.expr, names: set[str], scope: _Scope) -> dict[str, Schema]:
    """What must hold of the parameters for `test`, which leads to a raise, to be false."""
    if isinstance(test, ast.BoolOp):
        if isinstance(test.op, ast.Or):
            found: dict[str, Schema] = {}
            for value in test.values:
                # Only the first comparison is sure to be evaluated; `not isinstance(p, int) or p < 1` is one check.
                for name, schema in _raised(value, names, scope).items():
                    found[name] = {**schema, **found.get(name, {})}
            return found
        first = test.values[0]
        guarded = _guarded_name(first, names)
        if isinstance(first, ast.Name) and first.id in names:
            guarded = first.id
        if guarded is not None and len(test.values) == 2:
            return {n: _nullable(s) for n, s in _raised(test.values[1], {guarded}, scope).items()}
        return {}
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        return _must_hold(test.operand, names, scope)
    if isinstance(test, ast.Compare):
        return _compared(test, names, scope)
    return {}


def _must_hold(test: ast.expr, names: set[str], scope: _Scope) -> dict[str, Schema]:
    if isinstance(test, ast.BoolOp) and isinstance(test.op, ast.And):
        found: dict[str, Schema] = {}
        for value in test.values:
            found.update(_must_hold(value, names, scope))
        return found
    if isinstance(test, ast.Call) and dotted_name(test.func) == "isinstance" and len(test.args) == 2:
        name = dotted_name(test.args[0])
        kinds = _kinds(test.args[1])
        # A class of Keras's own: an archive holds a serialized object there.
        return {name: _typed(*(kinds or ("object",)))} if name in names and kinds is not None else {}
    if isinstance(test, ast.Compare):
        if isinstance(test.left, ast.Name) and isinstance(test.ops[0], ast.In):
            return _one_of(test.left.id, _literals(test.comparators[0], scope), names, scope)
        return {name: _typed(*NUMERIC) for name in _ordered(test, names)}
    return {}


def _kinds(node: ast.expr) -> tuple[str, ...] | None:
    """JSON's names of Python's types; classes that no JSON value is an instance of add none. None: cannot be told."""
    parts = node.elts if isinstance(node, ast.Tuple) else [node]
    kinds: list[str] = []
    for part in parts:
        name = dotted_name(part).rpartition(".")[2]
        if not name or name in ABSTRACT or (name not in PYTHON_TYPES and not name[0].isupper()):
            return None
        kinds += PYTHON_TYPES.get(name, ())
    return tuple(kinds)


def _compared(test: ast.Compare, names: set[str], scope: _Scope) -> dict[str, Schema]:
    if isinstance(test.left, ast.Constant) and test.left.value == "/" and isinstance(test.ops[0], ast.In):
        name = dotted_name(test.comparators[0])
        return {name: {"pattern": "^[^/]*$"}} if name in names else {}
    if isinstance(test.left, ast.Name) and isinstance(test.ops[0], ast.NotEq) and len(test.ops) == 1:
        only = test.comparators[0]
        words = [only.value] if isinstance(only, ast.Constant) and isinstance(only.value, str) else []
        return _one_of(test.left.id, words, names, scope)
    if isinstance(test.left, ast.Name) and isinstance(test.ops[0], ast.NotIn):
        return _one_of(test.left.id, _literals(test.comparators[0], scope), names, scope)
    return {name: _typed(*NUMERIC) for name in _ordered(test, names)}


def _one_of(name: str, values: list[Any], names: set[str], scope: _Scope) -> dict[str, Schema]:
    """The words that a parameter may be; in any case where it is brought to lower case before."""
    if name in scope.lowered and values and all(isinstance(value, str) for value in values):
        return {scope.lowered[name]: {"type": "string", "x-kav-words": values}}
    return {name: {"enum": values}} if values and name in names else {}


def _ordered(test: ast.Compare, names: set[str]) -> list[str]:
    """Parameters compared by order with a number: text, lists and None make that a TypeError."""
    if not all(isinstance(op, (ast.Lt, ast.LtE, ast.Gt, ast.GtE)) for op in test.ops):
        return []
    operands = [test.left, *test.comparators]
    if not all(isinstance(operand, (ast.Name, ast.Constant, ast.UnaryOp)) for operand in operands):
        return []
    if not any(isinstance(operand, (ast.Constant, ast.UnaryOp)) for operand in operands):
        return []
    return [operand.id for operand in operands if isinstance(operand, ast.Name) and operand.id in names]


def _literals(node: ast.expr, scope: _Scope) -> list[Any]:
    """The constants of a set, list or tuple, written in place or bound to a name in the body or its module."""
    for _ in range(DEEPEST):
        name = dotted_name(node)
        bound = scope.values.get(name) or scope.resolve(name) if name else None
        node = bound if isinstance(bound, ast.expr) else node
    if isinstance(node, ast.Dict):
        keys = [key for key in node.keys if isinstance(key, ast.Constant)]
        node = ast.Tuple(list(keys), ast.Load()) if len(keys) == len(node.keys) else node
    if not isinstance(node, (ast.Set, ast.List, ast.Tuple)):
        return []
    if not all(isinstance(item, ast.Constant) for item in node.elts):
        return []
    values = [item.value for item in node.elts if isinstance(item, ast.Constant)]
    return sorted(values, key=lambda value: (str(type(value)), str(value)))


def _value(node: ast.expr, names: set[str], scope: _Scope) -> dict[str, Schema]:
    """What evaluating `node` asks of the parameters in it."""
    if isinstance(node, ast.IfExp):
        guarded = _guarded_name(node.test, names)
        if guarded is not None:
            return {n: _nullable(s) for n, s in _value(node.body, {guarded}, scope).items()}
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
        return {name: _typed(*NUMERIC)} if name in names else {}
    name = dotted_name(node.args[0])
    if name not in names:
        return {}
    schema = asked(called, node, scope.resolve) or _helped(called, scope)
    return {name: schema} if schema else {}


def _helped(called: str, scope: _Scope) -> Schema | None:
    """What a helper of the package refuses as its first argument."""
    helper = scope.resolve(called) if scope.depth < DEEPEST else None
    if not isinstance(helper, ast.FunctionDef) or not helper.args.args or helper.args.args[0].arg in ("self", "cls"):
        return None
    first = helper.args.args[0].arg
    return refusals(helper, {first}, scope.resolve, scope.depth + 1).get(first)


def _nullable(schema: Schema) -> Schema:
    if "type" in schema:
        return {**schema, "type": sorted({*_list(schema["type"]), "null"})}
    if "enum" in schema and None not in schema["enum"]:
        return {**schema, "enum": [None, *schema["enum"]]}
    return schema
