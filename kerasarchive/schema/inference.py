"""Which releases of the libraries in an archive can have written it: metadata says nothing of them, the content does."""

from __future__ import annotations

from collections.abc import Iterator

from packaging.specifiers import SpecifierSet

from kerasarchive import _catalog
from kerasarchive.model.archive import Archive
from kerasarchive.model.release import KERAS, Provenance, Release
from kerasarchive.schema.catalogue import load, reading, releases
from kerasarchive.schema.contradiction import Absent, contradictions
from kerasarchive.schema.evidence import Evidence, of_archive


def inferred(archive: Archive, keras: Release | None) -> tuple[Provenance, ...]:
    """For each library whose objects the archive holds the range of releases that can have written it, and why.

    `keras` is the Keras that the archive says it was written with. The release that did write it is never left out: a
    release is ruled out only by what it cannot have written. Where everything rules out something, as in an archive that
    was edited, those with the least against them are taken.
    """
    if not isinstance(archive.config, (dict, list)):
        return ()
    packages = _packages()
    evidence = of_archive(archive, packages)
    return tuple(_infer(packages[package], found, keras) for package, found in sorted(evidence.items()))


@_catalog.remembered()
def _packages() -> dict[str, str]:
    """Package -> library, for the libraries that stand on Keras."""
    found = {}
    for library in _catalog.libraries():
        if library in KERAS:
            continue
        package = load(releases(library)[-1]).package
        if package:
            found[package] = library
    return found


def _infer(library: str, evidence: Evidence, keras: Release | None) -> Provenance:
    beside = reading(keras) if keras is not None else None
    known = releases(library)
    against = {release: [*_too_old(release, keras), *contradictions(evidence, load(release), beside)] for release in known}
    least = min(map(_weight, against.values()))
    possible = [release for release in known if _weight(against[release]) == least]
    low, high = possible[0], possible[-1]
    because = list(_because(known, against, low, high))
    if any(least):
        because.insert(0, f"no known release writes all of this; {low.version} comes closest: {against[low][0]}")
    return Provenance(library, between=(low, high), because=tuple(because))


def _weight(reasons: list[str]) -> tuple[int, int]:
    """How much speaks against a release: a class that it does not have more than any number of keys."""
    return sum(isinstance(reason, Absent) for reason in reasons), len(reasons)


def possible(provenance: Provenance) -> tuple[Release, ...]:
    """The known releases in an inferred range, the newest first."""
    if provenance.release is not None:
        return (provenance.release,)
    if provenance.between is None:
        return ()
    low, high = provenance.between
    return tuple(reversed([release for release in releases(provenance.library) if low <= release <= high]))


def _because(
    known: tuple[Release, ...], against: dict[Release, list[str]], low: Release, high: Release
) -> Iterator[str]:
    """Why the range ends where it does."""
    before, after = known.index(low) - 1, known.index(high) + 1
    if before >= 0 and against[known[before]]:
        yield f"not {known[before].version}: {against[known[before]][0]}"
    if after < len(known) and against[known[after]]:
        yield f"not {known[after].version}: {against[known[after]][0]}"


def _too_old(release: Release, keras: Release | None) -> Iterator[str]:
    """A release that asks for a newer Keras than the archive was written with."""
    if keras is None:
        return
    for entry in _catalog.optional(release.library, "overrides.json").get("requires", ()):
        if release.key in SpecifierSet(entry["releases"]) and keras.key not in SpecifierSet(entry["keras"], prereleases=True):
            yield f"it needs keras{entry['keras']}"
