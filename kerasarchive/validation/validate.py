"""Whether an archive's config is one that a release accepts: the way in."""

from __future__ import annotations

from typing import Any

from kerasarchive.model.archive import Archive
from kerasarchive.model.finding import Finding
from kerasarchive.model.location import Location
from kerasarchive.schema import ReleaseSchema, load, reading, releases, written_with
from kerasarchive.validation import rule
from kerasarchive.validation.compilation import check_compilation
from kerasarchive.validation.containers import check_root
from kerasarchive.validation.training import check_training
from kerasarchive.validation.walk import Walk


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
    walk = Walk(schema, own=own, native=native)
    findings: list[Finding] = []
    if schema.relaxed:
        message = f"{schema.asked} is newer than the newest release that kav knows; judged by {schema.release}"
        findings.append(rule.NEWER_RELEASE.finding(message, Location(archive.config_at.member)))
    if archive.config is not None:
        if "training" in schema.raw:
            findings += check_root(archive.config, archive.config_at)
        findings += walk.objects(archive.config, archive.config_at, "layer")
    if archive.training is not None:
        if "training" in schema.raw:
            findings += check_training(archive.training, archive.training_at, walk)
        else:
            findings += check_compilation(archive.training, archive.training_at, walk, legacy=True)
    return tuple(findings)


def validate_config(config: Any, at: Location, schema: ReleaseSchema, *, own: bool = True) -> tuple[Finding, ...]:
    """The same for one serialized object at `at`. `own` lets pass what the release itself writes."""
    return tuple(Walk(schema, own=own).objects(config, at, "layer"))
