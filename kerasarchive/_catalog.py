"""Where kav's own data lies: in an installed wheel beside the code, in a checkout at the top level."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from kerasarchive.errors import SchemaError

PACKAGE = Path(__file__).parent


@cache
def folder(kind: str) -> Path:
    """The folder of all ``schemas`` or all ``migrations``.

    Raises `SchemaError` if this installation has none.
    """
    for candidate in (PACKAGE / "_bundled" / kind, PACKAGE.parent / kind):
        if candidate.is_dir():
            return candidate
    msg = f"this installation of kav has no {kind}"
    raise SchemaError(msg, location=str(PACKAGE), hint="reinstall kerasarchive")


def schemas(library: str) -> Path:
    """The folder of one library's schemas; it need not exist."""
    return folder("schemas") / library


def migrations(library: str) -> Path:
    """The folder of one library's migrations; it need not exist."""
    return folder("migrations") / library


def libraries() -> tuple[str, ...]:
    """Every library that has schemas, by name."""
    return tuple(sorted(path.parent.name for path in folder("schemas").glob("*/index.json")))


@cache
def read_schema(library: str, name: str) -> dict[str, Any]:
    """One parsed JSON file of a library's schemas. The same object each time: treat it as read-only."""
    path = schemas(library) / name
    try:
        content = json.loads(path.read_bytes())
    except OSError as error:
        msg = f"the schema cannot be read: {error.strerror or error}"
        raise SchemaError(msg, location=str(path)) from error
    except ValueError as error:
        msg = f"the schema is no JSON: {error}"
        raise SchemaError(msg, location=str(path)) from error
    if not isinstance(content, dict):
        msg = "the schema is no JSON object"
        raise SchemaError(msg, location=str(path))
    return content


def measured(library: str) -> list[dict[str, Any]]:
    """What real releases of a library were seen to take, in blocks; none if nobody has tried."""
    if not (schemas(library) / "measured.json").exists():
        return []
    blocks: list[dict[str, Any]] = read_schema(library, "measured.json")["measured"]
    return blocks


@cache
def definition_texts(library: str, name: str) -> dict[str, str]:
    """The JSON text of every definition in a schema file, unparsed.

    The files hold one definition a line, so that whoever needs three of seven hundred parses three.
    """
    path = schemas(library) / name
    try:
        lines = path.read_text("utf-8").split("\n")
        start = lines.index('"$defs":{') + 1
    except (OSError, ValueError):
        return {key: json.dumps(value) for key, value in read_schema(library, name).get("$defs", {}).items()}
    texts = (line.partition('":') for line in lines[start:] if line.startswith('"'))
    return {key[1:]: text.removesuffix(",") for key, _, text in texts}


@cache
def definition(library: str, name: str, key: str) -> dict[str, Any]:
    """One parsed definition of a schema file, references followed. The same object each time."""
    text = definition_texts(library, name)[key]
    if text.startswith('{"$ref":'):
        return definition(library, json.loads(text)["$ref"].partition("#")[0], key)
    parsed: dict[str, Any] = json.loads(text)
    return parsed
