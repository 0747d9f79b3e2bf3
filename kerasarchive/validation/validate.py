"""Whether an archive's config is one that a release accepts: the way in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from kerasarchive.layout.shapes import layer_name, trace
from kerasarchive.model.archive import Archive
from kerasarchive.model.finding import SEVERITIES, Finding
from kerasarchive.model.location import Location
from kerasarchive.model.release import Provenance, Release
from kerasarchive.schema import ReleaseSchema, load, possible, reading, releases, written_with
from kerasarchive.validation import rule
from kerasarchive.validation.compilation import check_compilation
from kerasarchive.validation.containers import check_root
from kerasarchive.validation.legacy_weights import check_legacy_weights
from kerasarchive.validation.library import check_standing_alone
from kerasarchive.validation.tracked_weights import check_tracked_weights
from kerasarchive.validation.training import check_training
from kerasarchive.validation.walk import Walk
from kerasarchive.validation.weights import check_weights

GRAVE = SEVERITIES.index("medium")

def validate(
    archive: Archive, schema: ReleaseSchema, *, written_by: Sequence[Provenance] | None = None, strict: bool = False
) -> tuple[Finding, ...]:
    """Everything in the archive's config that `schema`'s release does not accept, in document order.

    `written_by` is what `schema.written_with` says of the archive, for whoever has asked already.

    An archive judged by the release that wrote it may hold whatever that release writes, even keys that its own
    constructors refuse; judged by another release, or `strict`, only what that release's loader takes passes.
    """
    written_by = written_with(archive) if written_by is None else written_by
    written = next((known.release for known in written_by if known.release), None)
    native = reading(written) if written is not None else None
    own = not strict and native is not None and native.release == schema.release
    if native is None and written is not None and written < releases(written.library)[0]:
        # Older than every schema: the oldest still tells what was Keras's own.
        native = load(releases(written.library)[0])
    modern = archive.is_dot_keras
    libraries = frozenset() if strict else _own_libraries(written_by, schema)
    walk = Walk(schema, own=own, native=native, legacy=not modern, libraries=libraries)
    findings: list[Finding] = []
    if schema.relaxed:
        message = f"{schema.asked} is newer than the newest release that kav knows; judged by {schema.release}"
        findings.append(rule.NEWER_RELEASE.finding(message, Location(archive.config_at.member)))
    if archive.config is not None:
        if walk.older:
            findings += check_root(archive.config, archive.config_at)
        # A `.keras` is read by module and name from the start, older formats by name.
        role = "model" if modern else "layer"
        findings += walk.objects(archive.config, archive.config_at, role)
        if schema.beside and archive.weights is not None and archive.weights.groups():
            findings += check_standing_alone(archive.config, archive.config_at, schema)
    if archive.training is not None:
        if walk.older:
            findings += check_training(archive.training, archive.training_at, walk)
        else:
            findings += check_compilation(archive.training, archive.training_at, walk, legacy=True)
    if isinstance(archive.config, dict) and not any(finding.rank >= GRAVE for finding in findings):
        # Shapes and weights of a config that is not sound would be guesses.
        findings += check_shapes(archive, walk)
        if schema.beside:
            # Replaying a library's source takes as long to import as all the rest.
            from kerasarchive.validation.replayed import check_replayed

            findings += check_replayed(archive, schema)
    return tuple(findings)


def check_shapes(archive: Archive, walk: Walk) -> Iterator[Finding]:
    """Findings about the calls of layers and about the stored weights, both of which follow from the shapes of inputs."""
    if walk.incomplete:
        archive = replace(archive, config=completed(archive.config))
    found = trace(archive.config, recorded=walk.loader.keras3)
    for path, reason in found.refusals.items():
        at = archive.config_at.at(*path)
        layer = archive.config
        for part in path:
            layer = layer[part]
        name = layer_name(layer) if isinstance(layer, dict) else None
        title = f"{layer['class_name']} {name!r}" if name else str(path[-1])
        yield rule.IMPOSSIBLE_CALL.finding(f"{title}: {reason}", at)
    yield from check_weights(archive, walk.schema, walk.loader, found.flows)
    yield from check_legacy_weights(archive, walk.schema, found.flows)
    yield from check_tracked_weights(archive, walk.schema, found.flows)


def completed(value: Any) -> Any:
    """A config in which every object has a config of its own, an empty one where it has none."""
    if isinstance(value, list):
        return [completed(item) for item in value]
    if not isinstance(value, dict):
        return value
    whole = {key: completed(item) for key, item in value.items()}
    if isinstance(value.get("class_name"), str) and "inbound_nodes" in value and not value.get("config"):
        whole["config"] = {}
    return whole


def _own_libraries(written_by: Sequence[Provenance], schema: ReleaseSchema) -> frozenset[Release]:
    """The releases of libraries in `schema` that may have written the archive."""
    if not schema.beside:
        return frozenset()
    found = {release for known in written_by for release in possible(known)}
    return frozenset(part.release for part in schema.beside) & found


def best(
    archive: Archive, schemas: Sequence[ReleaseSchema], written_by: Sequence[Provenance]
) -> tuple[ReleaseSchema | None, tuple[Finding, ...]]:
    """The first of some schemas that accepts the archive, else that which finds least wrong, and what it finds."""
    found: tuple[ReleaseSchema | None, tuple[Finding, ...]] = (None, ())
    least = -1
    for schema in schemas:
        findings = validate(archive, schema, written_by=written_by)
        wrong = sum(finding.rank >= GRAVE for finding in findings)
        if least < 0 or wrong < least:
            found, least = (schema, findings), wrong
        if not wrong:
            break
    return found


def validate_config(config: Any, at: Location, schema: ReleaseSchema, *, own: bool = True) -> tuple[Finding, ...]:
    """The same for one serialized object at `at`. `own` lets pass what the release itself writes.

    An object that names no module is one of the older formats.
    """
    legacy = not (isinstance(config, dict) and "module" in config)
    return tuple(Walk(schema, own=own, legacy=legacy).objects(config, at, "layer"))
