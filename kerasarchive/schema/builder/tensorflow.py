"""The functions that TensorFlow exports, with their arguments: op layers of tf.keras name them in configs and call them."""

from __future__ import annotations

import ast
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from kerasarchive.errors import SchemaError
from kerasarchive.schema.builder.source import dotted_name

ROOT = "tensorflow/python/"


def read_functions(wheel: Path) -> dict[str, list[str]]:
    """Public name (``math.multiply``, ``compat.v1.pad``) -> arguments; ``?`` ends those that have a default.

    Raises SchemaError if the wheel cannot be read.
    """
    found: dict[str, list[str]] = {}
    old: dict[str, list[str]] = {}
    try:
        with zipfile.ZipFile(wheel) as archive:
            for member in sorted(archive.namelist()):
                if member.startswith(ROOT) and member.endswith(".py") and "/keras/" not in member:
                    _read_module(archive.read(member), found, old)
    except (OSError, zipfile.BadZipFile, SyntaxError) as error:
        msg = f"the wheel cannot be read: {error}"
        raise SchemaError(msg, location=str(wheel)) from error
    return dict(sorted((old | found).items()))


def _read_module(source: bytes, found: dict[str, list[str]], old: dict[str, list[str]]) -> None:
    if b"tf_export" not in source:
        return
    for node in ast.parse(source).body:
        if isinstance(node, ast.FunctionDef):
            for names, of_v1 in _exports(node):
                found.update(dict.fromkeys(names, _arguments(node.args)))
                old.update(dict.fromkeys((f"compat.v1.{name}" for name in of_v1), _arguments(node.args)))


def _exports(node: ast.FunctionDef) -> Iterator[tuple[list[str], list[str]]]:
    """(names, names in TensorFlow 1's API) of every ``@tf_export``."""
    for decorator in node.decorator_list:
        if isinstance(decorator, ast.Call) and dotted_name(decorator.func).rpartition(".")[2] == "tf_export":
            of_v1 = next((keyword.value for keyword in decorator.keywords if keyword.arg == "v1"), None)
            yield _texts(decorator.args), _texts(getattr(of_v1, "elts", []))


def _texts(nodes: list[Any]) -> list[str]:
    return [node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)]


def _arguments(spec: ast.arguments) -> list[str]:
    names = [argument.arg for argument in (*spec.posonlyargs, *spec.args)]
    free = len(names) - len(spec.defaults)
    listed = [name if place < free else f"{name}?" for place, name in enumerate(names)]
    listed += [f"{argument.arg}?" for argument in spec.kwonlyargs]
    return [*listed, *(["**"] if spec.kwarg else [])]
