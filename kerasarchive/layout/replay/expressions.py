"""What an expression comes to."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, ItemsView, Iterator, KeysView, ValuesView
from typing import Any

from kerasarchive.layout.replay.arrays import index_shape, spread
from kerasarchive.layout.replay.machine import Machine
from kerasarchive.layout.replay.values import (
    UNKNOWN,
    Array,
    Function,
    Lost,
    Named,
    Raised,
    Scope,
    Super,
    Value,
    Weight,
)

LONGEST = 20_000
"""Lists, text and numbers (in digits) that grow longer are not followed."""

PLAIN = (type(None), bool, int, float, str, list, tuple, dict, set, slice)
ARITHMETIC: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv, ast.Mod: operator.mod, ast.BitOr: operator.or_, ast.BitAnd: operator.and_,
    ast.Pow: operator.pow,
}  # fmt: skip
ORDER: dict[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Lt: operator.lt, ast.LtE: operator.le, ast.Gt: operator.gt, ast.GtE: operator.ge,
}  # fmt: skip


def evaluate(node: ast.expr, scope: Scope, machine: Machine) -> Value:
    """The value of an expression; `Raised` where it raises, `Lost` where the way on cannot be told."""
    found = EVALUATE.get(type(node))
    if found is None:
        raise Lost
    return found(node, scope, machine)


def truth(value: Value) -> bool:
    """Whether a value counts as true; `Lost` if that cannot be told."""
    if isinstance(value, PLAIN):
        return bool(value)
    if value is UNKNOWN or isinstance(value, (Array, Weight)):
        raise Lost
    return True


def items(value: Value) -> list[Value]:
    """What iterating over a value gives."""
    if isinstance(value, (list, tuple, set, dict, str, range, KeysView, ValuesView, ItemsView)):
        if isinstance(value, range) and len(value) > LONGEST:
            raise Lost
        return list(value)
    if value is None or isinstance(value, (bool, int, float)):
        raise Raised("TypeError", f"{type(value).__name__!r} object is not iterable")
    if isinstance(value, Array) and value.shape == ():
        raise Raised("TypeError", "iteration over a 0-d array")
    if isinstance(value, Array) and value.shape and value.shape[0] is not None and value.shape[0] <= LONGEST:
        return [Array(value.shape[1:])] * value.shape[0]
    raise Lost


def combine(op: ast.operator, left: Value, right: Value) -> Value:
    """``left op right``."""
    if isinstance(left, Weight):
        left = Array(left.variable.shape)
    if isinstance(right, Weight):
        right = Array(right.variable.shape)
    if isinstance(left, Array) or isinstance(right, Array):
        return spread(left, right)
    if left is UNKNOWN or right is UNKNOWN:
        return UNKNOWN
    calculate = ARITHMETIC.get(type(op))
    if calculate is None:
        raise Lost
    if not isinstance(left, PLAIN) or not isinstance(right, PLAIN):
        return UNKNOWN
    if _grows(op, left, right):
        raise Lost
    if isinstance(op, ast.Mod) and isinstance(left, str):
        raise Lost
    return attempt(calculate, left, right)


def _grows(op: ast.operator, left: Value, right: Value) -> bool:
    """Whether the result may be longer than is worth following."""
    if isinstance(op, ast.Pow):
        return isinstance(right, int) and abs(right) > 64
    if not isinstance(op, ast.Mult):
        return False
    for one, other in ((left, right), (right, left)):
        if isinstance(one, (list, tuple, str)) and isinstance(other, int) and len(one) * other > LONGEST:
            return True
    return isinstance(left, int) and isinstance(right, int) and left.bit_length() + right.bit_length() > 256


def attempt(function: Callable[..., Any], *given: Any, **named: Any) -> Any:
    """What Python itself gives for plain values."""
    try:
        return function(*given, **named)
    except (TypeError, ValueError, KeyError, IndexError, AttributeError, ArithmeticError, StopIteration) as error:
        raise Raised(type(error).__name__, str(error)) from None


def equal(left: Value, right: Value) -> bool | None:
    """Whether two values are equal; None if that cannot be told."""
    if isinstance(left, PLAIN) and isinstance(right, PLAIN):
        return bool(left == right)
    if left is UNKNOWN or right is UNKNOWN or isinstance(left, (Array, Weight)) or isinstance(right, (Array, Weight)):
        return None
    return bool(left is right or (isinstance(left, Named) and left == right))


def compare(op: ast.cmpop, left: Value, right: Value) -> Value:
    """True, False or `UNKNOWN`."""
    if isinstance(op, (ast.Is, ast.IsNot)):
        if left is UNKNOWN or right is UNKNOWN:
            return UNKNOWN
        plain = isinstance(left, (bool, int, str, Named)) and type(left) is type(right)
        same = left is right or (plain and bool(left == right))
        return same is isinstance(op, ast.Is)
    if isinstance(op, (ast.Eq, ast.NotEq)):
        told = equal(left, right)
        return UNKNOWN if told is None else told is isinstance(op, ast.Eq)
    if isinstance(op, (ast.In, ast.NotIn)):
        return _inside(left, right, isinstance(op, ast.In))
    if not isinstance(left, PLAIN) or not isinstance(right, PLAIN):
        return UNKNOWN
    return attempt(ORDER[type(op)], left, right)


def _inside(left: Value, right: Value, wanted: bool) -> Value:
    if isinstance(right, str):
        if not isinstance(left, PLAIN):
            return UNKNOWN
        return attempt(operator.contains, right, left) is wanted
    if right is None or isinstance(right, (bool, int, float)):
        raise Raised("TypeError", f"argument of type {type(right).__name__!r} is not iterable")
    if right is UNKNOWN or isinstance(right, (Array, Weight)):
        return UNKNOWN
    if isinstance(right, (dict, set)) and isinstance(left, (dict, list, set)):
        raise Raised("TypeError", f"unhashable type: {type(left).__name__!r}")
    told = [equal(left, item) for item in items(right)]
    return wanted if True in told else UNKNOWN if None in told else not wanted


def _name(node: ast.Name, scope: Scope, machine: Machine) -> Value:
    return machine.look_up(node.id, scope)


def _attribute(node: ast.Attribute, scope: Scope, machine: Machine) -> Value:
    return machine.attribute(evaluate(node.value, scope, machine), node.attr, machine)


def _call(node: ast.Call, scope: Scope, machine: Machine) -> Value:
    machine.step()
    if isinstance(node.func, ast.Name) and node.func.id == "super":
        return _super(node, scope, machine)
    target = evaluate(node.func, scope, machine)
    if target == Named("builtins.isinstance") and len(node.args) == 2 and isinstance(node.args[1], ast.BinOp):
        either = _either_type(node.args[1], scope, machine)
        return machine.call(target, [evaluate(node.args[0], scope, machine), either], {}, machine)
    arguments: list[Value] = []
    for argument in node.args:
        if isinstance(argument, ast.Starred):
            arguments += items(evaluate(argument.value, scope, machine))
        else:
            arguments.append(evaluate(argument, scope, machine))
    keywords: dict[str, Value] = {}
    for keyword in node.keywords:
        value = evaluate(keyword.value, scope, machine)
        if keyword.arg is not None:
            keywords[keyword.arg] = value
        elif isinstance(value, dict):
            if not all(isinstance(key, str) for key in value):
                raise Raised("TypeError", "keywords must be strings")
            if twice := keywords.keys() & value.keys():
                raise Raised("TypeError", f"got multiple values for keyword argument {min(twice)!r}")
            keywords |= value
        elif isinstance(value, PLAIN):
            raise Raised("TypeError", f"argument after ** must be a mapping, not {type(value).__name__}")
        else:
            raise Lost
    return machine.call(target, arguments, keywords, machine)


def _either_type(node: ast.expr, scope: Scope, machine: Machine) -> Value:
    """``int | float``, as a tuple."""
    if isinstance(node, ast.BinOp):
        return (_either_type(node.left, scope, machine), _either_type(node.right, scope, machine))
    return evaluate(node, scope, machine)


def _super(node: ast.Call, scope: Scope, machine: Machine) -> Value:
    inner: Scope | None = scope
    while inner is not None and inner.owner is None:
        inner = inner.parent
    if inner is None or inner.owner is None:
        raise Lost
    owner = inner.owner
    if node.args:
        named = evaluate(node.args[0], scope, machine)
        owner = named if type(named) is type(owner) else owner
    first = next(iter(inner.names.values()), None)
    return Super(first, owner)


def _dict(node: ast.Dict, scope: Scope, machine: Machine) -> Value:
    made: dict[Any, Value] = {}
    for key_node, value_node in zip(node.keys, node.values, strict=True):
        value = evaluate(value_node, scope, machine)
        if key_node is None:
            if not isinstance(value, dict):
                raise Lost
            made |= value
        else:
            attempt(made.__setitem__, evaluate(key_node, scope, machine), value)
    return made


def _sequence(node: ast.List | ast.Tuple | ast.Set, scope: Scope, machine: Machine) -> Value:
    made: list[Value] = []
    for item in node.elts:
        if isinstance(item, ast.Starred):
            made += items(evaluate(item.value, scope, machine))
        else:
            made.append(evaluate(item, scope, machine))
    if isinstance(node, ast.Tuple):
        return tuple(made)
    return made if isinstance(node, ast.List) else attempt(set, made)


def _text(node: ast.JoinedStr, scope: Scope, machine: Machine) -> Value:
    parts: list[str] = []
    for part in node.values:
        value = evaluate(part.value if isinstance(part, ast.FormattedValue) else part, scope, machine)
        if not isinstance(value, (str, int, float, bool, type(None))):
            return UNKNOWN
        parts.append(str(value))
    return "".join(parts)


def _binary(node: ast.BinOp, scope: Scope, machine: Machine) -> Value:
    return combine(node.op, evaluate(node.left, scope, machine), evaluate(node.right, scope, machine))


def _unary(node: ast.UnaryOp, scope: Scope, machine: Machine) -> Value:
    value = evaluate(node.operand, scope, machine)
    if isinstance(node.op, ast.Not):
        return not truth(value)
    if not isinstance(value, PLAIN):
        return value if isinstance(value, Array) else UNKNOWN
    return attempt(operator.neg if isinstance(node.op, ast.USub) else operator.pos, value)


def _either(node: ast.BoolOp, scope: Scope, machine: Machine) -> Value:
    value: Value = None
    for operand in node.values:
        value = evaluate(operand, scope, machine)
        if operand is node.values[-1]:
            return value
        if truth(value) is isinstance(node.op, ast.Or):
            return value
    return value


def _conditional(node: ast.IfExp, scope: Scope, machine: Machine) -> Value:
    return evaluate(node.body if truth(evaluate(node.test, scope, machine)) else node.orelse, scope, machine)


def _compare(node: ast.Compare, scope: Scope, machine: Machine) -> Value:
    left = evaluate(node.left, scope, machine)
    for op, right_node in zip(node.ops, node.comparators, strict=True):
        right = evaluate(right_node, scope, machine)
        result = compare(op, left, right)
        if result is not True:
            return result
        left = right
    return True


def _subscript(node: ast.Subscript, scope: Scope, machine: Machine) -> Value:
    base = evaluate(node.value, scope, machine)
    key = evaluate(node.slice, scope, machine)
    if isinstance(base, Weight):
        base = Array(base.variable.shape)
    if isinstance(base, Array):
        return index_shape(base, key)
    if isinstance(base, (list, tuple, str, dict)):
        if not isinstance(key, PLAIN):
            return UNKNOWN
        return attempt(operator.getitem, base, key)
    if isinstance(base, PLAIN):
        raise Raised("TypeError", f"{type(base).__name__!r} object is not subscriptable")
    return base if isinstance(base, Named) else UNKNOWN


def _slice(node: ast.Slice, scope: Scope, machine: Machine) -> Value:
    return slice(
        *(None if part is None else evaluate(part, scope, machine) for part in (node.lower, node.upper, node.step))
    )


def _lambda(node: ast.Lambda, scope: Scope, machine: Machine) -> Value:
    return Function(node, scope)


def _walrus(node: ast.NamedExpr, scope: Scope, machine: Machine) -> Value:
    value = evaluate(node.value, scope, machine)
    machine.assign(node.target, value, scope, machine)
    return value


def _comprehension(
    node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp, scope: Scope, machine: Machine
) -> Value:
    inner = Scope(scope.module, scope)
    if isinstance(node, ast.DictComp):
        pairs: dict[Any, Value] = {}
        for _ in _rounds(node.generators, inner, machine):
            attempt(pairs.__setitem__, evaluate(node.key, inner, machine), evaluate(node.value, inner, machine))
        return pairs
    made = [evaluate(node.elt, inner, machine) for _ in _rounds(node.generators, inner, machine)]
    return attempt(set, made) if isinstance(node, ast.SetComp) else made


def _rounds(generators: list[ast.comprehension], scope: Scope, machine: Machine) -> Iterator[None]:
    first, *rest = generators
    for item in items(evaluate(first.iter, scope, machine)):
        machine.step()
        machine.assign(first.target, item, scope, machine)
        if not all(truth(evaluate(test, scope, machine)) for test in first.ifs):
            continue
        if rest:
            yield from _rounds(rest, scope, machine)
        else:
            yield


EVALUATE: dict[type[ast.expr], Callable[[Any, Scope, Machine], Value]] = {
    ast.Constant: lambda node, scope, machine: node.value,
    ast.Name: _name,
    ast.Attribute: _attribute,
    ast.Call: _call,
    ast.Dict: _dict,
    ast.List: _sequence,
    ast.Tuple: _sequence,
    ast.Set: _sequence,
    ast.JoinedStr: _text,
    ast.BinOp: _binary,
    ast.UnaryOp: _unary,
    ast.BoolOp: _either,
    ast.IfExp: _conditional,
    ast.Compare: _compare,
    ast.Subscript: _subscript,
    ast.Slice: _slice,
    ast.Lambda: _lambda,
    ast.NamedExpr: _walrus,
    ast.ListComp: _comprehension,
    ast.SetComp: _comprehension,
    ast.GeneratorExp: _comprehension,
    ast.DictComp: _comprehension,
}
