"""Whether a value is one that an argument's schema lets pass."""

from __future__ import annotations

import re
from typing import Any

from kerasarchive.schema.builder.library.run import FRESH, Run
from kerasarchive.schema.builder.library.values import Choice, Record, Unknown, Value, is_text

KINDS: dict[str, tuple[type, ...]] = {
    "null": (type(None),),
    "boolean": (bool,),
    "integer": (int,),
    "number": (int, float),
    "string": (str,),
    "array": (list, tuple),
    "object": (Record,),
}


def accepts(schema: dict[str, Any], value: Value, run: Run) -> bool:
    """False only where Keras certainly refuses the value. Words of a role are taken on trust but for the fresh one."""
    if isinstance(value, Choice):
        return any(accepts(schema, one, run) for one in value.values)
    if not schema:
        return True
    if not isinstance(value, (type(None), bool, int, float, str, list, tuple, Record)):
        if isinstance(value, Unknown):
            run.touch(value)
        return not is_text(value) or "type" not in schema or _is_type("", schema["type"])
    if "type" in schema and not _is_type(value, schema["type"]):
        return False
    if isinstance(value, str) and "x-kav-names" in schema and FRESH in value:
        run.notes.roles.add(schema["x-kav-names"])
        return False
    if isinstance(value, Record) and "x-kav-names" in schema and "class_name" not in value.entries:
        return value.computed or value.rest is not None
    words = schema.get("x-kav-words")
    if isinstance(value, str) and words is not None:
        run.compared(value, list(words))
        return value.lower() in words
    if "enum" in schema and isinstance(value, (type(None), bool, int, float, str)):
        run.compared(value, [item for item in schema["enum"] if item is not None])
        return any(type(value) is type(item) and value == item for item in schema["enum"])
    if isinstance(value, str) and schema.get("x-kav-numeric"):
        return re.fullmatch(r"\s*[-+]?[\d_]*\.?\d+([eE][-+]?\d+)?\s*", value) is not None
    if isinstance(value, str) and "pattern" in schema:
        return re.search(schema["pattern"], value) is not None
    if isinstance(value, (list, tuple)):
        sized = schema.get("minItems", 0) <= len(value) <= schema.get("maxItems", len(value))
        return sized and all(accepts(schema.get("items", {}), item, run) for item in value)
    return True


def _is_type(value: Value, kinds: Any) -> bool:
    allowed = kinds if isinstance(kinds, list) else [kinds]
    if isinstance(value, bool):
        return "boolean" in allowed
    return any(isinstance(value, KINDS[kind]) for kind in allowed)
