"""Whether a recorded call of a layer is one that it takes: its form, its tensors, its other arguments."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from kerasarchive.model.config import MARKERS, ObjectNode
from kerasarchive.model.finding import Finding
from kerasarchive.model.location import Location
from kerasarchive.schema import Call, ClassSchema, ReleaseSchema
from kerasarchive.schema.release_schema import nearest
from kerasarchive.validation import rule
from kerasarchive.validation.building import is_size
from kerasarchive.validation.loader import Loader
from kerasarchive.validation.references import is_entry, references

ALWAYS = frozenset({"training"})
"""Arguments that a layer of Keras 3 takes from any call, whether or not its own `call` has them."""

def check_call(
    layer: dict[str, Any], node: Any, at: Location, schema: ReleaseSchema, loader: Loader
) -> Iterator[Finding]:
    """Findings about one entry of a layer's ``inbound_nodes``."""
    cls = schema.find(ObjectNode(layer, at), "layer") if isinstance(layer.get("class_name"), str) else None
    call = cls.call if cls is not None else None
    if cls is not None and cls.class_name == "TFOpLambda":
        config = layer.get("config")
        call = schema.tensorflow(str(config.get("function")) if isinstance(config, dict) else "")
    if isinstance(node, list):
        yield from _listed(node, at, cls, call, schema)
    elif not loader.keras3:
        yield rule.MALFORMED_NODE.finding("a call must be a list of references", at)
    elif not isinstance(node, dict):
        yield rule.MALFORMED_NODE.finding("a call must be an object with args and kwargs", at)
    elif not node:
        yield rule.MALFORMED_NODE.finding("a call without any tensor", at)
    else:
        for key in ("args", "kwargs"):
            if key not in node:
                yield rule.MALFORMED_NODE.finding(f"the call has no {key}", at)
        args, kwargs = node.get("args", []), node.get("kwargs", {})
        if not isinstance(args, list):
            yield rule.MALFORMED_NODE.finding("args of a call must be a list", at / "args")
            args = []
        if not isinstance(kwargs, dict):
            yield rule.MALFORMED_NODE.finding("kwargs of a call must be an object", at / "kwargs")
            kwargs = {}
        strict = "" if cls is None else "operation" if cls.role == "operation" else "layer"
        yield from _tensors(args, at / "args", schema, loader, strict=strict)
        yield from _tensors(kwargs, at / "kwargs", schema, loader, strict="")
        if cls is not None:
            yield from _arguments(len(args), kwargs, at, cls, schema, loader)
            if strict == "layer" and args and not any(references(args[0], ())):
                yield rule.MALFORMED_NODE.finding("the first argument of a layer's call holds no tensor", at.at("args", 0))


def _listed(
    node: list[Any], at: Location, cls: ClassSchema | None, call: Call | None, schema: ReleaseSchema
) -> Iterator[Finding]:
    """Keras 2's form: ``[["x", 0, 0, {...}], ...]``, one reference alone or any structure of them."""
    stack: list[tuple[Any, Location]] = [(node, at)]
    given: tuple[dict[str, Any], Location] = ({}, at)
    entries = 0
    while stack:
        value, place = stack.pop()
        if is_entry(value):
            entries += 1
            keywords = value[3] if len(value) == 4 else {}
            if not isinstance(keywords, dict):
                yield rule.MALFORMED_NODE.finding("the arguments of a call must be an object", place / 3)
                continue
            given = (keywords, place / 3)
        elif isinstance(value, list):
            stack += [(value[index], place / index) for index in range(len(value) - 1, -1, -1)]
        elif isinstance(value, dict):
            stack += [(child, place / key) for key, child in sorted(value.items(), reverse=True)]
        else:
            yield rule.MALFORMED_NODE.finding("where a reference to a tensor belongs stands something else", place)
    if not entries:
        yield rule.MALFORMED_NODE.finding("a call without any tensor", at)
    elif cls is not None and call is not None:
        # Every entry has arguments; those of the last are taken.
        if "kwargs" not in call.more:
            yield from _unknown(*given, cls, call, schema, frozenset())
        missing = [name for name in call.required[1:] if name not in given[0]]
        if missing:
            message = f"a call of {cls.name} of {schema.release} needs {missing[0]!r}"
            yield rule.MISSING_ARGUMENT.finding(message, at)


def _unknown(
    keywords: dict[str, Any], at: Location, cls: ClassSchema, call: Call, schema: ReleaseSchema, more: frozenset[str]
) -> Iterator[Finding]:
    for key in keywords:
        if key not in call.arguments and key not in more:
            close = nearest(key, list(call.arguments))
            message = f"a call of {cls.name} of {schema.release} does not accept {key!r}"
            remedy = f"did you mean {close!r}?" if close else ""
            yield rule.UNKNOWN_ARGUMENT.finding(message, at / key, remedy=remedy)


def _arguments(
    count: int, kwargs: dict[str, Any], at: Location, cls: ClassSchema, schema: ReleaseSchema, loader: Loader
) -> Iterator[Finding]:
    call = cls.call
    if call is None:
        return
    if "kwargs" not in call.more:
        yield from _unknown(kwargs, at / "kwargs", cls, call, schema, ALWAYS if cls.role != "operation" else frozenset())
    names = [name for name in call.arguments if name not in call.keywords]
    if count > len(names) and "args" not in call.more:
        message = f"a call of {cls.name} takes {len(names)} arguments by position, here are {count}"
        yield rule.MALFORMED_NODE.finding(message, at / "args")
    for name in names[:count]:
        if name in kwargs:
            message = f"a call of {cls.name} gets {name!r} twice"
            yield rule.MALFORMED_NODE.finding(message, at.at("kwargs", name))
    missing = [name for name in call.required if name not in kwargs and name not in names[:count]]
    if missing:
        message = f"a call of {cls.name} of {schema.release} needs {missing[0]!r}"
        yield rule.MISSING_ARGUMENT.finding(message, at)


def _tensors(value: Any, at: Location, schema: ReleaseSchema, loader: Loader, *, strict: str) -> Iterator[Finding]:
    """What stands in ``args`` or ``kwargs``.

    `strict` is ``layer`` where nothing but tensors and null may stand, ``operation`` where other plain values may too,
    but no objects.
    """
    stack: list[tuple[Any, Location]] = [(value, at)]
    while stack:
        current, place = stack.pop()
        if isinstance(current, dict):
            name = current.get("class_name")
            if name == "__keras_tensor__" and "config" in current:
                yield from _tensor(current["config"], place / "config", schema, loader)
            elif isinstance(name, str) and name in MARKERS and "config" in current:
                continue
            elif "class_name" in current and "config" in current:
                message = "where a tensor belongs stands an object" if strict else "an argument must be a plain value"
                if strict or not isinstance(current.get("module"), str):
                    yield rule.MALFORMED_NODE.finding(message, place)
            elif strict == "operation":
                yield rule.MALFORMED_NODE.finding("where a tensor or a plain value belongs stands an object", place)
            else:
                stack += [(child, place / key) for key, child in reversed(current.items())]
        elif isinstance(current, list):
            stack += [(current[index], place / index) for index in range(len(current) - 1, -1, -1)]
        elif strict == "layer" and current is not None:
            yield rule.MALFORMED_NODE.finding("a layer takes nothing but tensors by position", place)


def _tensor(config: Any, at: Location, schema: ReleaseSchema, loader: Loader) -> Iterator[Finding]:
    """The description of a symbolic tensor: shape, dtype and history."""
    if not isinstance(config, dict):
        yield rule.MALFORMED_NODE.finding("the description of a tensor must be an object", at)
        return
    for key in ("shape", "dtype", "keras_history"):
        if key not in config or (key == "keras_history" and config[key] is None):
            yield rule.MALFORMED_NODE.finding(f"the description of a tensor has no {key}", at)
    shape, dtype = config.get("shape", []), config.get("dtype", "float32")
    if not isinstance(shape, list):
        yield rule.WRONG_TYPE.finding("the shape of a tensor must be a list", at / "shape")
    elif any(size is not None and not is_size(size, loader) for size in shape):
        yield rule.WRONG_VALUE.finding("the sizes in a tensor's shape must be whole numbers or null", at / "shape")
    if dtype is not None and (not isinstance(dtype, str) or dtype not in schema.dtypes):
        close = nearest(dtype, sorted(schema.dtypes)) if isinstance(dtype, str) else ""
        remedy = f"did you mean {close!r}?" if close else ""
        yield rule.WRONG_VALUE.finding(f"{schema.release} has no dtype {dtype!r}", at / "dtype", remedy=remedy)
