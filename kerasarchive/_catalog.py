"""Where schemas and migrations lie: kav's own in an installed wheel beside the code, in a checkout at the top level.

Those of other libraries come from packs (`_packs`), and are known for as long as these are in use.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, ParamSpec, TypeVar, cast

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
    own = folder("schemas") / library
    shelf = _SHELVES.get(library)
    return shelf.folder if shelf is not None and shelf.folder is not None and not own.is_dir() else own


def migrations(library: str) -> Path:
    """The folder of one library's own migrations; it need not exist."""
    return folder("migrations") / library


def built_in() -> frozenset[str]:
    """Every library that kav itself has schemas of."""
    return frozenset(path.parent.name for path in folder("schemas").glob("*/index.json"))


def libraries() -> tuple[str, ...]:
    """Every library that has schemas, by name."""
    return tuple(sorted(built_in() | _SHELVES.keys()))


@dataclass(frozen=True, slots=True)
class Shelf:
    """The schemas of a library that kav does not ship: a folder, or, where nobody made any, the names of its releases.

    Without schemas every config of the library's classes is taken as it is.
    """

    library: str
    folder: Path | None = None
    releases: tuple[str, ...] = ()

    def file(self, name: str) -> dict[str, Any]:
        """What the file `name` would hold if there were a folder."""
        if name == "index.json":
            parents = zip(self.releases, (None, *self.releases), strict=False)
            return {"library": self.library, "releases": {each: {"file": "open.json", "parent": was} for each, was in parents}}
        return {"$defs": {"library": {"const": self.library, OPEN: True}}} if name == "open.json" else {}


OPEN = "x-kav-open"
"""Marks the schema of a library whose classes nobody has written down."""

_SHELVES: dict[str, Shelf] = {}
_REMEMBERED: list[Callable[[], None]] = []
P = ParamSpec("P")
T = TypeVar("T")


def remembered(most: int | None = None) -> Callable[[Callable[P, T]], Callable[P, T]]:
    """A function with a memory of the last `most` calls, emptied whenever other libraries become known."""

    def remember(function: Callable[P, T]) -> Callable[P, T]:
        memory = lru_cache(maxsize=most)(function)
        _REMEMBERED.append(memory.cache_clear)
        return cast("Callable[P, T]", memory)

    return remember


@contextmanager
def using(shelves: Iterable[Shelf]) -> Iterator[None]:
    """Know these libraries for a while. Of one that kav itself knows, kav's own schemas stay."""
    added = {shelf.library: shelf for shelf in shelves if shelf.library not in built_in()}
    before = dict(_SHELVES)
    try:
        if added:
            _SHELVES.update(added)
            _forget()
        yield
    finally:
        if added:
            _SHELVES.clear()
            _SHELVES.update(before)
            _forget()


def _forget() -> None:
    for forget in _REMEMBERED:
        forget()


def optional(library: str, name: str) -> Mapping[str, Any]:
    """The same as `read_schema` for a file that a library need not have."""
    shelf = _SHELVES.get(library)
    there = (schemas(library) / name).is_file() or (shelf is not None and shelf.folder is None)
    return read_schema(library, name) if there else {}


@remembered()
def read_schema(library: str, name: str) -> dict[str, Any]:
    """One parsed JSON file of a library's schemas. The same object each time: treat it as read-only."""
    shelf = _SHELVES.get(library)
    if shelf is not None and shelf.folder is None:
        return shelf.file(name)
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


@remembered()
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


@remembered()
def definition(library: str, name: str, key: str) -> dict[str, Any]:
    """One parsed definition of a schema file, references followed. The same object each time."""
    text = definition_texts(library, name)[key]
    if text.startswith('{"$ref":'):
        return definition(library, json.loads(text)["$ref"].partition("#")[0], key)
    parsed: dict[str, Any] = json.loads(text)
    return parsed
