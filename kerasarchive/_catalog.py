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
