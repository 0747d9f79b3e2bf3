"""What must hold of parameters for a condition to be false, read off the condition: types, words, orders."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from typing import Any

from kerasarchive.schema.builder.calls import Resolve, Schema
from kerasarchive.schema.builder.source import dotted_name

DEEPEST = 2
"""Names and helpers are followed this far."""

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
class Scope:
    """What names mean in the body under analysis."""

    resolve: Resolve
    depth: int = 0
    values: dict[str, ast.expr] = field(default_factory=dict)
    lowered: dict[str, str] = field(default_factory=dict)
    """Names of parameters in lower case -> the parameter."""


def unlist(kinds: list[str]) -> Any:
    """JSON Schema's spelling of one type or several."""
    return kinds[0] if len(kinds) == 1 else sorted(kinds)


def typed(*kinds: str) -> Schema:
    """A schema that asks for nothing but types."""
    return {"type": unlist(sorted(set(kinds)))}


def as_list(kinds: Any) -> list[str]:
    """The opposite of `unlist`."""
    return kinds if isinstance(kinds, list) else [kinds]


def nullable(schema: Schema) -> Schema:
    """The same, or null."""
    if "type" in schema:
        return {**schema, "type": sorted({*as_list(schema["type"]), "null"})}
    if "enum" in schema and None not in schema["enum"]:
        return {**schema, "enum": [None, *schema["enum"]]}
    return schema


def tested(test: ast.expr) -> tuple[str, tuple[str, ...]] | None:
    """The name and the kinds of ``isinstance(p, T)`` or ``p is None``."""
    if isinstance(test, ast.Call) and dotted_name(test.func) == "isinstance" and len(test.args) == 2:
        kinds = _kinds(test.args[1])
        return (dotted_name(test.args[0]), kinds) if kinds is not None else None
    if isinstance(test, ast.Compare) and isinstance(test.ops[0], ast.Is) and isinstance(test.left, ast.Name):
        return test.left.id, ("null",)
    return None


def guarded_name(test: ast.expr, names: set[str]) -> str | None:
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


def raised(test: ast.expr, names: set[str], scope: Scope) -> dict[str, Schema]:
    """What must hold of the parameters for `test`, which leads to a raise, to be false."""
    if isinstance(test, ast.BoolOp):
        if isinstance(test.op, ast.Or):
            found: dict[str, Schema] = {}
            for value in test.values:
                # Only the first comparison is sure to be evaluated; `not isinstance(p, int) or p < 1` is one check.
                for name, schema in raised(value, names, scope).items():
                    found[name] = {**schema, **found.get(name, {})}
            return found
        first = test.values[0]
        guarded = guarded_name(first, names)
        if isinstance(first, ast.Name) and first.id in names:
            guarded = first.id
        if guarded is not None and len(test.values) == 2:
            return {n: nullable(s) for n, s in raised(test.values[1], {guarded}, scope).items()}
        return {}
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        return _must_hold(test.operand, names, scope)
    if isinstance(test, ast.Compare):
        return _compared(test, names, scope)
    return {}


def _must_hold(test: ast.expr, names: set[str], scope: Scope) -> dict[str, Schema]:
    if isinstance(test, ast.BoolOp) and isinstance(test.op, ast.And):
        found: dict[str, Schema] = {}
        for value in test.values:
            found.update(_must_hold(value, names, scope))
        return found
    if isinstance(test, ast.Call) and dotted_name(test.func) == "isinstance" and len(test.args) == 2:
        name = dotted_name(test.args[0])
        kinds = _kinds(test.args[1])
        # A class of Keras's own: an archive holds a serialized object there.
        return {name: typed(*(kinds or ("object",)))} if name in names and kinds is not None else {}
    if isinstance(test, ast.Compare):
        if isinstance(test.left, ast.Name) and isinstance(test.ops[0], ast.In):
            return _one_of(test.left.id, _literals(test.comparators[0], scope), names, scope)
        return {name: typed(*NUMERIC) for name in _ordered(test, names)}
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


def _compared(test: ast.Compare, names: set[str], scope: Scope) -> dict[str, Schema]:
    if isinstance(test.left, ast.Constant) and test.left.value == "/" and isinstance(test.ops[0], ast.In):
        name = dotted_name(test.comparators[0])
        return {name: {"pattern": "^[^/]*$"}} if name in names else {}
    if isinstance(test.left, ast.Name) and isinstance(test.ops[0], ast.NotEq) and len(test.ops) == 1:
        only = test.comparators[0]
        words = [only.value] if isinstance(only, ast.Constant) and isinstance(only.value, str) else []
        return _one_of(test.left.id, words, names, scope)
    if isinstance(test.left, ast.Name) and isinstance(test.ops[0], ast.NotIn):
        return _one_of(test.left.id, _literals(test.comparators[0], scope), names, scope)
    return {name: typed(*NUMERIC) for name in _ordered(test, names)}


def _one_of(name: str, values: list[Any], names: set[str], scope: Scope) -> dict[str, Schema]:
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


def _literals(node: ast.expr, scope: Scope) -> list[Any]:
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
