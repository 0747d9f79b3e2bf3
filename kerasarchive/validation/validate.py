"""Whether an archive's config is one that a release accepts: the way in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kerasarchive.model.archive import Archive
from kerasarchive.model.finding import SEVERITIES, Finding
from kerasarchive.model.location import Location
from kerasarchive.model.release import Release
from kerasarchive.schema import ReleaseSchema, load, possible, reading, releases, written_with
from kerasarchive.validation import rule
from kerasarchive.validation.compilation import check_compilation
from kerasarchive.validation.library import check_root
from kerasarchive.validation.walk import Walk

GRAVE = SEVERITIES.index("medium")


def validate(archive: Archive, schema: ReleaseSchema) -> tuple[Finding, ...]:
    """Everything in the archive's config that `schema`'s release does not accept, in document order.

    An archive judged by the release that wrote it may hold whatever that release writes, even keys that its own
    constructors refuse; judged by another release only what that release's loader takes passes.
    """
    written = next((known.release for known in written_with(archive) if known.release), None)
    native = reading(written) if written is not None else None
    own = native is not None and native.release == schema.release
    if native is None and written is not None and written < releases(written.library)[0]:
        # Older than every schema: the oldest still tells what was Keras's own.
        native = load(releases(written.library)[0])
    walk = Walk(schema, own=own, native=native, libraries=_own_libraries(archive, schema))
    findings: list[Finding] = []
    if schema.relaxed:
        message = f"{schema.asked} is newer than the newest release that kav knows; judged by {schema.release}"
        findings.append(rule.NEWER_RELEASE.finding(message, Location(archive.config_at.member)))
    if archive.config is not None:
        findings += walk.objects(archive.config, archive.config_at, "layer")
        if schema.beside and archive.weights is not None and archive.weights.groups():
            findings += check_root(archive.config, archive.config_at, schema)
    if archive.training is not None:
        findings += check_compilation(archive.training, archive.training_at, walk, legacy=True)
    return tuple(findings)


def _own_libraries(archive: Archive, schema: ReleaseSchema) -> frozenset[Release]:
    """The releases of libraries in `schema` that may have written the archive."""
    if not schema.beside:
        return frozenset()
    found = {release for known in written_with(archive) if known.library != "keras" for release in possible(known)}
    return frozenset(part.release for part in schema.beside) & found


def best(
    archive: Archive, schemas: Sequence[ReleaseSchema]
) -> tuple[ReleaseSchema | None, tuple[Finding, ...]]:
    """The first of some schemas that accepts the archive, else that which finds least wrong, and what it finds."""
    found: tuple[ReleaseSchema | None, tuple[Finding, ...]] = (None, ())
    least = -1
    for schema in schemas:
        findings = validate(archive, schema)
        wrong = sum(finding.rank >= GRAVE for finding in findings)
        if least < 0 or wrong < least:
            found, least = (schema, findings), wrong
        if not wrong:
            break
    return found


def validate_config(config: Any, at: Location, schema: ReleaseSchema, *, own: bool = True) -> tuple[Finding, ...]:
    """The same for one serialized object at `at`. `own` lets pass what the release itself writes."""
    return tuple(Walk(schema, own=own).objects(config, at, "layer"))
