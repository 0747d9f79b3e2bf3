"""Keras 1 argument names that constructors of Keras 2.0 to 2.3 still take: decorators made by ``generate_legacy_interface``."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from kerasarchive.schema.builder.calls import Resolve, Schema
from kerasarchive.schema.builder.source import dotted_name

MAKER = "generate_legacy_interface"

DEEPEST = 4
"""Preprocessors call one another; they are followed this far."""


def legacy_names(init: ast.FunctionDef, resolve: Resolve) -> dict[str, Schema]:
    """Each old name with ``x-kav-to``, what it is converted to (missing where it is dropped), and accepted values.

    Several old names of one new one (``nb_row`` and ``nb_col``, to ``kernel_size``) make a list of their values.
    """
    found: dict[str, Schema] = {}
    for decorator in init.decorator_list:
        name = dotted_name(decorator)
        made = resolve(name) if name else None
        if isinstance(made, ast.Call) and dotted_name(made.func).endswith(MAKER):
            given = {keyword.arg: keyword.value for keyword in made.keywords}
            values = _values(given.get("value_conversions"))
            for old, new in _pairs(given.get("conversions")):
                found[old] = {"x-kav-to": new, **values.get(old, {})}
            beside = name.rpartition(".")[0]
            for old, to in _preprocessed(dotted_name(given.get("preprocessor")), beside, resolve, DEEPEST):
                found.setdefault(old, {"x-kav-to": to} if to else {})
    return found


def _pairs(node: ast.expr | None) -> Iterator[tuple[str, str]]:
    for item in node.elts if isinstance(node, (ast.List, ast.Tuple)) else ():
        if isinstance(item, ast.Tuple) and len(item.elts) == 2:
            old, new = (part.value if isinstance(part, ast.Constant) else "" for part in item.elts)
            yield str(old), str(new)


def _values(node: ast.expr | None) -> dict[str, Schema]:
    """``{"dim_ordering": {"tf": "channels_last"}}``: what stands for what; other values are left as they are."""
    found: dict[str, Schema] = {}
    for key, table in zip(node.keys, node.values, strict=True) if isinstance(node, ast.Dict) else ():
        if isinstance(key, ast.Constant) and isinstance(table, ast.Dict):
            found[str(key.value)] = {"x-kav-values": ast.literal_eval(table)}
    return found


def _preprocessed(name: str, beside: str, resolve: Resolve, depth: int) -> Iterator[tuple[str, str]]:
    """What a preprocessor takes out of the keywords, each with what it puts in its place in the same branch."""
    function = resolve(f"{beside}.{name}" if beside else name) if name else None
    if not isinstance(function, ast.FunctionDef) or not depth:
        return
    yield from _replaced(function.body, "")
    for node in ast.walk(function):
        if isinstance(node, ast.Call) and dotted_name(node.func).endswith("_preprocessor"):
            yield from _preprocessed(dotted_name(node.func), beside, resolve, depth - 1)


def _replaced(body: list[ast.stmt], around: str) -> Iterator[tuple[str, str]]:
    """``kwargs["new"] = ... kwargs.pop("old")``; `around` is what the code around the branch puts in."""
    nodes = [node for statement in body for node in ast.walk(statement)]
    put = next((key for node in nodes if isinstance(node, ast.Subscript) and (key := _stored(node))), around)
    for statement in body:
        if isinstance(statement, ast.If):
            yield from _replaced(statement.body, put)
            yield from _replaced(statement.orelse, put)
            continue
        for node in ast.walk(statement):
            if isinstance(node, ast.Call) and dotted_name(node.func) == "kwargs.pop" and node.args:
                old = node.args[0]
                if isinstance(old, ast.Constant) and str(old.value) != put:
                    yield str(old.value), put


def _stored(node: ast.Subscript) -> str:
    key = node.slice
    stored = isinstance(node.ctx, ast.Store) and dotted_name(node.value) == "kwargs" and isinstance(key, ast.Constant)
    return str(key.value) if stored and isinstance(key, ast.Constant) else ""
