"""A target is a full set of pins: what Keras goes with the release of a library that stands on it."""

from __future__ import annotations

from collections.abc import Iterable

from packaging.specifiers import SpecifierSet

from kerasarchive import _catalog
from kerasarchive.errors import NoRoute
from kerasarchive.model.release import KERAS, Provenance, Release
from kerasarchive.schema.catalogue import load, reading, releases, target, together
from kerasarchive.schema.inference import possible
from kerasarchive.schema.release_schema import ReleaseSchema

"""The libraries that read archives by themselves; others stand on them."""


def accepting(wanted: Release, written_by: Iterable[Provenance]) -> ReleaseSchema:
    """The schema of a target; that of a library stands beside the Keras which goes with it.

    So do those of the other libraries in the archive, which a migration for one leaves as they are. Raises NoRoute where
    no Keras goes with it, and UnknownRelease.
    """
    if wanted.of_keras:
        return load(wanted)
    known = tuple(written_by)
    recorded = next((one.release for one in known if one.library == "keras"), None)
    others = tuple(
        release
        for one in known
        if not one.of_keras and one.library != wanted.library and one.library in _catalog.libraries()
        for release in possible(one)[:1]
    )
    return together(load(keras_for(wanted, recorded)), (load(wanted).release, *others))


def keras_for(library: Release, recorded: Release | None) -> Release:
    """The lowest Keras, not below the recorded one, that a library's release supports. Raises NoRoute."""
    overrides = _catalog.optional(library.library, "overrides.json")
    asked = [entry["keras"] for entry in overrides.get("requires", ()) if library.key in SpecifierSet(entry["releases"])]
    least = reading(recorded) if recorded is not None else None
    for release in releases("keras"):
        supported = all(release.key in SpecifierSet(spec) for spec in asked)
        if supported and not release.flavour and (least is None or least.release <= release):
            return release
    message = f"{library} supports no Keras that kav knows" + (f" from {recorded} on" if recorded else "")
    raise NoRoute(message)


def outermost(text: str, written_by: Iterable[Provenance], package: str) -> Release:
    """The release that a target names for an archive whose outermost class is from `package`.

    A bare number is one of that library's, where kav knows it and can tell that it is in the archive.
    """
    known = {one.library for one in written_by}
    if text.strip()[:1].isdigit() and "==" not in text and package in known - KERAS:
        return target(text, library=package)
    return target(text)
