"""What operators make of values, and whether a value counts as true."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable
from typing import Any

from kerasarchive.schema.builder.library.run import Run
from kerasarchive.schema.builder.library.values import (
    TEXT,
    UNKNOWN,
    Choice,
    ClassValue,
    External,
    FunctionValue,
    Instance,
    Record,
    Refused,
    Value,
    is_known,
    is_text,
    lifted,
    plain,
)

ARITHMETIC: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
}
ORDER: dict[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}
LONGEST = 64
"""Lists and texts that would grow longer are not followed."""


def combine(op: ast.operator, left: Value, right: Value, run: Run) -> Value:
    """``left op right``; text, None and dicts are refused where no object could make sense of them."""
    if isinstance(op, ast.BitOr) and (isinstance(left, Record) or isinstance(right, Record)):
        if isinstance(left, Record) and isinstance(right, Record):
            return left.merged(right)
        known, other = (left, right) if isinstance(left, Record) else (right, left)
        if other is None or isinstance(other, (bool, int, float, str, list)):
            raise Refused
        run.touch(other)
        return known.merged(Record(computed=True)) if isinstance(known, Record) else UNKNOWN
    calculate = ARITHMETIC.get(type(op))
    if calculate is None:
        return UNKNOWN
    if is_known(left) and is_known(right):
        if isinstance(left, (str, list)) and isinstance(right, int) and abs(right) > LONGEST:
            return UNKNOWN
        try:
            return lifted(calculate(plain(left), plain(right)))
        except (TypeError, ValueError, ArithmeticError):
            raise Refused from None
    for value, other in ((left, right), (right, left)):
        run.touch(value)
        if value is None or isinstance(value, Record):
            raise Refused
        if is_text(value) and isinstance(op, (ast.Sub, ast.Div, ast.FloorDiv)):
            raise Refused
        if is_text(value) and isinstance(op, (ast.Add, ast.Mult)):
            return TEXT
        if isinstance(value, (list, tuple)) and isinstance(other, (bool, int, float)) and not isinstance(op, ast.Mult):
            raise Refused
    return UNKNOWN


def truth(value: Value, run: Run) -> bool | None:
    """Whether a value counts as true; None if that cannot be told."""
    if isinstance(value, Record):
        if any(key not in value.maybe for key in value.entries):
            return True
        return None if value.entries or value.rest or value.computed else False
    if isinstance(value, (Instance, ClassValue, FunctionValue)):
        return True
    if value is None or isinstance(value, (bool, int, float, str, list, tuple)):
        return bool(value)
    if isinstance(value, Choice):
        found = {truth(one, run) for one in value.values}
        return found.pop() if len(found) == 1 else None
    run.touch(value)
    return None


def compare(op: ast.cmpop, left: Value, right: Value, run: Run) -> Value:
    """True, False or `UNKNOWN`."""
    for value in (left, right):
        if not isinstance(op, (ast.Is, ast.IsNot)) or right is None or left is None:
            run.touch(value)
    run.compared(left, right)
    if isinstance(op, (ast.Is, ast.IsNot, ast.Eq, ast.NotEq)):
        same = _equal(left, right)
        return UNKNOWN if same is None else same is isinstance(op, (ast.Is, ast.Eq))
    if isinstance(op, (ast.In, ast.NotIn)):
        inside = _inside(left, right)
        return UNKNOWN if inside is None else inside is isinstance(op, ast.In)
    if is_known(left) and is_known(right):
        try:
            return bool(ORDER[type(op)](plain(left), plain(right)))
        except TypeError:
            raise Refused from None
    if any(value is None or isinstance(value, Record) for value in (left, right)):
        raise Refused
    kinds = {"list" if isinstance(value, (list, tuple)) else _scalar(value) for value in (left, right)}
    if kinds in ({"list", "text"}, {"list", "number"}):
        raise Refused
    return UNKNOWN


def _scalar(value: Value) -> str:
    return "text" if is_text(value) else "number" if isinstance(value, (int, float)) else ""


def _equal(left: Value, right: Value) -> bool | None:
    if is_known(left) and is_known(right):
        return bool(plain(left) == plain(right))
    objects = (Instance, ClassValue, FunctionValue, External, Record, list, tuple)
    plains = (bool, int, float, str, type(None))
    if isinstance(left, (ClassValue, Instance, FunctionValue, External)) and type(left) is type(right):
        return True if left == right else None if isinstance(left, (External, FunctionValue)) else False
    if (isinstance(left, objects) and isinstance(right, plains)) or (isinstance(left, plains) and isinstance(right, objects)):
        return False
    if isinstance(left, Choice) or isinstance(right, Choice):
        ones = left.values if isinstance(left, Choice) else (left,)
        others = right.values if isinstance(right, Choice) else (right,)
        found = {_equal(one, other) for one in ones for other in others}
        return found.pop() if len(found) == 1 else None
    return None


def _inside(left: Value, right: Value) -> bool | None:
    if isinstance(right, Record):
        if not isinstance(left, str):
            return None if not is_known(left) else False
        if left in right.entries:
            return None if left in right.maybe else True
        return None if right.computed or (right.rest is not None and right.rest.may_hold(left)) else False
    if isinstance(right, str):
        if isinstance(left, str):
            return left in right
        if is_known(left):
            raise Refused
        return None
    if isinstance(right, (list, tuple)):
        found = [_equal(left, item) for item in right]
        return True if True in found else None if None in found else False
    if right is None or isinstance(right, (bool, int, float)):
        raise Refused
    return None
