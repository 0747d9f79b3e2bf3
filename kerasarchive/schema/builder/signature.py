"""What a call of a layer or operation takes: a graph's nodes hold arguments for it."""

from __future__ import annotations

import ast
from typing import Any

from kerasarchive.schema.builder.classes import SourceClass


def read_call(cls: SourceClass) -> dict[str, Any] | None:
    """``arguments`` in order, those ``required``, and ``more`` (``args``, ``kwargs``) where others are let pass.

    An operation's arguments go to `call` and, when a graph is rebuilt, to `compute_output_spec`; a layer's to `call`,
    but for those that a `__call__` of its own takes first (a recurrent layer's ``initial_state``).
    """
    if cls.role == "operation":
        found = [read for name in ("call", "compute_output_spec") if (read := _method(cls, name)) is not None]
        closed = [read for read in found if "more" not in read]
        if not closed:
            return None
        arguments = [
            name for index, name in enumerate(closed[0]["arguments"]) if all(_takes(read, index, name) for read in closed)
        ]
        return {**closed[0], "arguments": arguments, "required": [n for n in closed[0]["required"] if n in arguments]}
    called = _method(cls, "call")
    if called is None:
        return None
    outer = _method(cls, "__call__", below="Layer")
    if outer is not None:
        called["arguments"] += [name for name in outer["arguments"] if name not in called["arguments"]]
    return called


def _takes(read: dict[str, Any], index: int, name: str) -> bool:
    """Whether a signature has an argument, or calls the one at its place ``_`` because it makes nothing of it."""
    return name in read["arguments"] or read["arguments"][index : index + 1] == ["_"]


def read_build(cls: SourceClass) -> dict[str, Any] | None:
    """The signature of `build` where it makes something of the shapes that it is given."""
    for ancestor in cls.ancestors:
        if ancestor.node.name == "Layer":
            return None
        method = ancestor.methods.get("build")
        if method is not None:
            shapes = {argument.arg for argument in method.args.args[1:]}
            used = any(isinstance(node, ast.Name) and node.id in shapes for node in ast.walk(method))
            return _signature(method.args) if used else None
    return None


def _method(cls: SourceClass, name: str, below: str = "") -> dict[str, Any] | None:
    """The signature of the method that the class has or inherits, from no ancestor named `below` on."""
    for ancestor in cls.ancestors:
        if below and ancestor.node.name == below:
            return None
        method = ancestor.methods.get(name)
        if method is not None:
            return _signature(method.args)
    return None


def _signature(spec: ast.arguments) -> dict[str, Any]:
    positional = [argument.arg for argument in (*spec.posonlyargs, *spec.args)][1:]
    required = positional[: len(positional) - len(spec.defaults)] if spec.defaults else list(positional)
    keywords = [argument.arg for argument in spec.kwonlyargs]
    required += [name for name, value in zip(keywords, spec.kw_defaults, strict=True) if value is None]
    read: dict[str, Any] = {"arguments": [*positional, *keywords], "required": required}
    if keywords:
        read["keywords"] = keywords
    more = [word for word, given in (("args", spec.vararg), ("kwargs", spec.kwarg)) if given]
    return {**read, "more": more} if more else read
