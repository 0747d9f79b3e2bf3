"""Which steps lead from one release to another: those that a release on the way made, in the order of the releases."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from pathlib import Path

from kerasarchive import _catalog
from kerasarchive._discovery import load_folder
from kerasarchive.errors import NoRoute, PluginError
from kerasarchive.migration.migration import Migration, Step, named
from kerasarchive.model.release import Release

WRITTEN = Release("keras", "2.15.0")
"""The release of Keras 2 in whose form kav writes archives; those before lay the weights out otherwise."""


@cache
def catalogue(library: str = "keras") -> tuple[Migration, ...]:
    """The built-in migrations of a library, by release, then by file name."""
    folder = _catalog.migrations(library)
    return read(folder) if folder.is_dir() else ()


def read(folder: Path) -> tuple[Migration, ...]:
    """The migrations that the files of a folder define, by release, then by file name. Raises PluginError."""
    found = []
    for file in load_folder(folder, "migration"):
        if not isinstance(file.value, Migration):
            message = "`migration` is no Migration"
            raise PluginError(message, location=str(file.path), hint="see `kav migration show`")
        found.append(named(file.value, file.stem, file.doc))
    return tuple(sorted(found, key=lambda migration: (migration.made_in, migration.name)))


def route(source: Release, target: Release, migrations: Iterable[Migration]) -> tuple[Step, ...]:
    """The steps from `source` to `target`, which may lie before it; none if they are the same release.

    Raises NoRoute where kav cannot write what the target reads.
    """
    if source.library != target.library:
        message = f"an archive of {source.library} cannot become one of {target.library}"
        raise NoRoute(message)
    if target.library == WRITTEN.library and target < WRITTEN and source != target:
        message = f"kav does not write archives for {target} yet"
        raise NoRoute(message, hint=f"name {WRITTEN} or later")
    ordered = sorted(
        (migration for migration in migrations if migration.library == source.library),
        key=lambda migration: (migration.made_in, migration.name),
    )
    changes = [migration for migration in ordered if migration.repairs is None]
    repairs = () if source == target else tuple(Step(migration) for migration in ordered if _repairs(migration, source))
    if source <= target:
        return (*repairs, *(Step(migration) for migration in changes if source < migration.made_in <= target))
    back = [migration for migration in changes if target < migration.made_in <= source]
    return (*repairs, *(Step(migration, down=True) for migration in reversed(back)))


def _repairs(migration: Migration, source: Release) -> bool:
    """Whether archives of `source` need what the migration repairs, whichever way they go."""
    if migration.repairs is None:
        return False
    first, last = (Release(migration.library, version) for version in migration.repairs)
    return first <= source <= last
