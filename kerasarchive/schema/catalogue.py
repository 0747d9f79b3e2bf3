"""Which releases kav knows, and what a user's or an archive's words for a release mean."""

from __future__ import annotations

import difflib
from functools import cache, lru_cache
from typing import Any

from packaging.version import InvalidVersion, Version

from kerasarchive import _catalog
from kerasarchive.errors import UnknownRelease
from kerasarchive.model.release import Release
from kerasarchive.schema.release_schema import ReleaseSchema


def _index(library: str) -> dict[str, Any]:
    library = library.replace("-", "_").lower()
    if library not in _catalog.libraries():
        known = _catalog.libraries()
        close = difflib.get_close_matches(library, known, n=1)
        msg = f"kav has no schemas of the library {library!r}"
        raise UnknownRelease(msg, hint=f"did you mean {close[0]}?" if close else f"known: {', '.join(known)}")
    return _catalog.read_schema(library, "index.json")


@cache
def releases(library: str = "keras") -> tuple[Release, ...]:
    """The known releases of a library, ascending."""
    return tuple(sorted(Release(library, version) for version in _index(library)["releases"]))


def parent(release: Release) -> Release | None:
    """The release that this one was made from; None for the oldest. A maintenance branch is nobody's ancestor."""
    version = _index(release.library)["releases"][release.version].get("parent")
    return Release(release.library, version) if version else None


def load(release: Release | str) -> ReleaseSchema:
    """The schema of a known release (``Release`` or ``keras==3.15.1``).

    Raises `UnknownRelease` naming the nearest known one.
    """
    wanted = release if isinstance(release, Release) else target(release)
    if wanted.version not in _index(wanted.library)["releases"]:
        raise _unknown(str(wanted), wanted.library, wanted.version)
    return _load(wanted.library, wanted.version, wanted.version, False)


def reading(release: Release) -> ReleaseSchema | None:
    """The schema to read an archive of `release` with; None if kav has none that would be honest.

    A release after the newest known one is read with the newest, relaxed; an unknown patch release with the nearest
    one of its series, an earlier one if there is any.
    """
    try:
        known = releases(release.library)
    except UnknownRelease:
        return None
    if not known or release < known[0]:
        return None
    if release > known[-1]:
        return _load(release.library, known[-1].version, release.version, True)
    same = [candidate for candidate in known if candidate.key.release[:2] == release.key.release[:2]]
    return _load(release.library, _nearest(release.key, same).version, release.version, False) if same else None


@lru_cache(maxsize=16)
def together(keras: ReleaseSchema, libraries: tuple[Release, ...]) -> ReleaseSchema:
    """The schema of a Keras with those of releases of libraries beside it."""
    if not libraries:
        return keras
    joined = ReleaseSchema(keras.release, keras.asked, keras.relaxed)
    joined.beside = tuple(ReleaseSchema(library, library, on=joined) for library in libraries)
    return joined


@lru_cache(maxsize=8)
def _load(library: str, version: str, asked: str, relaxed: bool) -> ReleaseSchema:
    return ReleaseSchema(Release(library, version), Release(library, asked), relaxed)


def target(text: str, *, library: str = "keras") -> Release:
    """The release that a target names.

    ``keras==3.15.1`` is that very release (``==3.0`` is 3.0.0); a bare ``3.15``, ``3.15.*`` and ``latest`` name the
    newest known release of that series. Raises `UnknownRelease` naming the nearest known one.
    """
    name, exact, version = text.strip().rpartition("==")
    library = name.strip() or library
    version = version.strip()
    if not exact and version and not version[0].isdigit() and version != "latest":
        # `keras` alone means its newest release.
        library, version = version, "latest"
    known = releases(library)
    if version in ("latest", "*"):
        return known[-1]
    wildcard = version.endswith(".*")
    version = version.removesuffix(".*")
    try:
        wanted = Version(version)
    except InvalidVersion:
        raise _unknown(text, library, version) from None
    if exact and not wildcard:
        found = [release for release in known if release.key == wanted]
    else:
        found = [release for release in known if release.key.release[: len(wanted.release)] == wanted.release]
        found = found or [release for release in known if release.key == wanted]
    if not found:
        raise _unknown(text, library, version)
    return found[-1]


def _nearest(wanted: Version, known: list[Release]) -> Release:
    """The last one not after `wanted`, else the first."""
    earlier = [release for release in known if release.key <= wanted]
    return earlier[-1] if earlier else known[0]


def _unknown(text: str, library: str, version: str) -> UnknownRelease:
    known = releases(library)
    try:
        wanted = Version(version)
    except InvalidVersion:
        close = difflib.get_close_matches(version, [release.version for release in known], n=1)
        best = close[0] if close else known[-1].version
    else:
        same = [release for release in known if release.key.release[:2] == wanted.release[:2]]
        best = _nearest(wanted, same or list(known)).version
    return UnknownRelease(f"kav knows no release {text!r}", hint=f"the nearest known one is {library}=={best}")
