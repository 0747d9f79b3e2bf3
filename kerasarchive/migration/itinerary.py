"""The legs of a migration: Keras's steps first, then those of the library whose release is the target."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from kerasarchive.errors import NoRoute, UnknownProvenance
from kerasarchive.migration.migration import Migration, Step
from kerasarchive.migration.routing import catalogue, route
from kerasarchive.model.release import Provenance, Release
from kerasarchive.schema import ReleaseSchema

KIN = {"tf_keras": "keras", "keras_nlp": "keras_hub"}
"""tf_keras went on where Keras 2.15 ended, in the same spelling: its archives take the same steps. KerasNLP became KerasHub
with 0.16, whose numbers go on where its own ended."""


@dataclass(frozen=True, slots=True)
class Leg:
    """One library's part of the way. It was written by a release from `source` to `latest`, which is mostly the same."""

    source: Release
    latest: Release
    target: Release

    @property
    def empty(self) -> bool:
        """Whether there is no way to go."""
        return self.source == self.latest == self.target

    @property
    def written(self) -> str:
        """What is known of the release that wrote it, for the record."""
        return str(self.source) if self.source == self.latest else f"{self.source} to {self.latest.label}"

    def steps(self, migrations: Iterable[Migration]) -> tuple[Step, ...]:
        """The steps of this leg, in order. Raises NoRoute."""
        every = (*catalogue(self.target.library), *migrations)
        if self.source == self.latest:
            return route(self.source, self.target, every)
        sure = {step.migration.name for step in route(self.latest, self.target, every)}
        unsure = (step.migration for step in route(self.source, self.target, every))
        return tuple(Step(migration, unsure=migration.name not in sure) for migration in unsure)


def itinerary(
    written_by: Iterable[Provenance], target: Release, schema: ReleaseSchema, named: Release | None
) -> tuple[Leg, ...]:
    """The legs from what is known of an archive to `target`, whose schema is `schema`; Keras's is the first.

    `named` overrides what is known of its library. Raises UnknownProvenance and NoRoute.
    """
    known = tuple(written_by)
    if named is not None and KIN.get(named.library) == target.library:
        named = Release(target.library, named.label)
    if not schema.beside:
        source = named or _written_by(known, target)[0]
        return (Leg(source, source, target),)
    legs = []
    for goal in (schema.release, target):
        same = named is not None and named.library == goal.library
        low, high = (named, named) if same and named is not None else _written_by(known, goal)
        legs.append(Leg(low, high, goal))
    if named is not None and all(leg.target.library != named.library for leg in legs):
        message = f"an archive of {named.library} cannot become one of {target.library}"
        raise NoRoute(message)
    if target < legs[-1].latest:
        message = (
            f"kav writes no archives for older releases of {target.library}, and this one is of {legs[-1].written}"
        )
        raise NoRoute(message, hint=f"name {legs[-1].latest} or later")
    return tuple(legs)


def _written_by(known: Iterable[Provenance], target: Release) -> tuple[Release, Release]:
    """The first and the last release that may have written the archive."""
    for provenance in known:
        if KIN.get(provenance.library, provenance.library) != target.library:
            continue
        if provenance.release is not None:
            release = Release(target.library, provenance.release.label)
            return release, release
        if provenance.between is not None and target.library != "keras":
            low, high = (Release(target.library, each.label) for each in provenance.between)
            return low, high
    message = f"the archive does not say which release of {target.library} wrote it"
    raise UnknownProvenance(message, hint=f"name it: --from {target.library}==VERSION")
