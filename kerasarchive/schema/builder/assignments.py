"""What a constructor's statements do to the names of its arguments before and between its checks."""

from __future__ import annotations

import ast

from kerasarchive.schema.builder.source import dotted_name


class Attributes(ast.NodeTransformer):
    """Reads ``self.filters`` as ``filters`` once ``self.filters = filters`` has been seen."""

    def __init__(self, names: set[str]) -> None:
        self.names = names
        self.known: dict[str, str] = {}

    def learn(self, statement: ast.stmt) -> None:
        """Take note of a plain assignment; any other one ends what was known of that attribute."""
        for node in ast.walk(statement):
            if isinstance(node, ast.Assign) and dotted_name(node.targets[0]).startswith("self."):
                attribute, value = dotted_name(node.targets[0])[5:], dotted_name(node.value)
                if value in self.names and node is statement:
                    self.known[attribute] = value
                else:
                    self.known.pop(attribute, None)

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:  # noqa: N802
        """Replace ``self.x`` where it is still the argument as it came."""
        if isinstance(node.value, ast.Name) and node.value.id == "self" and node.attr in self.known:
            return ast.copy_location(ast.Name(self.known[node.attr], ast.Load()), node)
        self.generic_visit(node)
        return node


def replaces_none(statement: ast.stmt, names: set[str]) -> str | None:
    """The parameter of ``if p is None: p = ...``."""
    if (
        isinstance(statement, ast.If)
        and isinstance(statement.test, ast.Compare)
        and isinstance(statement.test.left, ast.Name)
        and statement.test.left.id in names
        and isinstance(statement.test.ops[0], ast.Is)
        and not statement.orelse
        and assigned(statement) == {statement.test.left.id}
    ):
        return statement.test.left.id
    return None


def replaces_word(statement: ast.stmt, names: set[str]) -> tuple[str, str] | None:
    """The parameter and the word of ``if p == 'default': p = ...``."""
    test = statement.test if isinstance(statement, ast.If) else None
    if (
        isinstance(statement, ast.If)
        and isinstance(test, ast.Compare)
        and isinstance(test.left, ast.Name)
        and test.left.id in names
        and isinstance(test.ops[0], ast.Eq)
        and isinstance(word := test.comparators[0], ast.Constant)
        and isinstance(word.value, str)
        and not statement.orelse
        and assigned(statement) == {test.left.id}
    ):
        return test.left.id, word.value
    return None


def renamed(statement: ast.stmt, names: set[str]) -> tuple[str, str] | None:
    """The parameter and its older name in ``learning_rate = kwargs.pop('lr', learning_rate)``."""
    value = statement.value if isinstance(statement, ast.Assign) else None
    if isinstance(statement, ast.Assign) and isinstance(value, ast.Call) and len(value.args) == 2:
        name, (old, default) = dotted_name(statement.targets[0]), value.args
        popped = isinstance(value.func, ast.Attribute) and value.func.attr == "pop"
        if popped and name in names and dotted_name(default) == name and isinstance(old, ast.Constant):
            return name, str(old.value)
    return None


def assigned(statement: ast.stmt) -> set[str]:
    """Every name that the statement binds or deletes."""
    return {
        node.id
        for node in ast.walk(statement)
        if isinstance(node, ast.Name) and isinstance(node.ctx, (ast.Store, ast.Del))
    }


def converts(statement: ast.stmt) -> bool:
    """``if isinstance(filters, float): filters = int(filters)``: the checks after it still hold for the argument."""
    return (
        isinstance(statement, ast.If)
        and isinstance(statement.test, ast.Call)
        and dotted_name(statement.test.func) == "isinstance"
        and not statement.orelse
        and len(statement.body) == 1
        and isinstance(statement.body[0], ast.Assign)
        and isinstance(statement.body[0].value, ast.Call)
    )
