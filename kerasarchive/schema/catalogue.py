"""Which releases kav knows, and what a user's or an archive's words for a release mean."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from typing import Any

from packaging.version import InvalidVersion, Version

from kerasarchive import _catalog
from kerasarchive.errors import UnknownRelease
from kerasarchive.model.release import Release, package_name
from kerasarchive.schema.release_schema import ReleaseSchema


def _index(library: str) -> dict[str, Any]:
    library = package_name(library)
    if library not in _catalog.libraries():
        known = _catalog.libraries()
        close = difflib.get_close_matches(library, known, n=1)
        msg = f"kav has no schemas of the library {library!r}"
        raise UnknownRelease(msg, hint=f"did you mean {close[0]}?" if close else f"known: {', '.join(known)}")
    return _catalog.read_schema(library, "index.json")


@_catalog.remembered()
def releases(library: str = "keras") -> tuple[Release, ...]:
    """The known releases of a library, ascending."""
    return tuple(sorted(Release(library, version) for version in _index(library)["releases"]))


def parent(release: Release) -> Release | None:
    """The release that this one was made from; None for the oldest. A maintenance branch is nobody's ancestor."""
    version = _index(release.library)["releases"][release.label].get("parent")
    return Release(release.library, version) if version else None


def file(release: Release) -> str:
    """The file that holds what a known release accepts: the same for releases that accept the same."""
    name: str = _index(release.library)["releases"][release.label]["file"]
    return name


def load(release: Release | str) -> ReleaseSchema:
    """The schema of a known release (``Release`` or ``keras==3.15.1``).

    Raises `UnknownRelease` naming the nearest known one.
    """
    wanted = release if isinstance(release, Release) else target(release)
    if wanted.label not in _index(wanted.library)["releases"]:
        raise _unknown(str(wanted), wanted.library, wanted.label)
    return _load(wanted, wanted, relaxed=False)


def reading(release: Release) -> ReleaseSchema | None:
    """The schema to read an archive of `release` with; None if kav has none that would be honest.

    A release after the newest known one is read with the newest, relaxed; an unknown patch release with the nearest
    one of its series and flavour, an earlier one if there is any. Of a flavour that kav does not know in that series
    (TensorFlow 1.4 wrote ``2.0.8-tf``) the nearest series that has it is meant.
    """
    try:
        known = releases(release.library)
    except UnknownRelease:
        return None
    if not known or release < known[0]:
        return None
    if release > known[-1]:
        return _load(known[-1], release, relaxed=True)
    kin = [candidate for candidate in known if candidate.flavour == release.flavour]
    same = [candidate for candidate in kin if candidate.key.release[:2] == release.key.release[:2]]
    if release.flavour and not same:
        same = [candidate for candidate in kin if candidate.major == release.major]
    return _load(_nearest(release, same), release, relaxed=False) if same else None


@_catalog.remembered(16)
def together(keras: ReleaseSchema, libraries: tuple[Release, ...]) -> ReleaseSchema:
    """The schema of a Keras with those of releases of libraries beside it."""
    if not libraries:
        return keras
    joined = ReleaseSchema(keras.release, keras.asked, keras.relaxed)
    joined.beside = tuple(ReleaseSchema(library, library, on=joined) for library in libraries)
    return joined


@_catalog.remembered(8)
def _load(release: Release, asked: Release, relaxed: bool) -> ReleaseSchema:
    return ReleaseSchema(release, asked, relaxed)


def target(text: str, *, library: str = "keras") -> Release:
    """The release that a target names.

    ``keras==3.15.1`` is that very release (``==3.0`` is 3.0.0, ``==2.2.4-tf`` the one that tf.keras wrote); a bare
    ``3.15``, ``3.15.*`` and ``latest`` name the newest known release of that series, flavours aside. Raises
    `UnknownRelease` naming the nearest known one.
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
    wanted = _release(library, version.removesuffix(".*"))
    if wanted is None:
        raise _unknown(text, library, version)
    same = [release for release in known if release.flavour == wanted.flavour]
    found = [release for release in same if release.key == wanted.key]
    if wildcard or not exact:
        series = Version(version.removesuffix(".*").removesuffix("-tf")).release
        found = [release for release in same if release.key.release[: len(series)] == series] or found
    if not found:
        raise _unknown(text, library, version)
    return found[-1]


def _release(library: str, version: str) -> Release | None:
    try:
        return Release(library, version)
    except InvalidVersion:
        return None


def _nearest(wanted: Release, known: Sequence[Release]) -> Release:
    """The last one not after `wanted`, else the first."""
    earlier = [release for release in known if release <= wanted]
    return earlier[-1] if earlier else known[0]


def _unknown(text: str, library: str, version: str) -> UnknownRelease:
    known = releases(library)
    wanted = _release(library, version.removesuffix(".*"))
    if wanted is None:
        close = difflib.get_close_matches(version, [release.label for release in known], n=1)
        best = close[0] if close else known[-1].label
    else:
        same = [release for release in known if release.key.release[:2] == wanted.key.release[:2]]
        best = _nearest(wanted, same or known).label
    return UnknownRelease(f"kav knows no release {text!r}", hint=f"the nearest known one is {library}=={best}")
