"""What an expression comes to, as far as that is known."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any

from kerasarchive.schema.builder.library.assignment import assign
from kerasarchive.schema.builder.library.attributes import read_attribute
from kerasarchive.schema.builder.library.calling import call, parent
from kerasarchive.schema.builder.library.comprehension import comprehend
from kerasarchive.schema.builder.library.naming import look_up
from kerasarchive.schema.builder.library.operators import combine, compare, truth
from kerasarchive.schema.builder.library.records import method
from kerasarchive.schema.builder.library.run import Run, Scope, capture
from kerasarchive.schema.builder.library.values import (
    SOME_DICT,
    UNKNOWN,
    Choice,
    ClassValue,
    External,
    FunctionValue,
    Instance,
    Record,
    Refused,
    Unknown,
    Value,
    is_known,
    join,
    lifted,
    plain,
)


def evaluate(node: ast.expr, scope: Scope, run: Run) -> Value:
    """The value of an expression; `Refused` where evaluating it certainly raises."""
    found = EVALUATE.get(type(node))
    return found(node, scope, run) if found is not None else UNKNOWN


def _constant(node: ast.Constant, scope: Scope, run: Run) -> Value:
    return lifted(node.value)


def _name(node: ast.Name, scope: Scope, run: Run) -> Value:
    return look_up(node.id, scope, run)


def _attribute(node: ast.Attribute, scope: Scope, run: Run) -> Value:
    return read_attribute(evaluate(node.value, scope, run), node.attr, run)


def _call(node: ast.Call, scope: Scope, run: Run) -> Value:
    run.step()
    target: Value = None
    base: Value = None
    if isinstance(node.func, ast.Attribute):
        base = evaluate(node.func.value, scope, run)
    else:
        target = evaluate(node.func, scope, run)
    arguments, keywords = _arguments(node, scope, run)
    if isinstance(node.func, ast.Attribute):
        if isinstance(base, (Record, list, tuple, str)) or _is_choice_of_lists(base):
            result, changed = method(base, node.func.attr, arguments, keywords, run, by=_taker(scope))
            if changed is not base:
                assign(node.func.value, changed, scope, run)
            return result
        target = read_attribute(base, node.func.attr, run)
    if target == External("builtins.super"):
        return parent(arguments, scope)
    return call(target, arguments, keywords, run, node)


def _is_choice_of_lists(base: Value) -> bool:
    return isinstance(base, Choice) and all(isinstance(one, list) for one in base.values)


def _taker(scope: Scope) -> str:
    """Who takes a key by hand: `from_config`, or a constructor out of its ``**kwargs``."""
    return "kwargs" if isinstance(scope.on, Instance) else "from_config"


def _arguments(node: ast.Call, scope: Scope, run: Run) -> tuple[list[Value], Record]:
    arguments: list[Value] = []
    keywords = Record()
    for argument in node.args:
        if isinstance(argument, ast.Starred):
            value = evaluate(argument.value, scope, run)
            if isinstance(value, (list, tuple)):
                arguments += value
            else:
                keywords = Record(keywords.entries, keywords.maybe, keywords.rest, computed=True)
        else:
            arguments.append(evaluate(argument, scope, run))
    for keyword in node.keywords:
        value = evaluate(keyword.value, scope, run)
        if keyword.arg is not None:
            keywords = keywords.having(keyword.arg, value)
        elif isinstance(value, Record):
            keywords = keywords.merged(value)
        elif value is None or isinstance(value, (bool, int, float, str)):
            raise Refused
        else:
            run.touch(value)
            keywords = Record(keywords.entries, keywords.maybe, keywords.rest, computed=True)
    return arguments, keywords


def _dict(node: ast.Dict, scope: Scope, run: Run) -> Value:
    record = Record()
    for key_node, value_node in zip(node.keys, node.values, strict=True):
        value = evaluate(value_node, scope, run)
        if key_node is None:
            other = value if isinstance(value, Record) else Record(computed=True)
            record = record.merged(other)
            continue
        key = evaluate(key_node, scope, run)
        record = record.having(key, value) if isinstance(key, str) else record.merged(Record(computed=True))
    return record


def _sequence(node: ast.List | ast.Tuple | ast.Set, scope: Scope, run: Run) -> Value:
    items: list[Value] = []
    for item in node.elts:
        if isinstance(item, ast.Starred):
            inner = evaluate(item.value, scope, run)
            if not isinstance(inner, (list, tuple)):
                return UNKNOWN
            items += inner
        else:
            items.append(evaluate(item, scope, run))
    return tuple(items) if isinstance(node, ast.Tuple) else items


def _text(node: ast.JoinedStr, scope: Scope, run: Run) -> Value:
    parts: list[str] = []
    for part in node.values:
        value = evaluate(part.value if isinstance(part, ast.FormattedValue) else part, scope, run)
        if not is_known(value):
            return UNKNOWN
        parts.append(str(plain(value)))
    return "".join(parts)


def _binary(node: ast.BinOp, scope: Scope, run: Run) -> Value:
    left, right = evaluate(node.left, scope, run), evaluate(node.right, scope, run)
    return combine(node.op, left, right, run)


def _unary(node: ast.UnaryOp, scope: Scope, run: Run) -> Value:
    value = evaluate(node.operand, scope, run)
    if isinstance(node.op, ast.Not):
        found = truth(value, run)
        return UNKNOWN if found is None else not found
    if isinstance(value, (int, float)):
        return -value if isinstance(node.op, ast.USub) else value
    if value is None or isinstance(value, (str, Record, list)):
        raise Refused
    run.touch(value)
    return UNKNOWN


def _either(node: ast.BoolOp, scope: Scope, run: Run) -> Value:
    decides = isinstance(node.op, ast.Or)
    found: list[Value] = []
    open_ended = 0
    try:
        for index, operand in enumerate(node.values):
            try:
                value = evaluate(operand, scope, run)
            except Refused:
                if not found:
                    raise
                break
            told = truth(value, run)
            if told is decides or index == len(node.values) - 1:
                found.append(value)
                break
            if told is None:
                # `x or default`: from here on x may have decided.
                found.append(value)
                open_ended += 1
                run.uncertain += 1
    finally:
        run.uncertain -= open_ended
    return join(found)


def _conditional(node: ast.IfExp, scope: Scope, run: Run) -> Value:
    told = truth(evaluate(node.test, scope, run), run)
    if told is not None:
        return evaluate(node.body if told else node.orelse, scope, run)
    ways = [lambda way=way: evaluate(way, scope, run) for way in (node.body, node.orelse)]
    return join(run.either(ways))


def _compare(node: ast.Compare, scope: Scope, run: Run) -> Value:
    left = evaluate(node.left, scope, run)
    results: list[Value] = []
    for op, right_node in zip(node.ops, node.comparators, strict=True):
        right = evaluate(right_node, scope, run)
        result = compare(op, left, right, run)
        if result is False:
            return False
        results.append(result)
        left = right
    return True if all(result is True for result in results) else UNKNOWN


def _subscript(node: ast.Subscript, scope: Scope, run: Run) -> Value:
    base = evaluate(node.value, scope, run)
    if isinstance(base, (ClassValue, External)):
        return base
    if base is None or isinstance(base, (bool, int, float)):
        raise Refused
    if isinstance(node.slice, ast.Slice):
        return _sliced(node.slice, base, scope, run)
    key = evaluate(node.slice, scope, run)
    if isinstance(base, Record):
        return _entry(base, key, scope, run)
    if isinstance(base, (list, tuple, str)) and (is_known(key) or is_known(base)):
        if not isinstance(key, int):
            if is_known(key):
                raise Refused
            return UNKNOWN
        try:
            return base[key]
        except IndexError:
            raise Refused from None
    run.touch(base)
    return UNKNOWN


def _sliced(node: ast.Slice, base: Value, scope: Scope, run: Run) -> Value:
    if isinstance(base, Record):
        raise Refused
    bounds = [None if part is None else evaluate(part, scope, run) for part in (node.lower, node.upper, node.step)]
    if isinstance(base, (list, tuple, str)) and all(bound is None or isinstance(bound, int) for bound in bounds):
        return base[slice(*bounds)]
    run.touch(base)
    return UNKNOWN


def _entry(base: Record, key: Value, scope: Scope, run: Run) -> Value:
    if not isinstance(key, str):
        if base is SOME_DICT and isinstance(key, (int, float)):
            raise Refused
        return UNKNOWN
    if key in base.entries:
        return base.entries[key]
    if base.rest is not None and base.rest.may_hold(key):
        run.receive(base.rest, {key: (None, True, {})}, closed=False, by=_taker(scope))
        return Unknown(key)
    if base.computed:
        return UNKNOWN
    raise Refused


def _lambda(node: ast.Lambda, scope: Scope, run: Run) -> Value:
    capture(scope)
    return FunctionValue(node, scope.module, scope, scope.owner, scope.index)


def _named(node: ast.NamedExpr, scope: Scope, run: Run) -> Value:
    value = evaluate(node.value, scope, run)
    run.bind(scope, node.target.id, value)
    return value


EVALUATE: dict[type[ast.expr], Callable[[Any, Scope, Run], Value]] = {
    ast.Constant: _constant,
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
    ast.Lambda: _lambda,
    ast.NamedExpr: _named,
    ast.DictComp: comprehend,
    ast.ListComp: comprehend,
    ast.SetComp: comprehend,
    ast.GeneratorExp: comprehend,
}
