"""Which releases an archive may be of that does not say which one wrote it: those that accept its config."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from kerasarchive._subjects import FAILS_AT
from kerasarchive.model.archive import Archive
from kerasarchive.model.release import Provenance, Release
from kerasarchive.schema import ReleaseSchema


def infer(archive: Archive) -> tuple[Provenance, ReleaseSchema] | None:
    """The first and last Keras release that accept the config, and the schema of the last.

    None if the archive says which it is, or if no release does. Bare JSON is what this is for: it may hold no version.
    """
    from kerasarchive import schema, validation

    if archive.config is None or "keras_version" in archive.metadata:
        return None
    written_by = schema.written_with(archive)
    accepting: list[tuple[Release, Release]] = []
    for first, last in _series():
        findings = validation.validate(archive, schema.load(last), written_by=written_by)
        if not any(finding.rank >= FAILS_AT for finding in findings):
            accepting.append((first, last))
    if not accepting:
        return None
    known = (accepting[0][0], accepting[-1][1])
    because = ("the archive records no keras_version", "no release before or after these accepts its config")
    return Provenance("keras", between=known, because=because), schema.load(known[1])


def _series() -> Iterator[tuple[Release, Release]]:
    """First and last of the releases that accept the same, in order."""
    from kerasarchive import schema

    for _, group in groupby(schema.releases(), key=schema.file):
        members = list(group)
        yield members[0], members[-1]
