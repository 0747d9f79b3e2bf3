"""The variables that a class creates when it is built, with their shapes as expressions over its arguments.

Read off ``add_weight`` and its like in ``build`` and the constructor, one method of the class after the other. What the
source computes in a way that no expression shows is left as the source has it: `kav schema show` is for people, and what
judges weights is `layout.variables`, which real archives have tried.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from kerasarchive.schema.builder.classes import SourceClass
from kerasarchive.schema.builder.source import dotted_name

MAKERS = frozenset({"add_weight", "add_variable", "add_variable_from_reference"})
METHODS = ("__init__", "build")
DEEPEST = 4
"""Methods that call methods are followed this far."""

PLAIN = frozenset({"int", "tuple", "list", "tf.TensorShape", "tf.compat.dimension_value", "tensor_shape.TensorShape",
                   "tensor_shape.dimension_value"})  # fmt: skip
"""Functions that give back what they get, to whoever reads a shape."""

LONGEST = 160
"""An expression that is longer says nothing to anybody."""


@dataclass(slots=True)
class _Scope:
    """What names stand for in one method, and under which conditions its statements run."""

    values: dict[str, ast.expr] = field(default_factory=dict)
    conditions: tuple[str, ...] = ()
    depth: int = 0


def read_weights(cls: SourceClass) -> list[dict[str, Any]]:
    """``name``, ``shape`` (an expression, null where there is none), ``when`` and, where it is not, ``trainable``."""
    found: list[dict[str, Any]] = []
    for method in METHODS:
        for weight in _method(cls, method, 0, _Scope()):
            if weight not in found:
                found.append(weight)
    return found


def _method(cls: SourceClass, name: str, start: int, scope: _Scope) -> Iterator[dict[str, Any]]:
    for index in range(start, len(cls.ancestors)):
        ancestor = cls.ancestors[index]
        if ancestor.node.name in ("Layer", "Operation", "Metric"):
            return
        method = ancestor.methods.get(name)
        if method is not None:
            yield from _body(cls, index, method.body, _Scope(dict(scope.values), scope.conditions, scope.depth))
            return


def _body(cls: SourceClass, index: int, body: list[ast.stmt], scope: _Scope) -> Iterator[dict[str, Any]]:
    for statement in body:
        if isinstance(statement, ast.If):
            test = _text(statement.test, scope)
            then, other = _branch(scope, test), _branch(scope, f"not ({test})" if " " in test else f"not {test}")
            yield from _body(cls, index, statement.body, then)
            yield from _body(cls, index, statement.orelse, other)
            _join(statement.test, then, other, scope)
            continue
        if isinstance(statement, (ast.For, ast.With)):
            note = f"for each of {_text(statement.iter, scope)}" if isinstance(statement, ast.For) else ""
            yield from _body(cls, index, statement.body, _branch(scope, note))
            continue
        for call in (node for node in ast.walk(statement) if isinstance(node, ast.Call)):
            yield from _call(cls, index, call, scope)
        if isinstance(statement, ast.Assign) and len(statement.targets) == 1:
            _learn(statement.targets[0], statement.value, scope)


def _branch(scope: _Scope, condition: str) -> _Scope:
    """A block of its own: what it binds is not known after it, since it may not have run."""
    return _Scope(dict(scope.values), (*scope.conditions, *([condition] if condition else [])), scope.depth)


def _join(test: ast.expr, then: _Scope, other: _Scope, scope: _Scope) -> None:
    """What both branches give a name, it has after them: the one or the other."""
    asked = _Inline(scope).visit(_copy(test))
    for name in sorted(then.values.keys() & other.values.keys()):
        one, two = then.values[name], other.values[name]
        if ast.unparse(one) == ast.unparse(two):
            scope.values[name] = one
        elif len(ast.unparse(one)) + len(ast.unparse(two)) < LONGEST:
            scope.values[name] = ast.IfExp(asked, one, two)


def _learn(target: ast.expr, value: ast.expr, scope: _Scope) -> None:
    name = dotted_name(target)
    calls = (node for node in ast.walk(value) if isinstance(node, ast.Call))
    if name and not any(dotted_name(call.func).startswith("self.add_") for call in calls):
        scope.values[name.removeprefix("self.")] = _Inline(scope).visit(_copy(value))


def _call(cls: SourceClass, index: int, call: ast.Call, scope: _Scope) -> Iterator[dict[str, Any]]:
    called = dotted_name(call.func)
    owner, _, name = called.rpartition(".")
    if owner == "self" and name in MAKERS:
        yield _weight(call, scope)
    elif isinstance(call.func, ast.Attribute) and isinstance(call.func.value, ast.Call):
        if dotted_name(call.func.value.func) == "super" and call.func.attr in METHODS:
            yield from _method(cls, call.func.attr, index + 1, scope)
    elif owner == "self" and scope.depth < DEEPEST and name not in METHODS:
        inner = _Scope(dict(scope.values), scope.conditions, scope.depth + 1)
        yield from _method(cls, name, 0, inner)


def _weight(call: ast.Call, scope: _Scope) -> dict[str, Any]:
    given = {keyword.arg: keyword.value for keyword in call.keywords if keyword.arg}
    # Keras 3: add_weight(shape, initializer, dtype, trainable, ..., name); Keras 2: add_weight(name, shape, dtype, ...).
    for argument in call.args[:2]:
        is_name = isinstance(argument, (ast.Constant, ast.JoinedStr)) and isinstance(getattr(argument, "value", ""), str)
        given.setdefault("name" if is_name else "shape", argument)
    weight: dict[str, Any] = {"name": _name(given.get("name"), scope), "shape": _expression(given.get("shape"), scope)}
    trainable = given.get("trainable")
    if isinstance(trainable, ast.Constant) and trainable.value is False:
        weight["trainable"] = False
    if scope.conditions:
        weight["when"] = " and ".join(scope.conditions)[:LONGEST]
    return weight


def _name(node: ast.expr | None, scope: _Scope) -> str:
    if isinstance(node, ast.Constant):
        return str(node.value)
    return _text(node, scope) if node is not None else ""


def _expression(node: ast.expr | None, scope: _Scope) -> str | None:
    if node is None:
        return "()"
    text = _text(node, scope)
    return text if len(text) <= LONGEST else None


def _text(node: ast.expr, scope: _Scope) -> str:
    return ast.unparse(ast.fix_missing_locations(_Inline(scope).visit(_copy(node))))


def _copy(node: ast.expr) -> ast.expr:
    return ast.parse(ast.unparse(node), mode="eval").body


class _Inline(ast.NodeTransformer):
    """Puts what a name was given in its place, and ``units`` for ``self.units``."""

    def __init__(self, scope: _Scope) -> None:
        self.scope = scope

    def visit_Call(self, node: ast.Call) -> ast.expr:  # noqa: N802
        """Conversions that change no number are left out: ``int(x)``, ``tf.TensorShape(x)``, ``x.as_list()``."""
        self.generic_visit(node)
        called = dotted_name(node.func)
        if called in PLAIN and len(node.args) == 1:
            return node.args[0]
        if isinstance(node.func, ast.Attribute) and node.func.attr == "as_list" and not node.args:
            return node.func.value
        return node

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:  # noqa: N802
        """``self.units`` is the argument, or what the constructor made of it."""
        if isinstance(node.value, ast.Name) and node.value.id == "self":
            return self._known(node.attr)
        self.generic_visit(node)
        return node

    def visit_Name(self, node: ast.Name) -> ast.expr:  # noqa: N802
        """A local name."""
        return self._known(node.id)

    def _known(self, name: str) -> ast.expr:
        value = self.scope.values.get(name)
        if value is None or len(ast.unparse(value)) > LONGEST:
            return ast.Name(name, ast.Load())
        return value
