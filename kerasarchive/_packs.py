"""Libraries that bring their own migrations: installed ones by an entry point, a user's own in a folder that he names.

A pack is a folder: its Python files are migrations, and what its ``schemas`` folder holds, if there is one, says what
the library's releases accept. Migrations are code. It is run for the library that a command is about, or in a folder
that the command names; auditing runs none of it. The library itself is never imported.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from kerasarchive import _catalog
from kerasarchive.errors import KavError, PluginError
from kerasarchive.model.release import Release, package_name

if TYPE_CHECKING:
    from kerasarchive.migration import Migration

GROUP = "kerasarchive.migrations"
"""The entry points ``library = package.folder``: the folder is the pack."""

SCHEMAS = "schemas"


@dataclass(frozen=True, slots=True)
class Pack:
    """Where a library's migrations lie. `library`, `package` and `version` are empty for a folder that a user named."""

    folder: Path
    library: str = ""
    package: str = ""
    version: str = ""

    @property
    def title(self) -> str:
        """What a message calls it."""
        return f"{self.package}=={self.version}" if self.package else str(self.folder)


@dataclass(frozen=True, slots=True)
class Brought:
    """What packs bring, and why some of it cannot be used."""

    migrations: tuple[Migration, ...] = ()
    shelves: tuple[_catalog.Shelf, ...] = ()
    problems: tuple[PluginError, ...] = ()


def brought(folder: str | None, libraries: Iterable[str] | None = None) -> Brought:
    """What `folder` brings and what is installed for `libraries` (default: for any). Raises PluginError for the folder alone.

    Of a library that kav itself has migrations of, no installed pack is asked.
    """
    migrations: list[Migration] = []
    shelves: list[_catalog.Shelf] = []
    problems: list[PluginError] = []
    if folder is not None:
        migrations, shelves = _read(Pack(Path(folder)))
    wanted = None if libraries is None else set(map(package_name, libraries))
    for pack in _installed(wanted):
        if isinstance(pack, PluginError):
            problems.append(pack)
            continue
        try:
            found, known = _read(pack)
        except PluginError as error:
            problems.append(error)
        else:
            migrations += found
            shelves += known
    return Brought(tuple(migrations), tuple(shelves), tuple(problems))


def _read(pack: Pack) -> tuple[list[Migration], list[_catalog.Shelf]]:
    from kerasarchive import migration

    try:
        found = list(migration.read(pack.folder))
        foreign = [each.name for each in found if pack.library and each.made_in.library != pack.library]
        if foreign:
            message = f"{foreign[0]} is no migration of {pack.library}"
            raise PluginError(message, location=str(pack.folder))
        return found, list(_shelves(pack, found))
    except KavError as error:
        message = f"{pack.title}: {error.message}" if pack.package else error.message
        raise PluginError(
            message, package=pack.package, version=pack.version, location=error.location, hint=error.hint
        ) from error
    except Exception as error:
        # What a pack holds is anybody's: a version that is none, a sort that fails.
        message = f"{pack.title} cannot be used: {type(error).__name__}: {error}"
        raise PluginError(message, package=pack.package, version=pack.version, location=str(pack.folder)) from error


def _shelves(pack: Pack, migrations: Iterable[Migration]) -> Iterator[_catalog.Shelf]:
    """The pack's schemas; for other libraries of its migrations, the releases that these name."""
    import json

    folder = pack.folder / SCHEMAS
    described = ""
    if (folder / "index.json").is_file():
        index = json.loads((folder / "index.json").read_bytes())
        described = package_name(index["library"])
        for entry in index["releases"].values():
            if not (folder / entry["file"]).is_file():
                message = f"there is no {entry['file']}, which index.json names"
                raise PluginError(message, location=str(folder))
        yield _catalog.Shelf(described, folder)
    named: dict[str, set[Release]] = {}
    for each in migrations:
        named.setdefault(each.made_in.library, {Release(each.made_in.library, "0")}).add(each.made_in)
    for library, releases in named.items():
        if library != described:
            yield _catalog.Shelf(library, None, tuple(release.label for release in sorted(releases)))


@cache
def _entries() -> tuple[tuple[str, Pack | PluginError], ...]:
    """(library, its pack or why there is none) of everything installed; nothing is loaded."""
    from importlib.metadata import distributions

    paths = _paths()
    return tuple(
        (package_name(entry.name), _located(entry.name, entry.value, each.name, each.version, paths))
        for each in distributions(path=paths)
        for entry in each.entry_points
        if entry.group == GROUP
    )


def _installed(wanted: set[str] | None) -> Iterator[Pack | PluginError]:
    if wanted is not None and not wanted - _catalog.built_in():
        return
    seen: set[str] = set()
    for library, pack in sorted(_entries(), key=lambda entry: entry[0]):
        if library not in _catalog.built_in() and library not in seen and (wanted is None or library in wanted):
            seen.add(library)
            yield pack


def _paths() -> list[str]:
    """Where installed packages lie. The current folder is not one of these places: models lie there."""
    here = Path.cwd().resolve()
    return [path for path in sys.path if path and Path(path).resolve() != here]


def _located(library: str, value: str, package: str, version: str, paths: list[str]) -> Pack | PluginError:
    """The pack that an entry point means. A top-level name is found without importing it."""
    from importlib.machinery import PathFinder

    top, *inner = value.split(".")
    if all(part.isidentifier() for part in (top, *inner)) and inner:
        spec = PathFinder.find_spec(top, paths)
        for place in spec.submodule_search_locations or () if spec is not None else ():
            folder = Path(os.fspath(place), *inner)
            if folder.is_dir():
                return Pack(folder, package_name(library), package, version)
    message = f"{package}=={version}: its entry point {library} = {value} names no folder of an installed package"
    return PluginError(message, package=package, version=version, hint=f"write it as {library} = package.folder")
