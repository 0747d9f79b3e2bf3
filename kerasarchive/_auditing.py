"""`api.audit` for one archive: the rules, and with targets the foretelling of what loading would do."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from kerasarchive._search import Thorough
from kerasarchive._subjects import judge, outermost_package, provenance
from kerasarchive.formats.rules import RULES, finding
from kerasarchive.model.archive import Archive
from kerasarchive.model.finding import Finding, Skipped
from kerasarchive.model.location import Location
from kerasarchive.model.release import Provenance
from kerasarchive.model.report import Compatibility, Subject
from kerasarchive.schema import ReleaseSchema

OLDER = "keras==2.12.0"
"""Stands for the release of an archive that names none kav knows: the last whose modules are called as in Keras 1 and 2."""

WHOLE = frozenset({"keras-zip", "keras-dir", "h5-model"})
MISFITS = frozenset({"KAV421", "KAV422", "KAV423", "KAV424"})
"""What validation finds of stored variables: missing, unexpected, of another shape, of another kind."""


@dataclass(frozen=True, slots=True)
class Options:
    """What the user asked for. `fails_at` is the rank of the severity that flags."""

    targets: tuple[str, ...] = ()
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    fails_at: int = 2
    allow: tuple[str, ...] = ()
    baseline: str | None = None


def audit(path: str, *, options: Options) -> Subject:
    """The subject of `kav audit`."""
    from kerasarchive import auditing, compatibility, formats
    from kerasarchive.auditing import waiver

    with formats.open(path) as archive:
        written_by, schema = provenance(archive)
        schemas = tuple(trusted(schema))
        findings, skipped = auditing.audit(
            archive, select=options.select, ignore=options.ignore, allow=options.allow, schemas=schemas
        )
        findings += tuple(
            finding
            for finding in misfits(archive, written_by, schema)
            if auditing.wanted(finding.rule, options.select, options.ignore)
        )
        foretold = tuple(_foretell(archive, target, written_by, findings) for target in options.targets)
        findings += tuple(
            finding
            for one in foretold
            for finding in compatibility.statements(one)
            if auditing.wanted(finding.rule, options.select, options.ignore)
        )
        sha256 = None
        if options.baseline is not None:
            sha256 = formats.digest(path)
            findings = tuple(waiver.waived(findings, waiver.read(options.baseline), sha256, date.today()))
        return Subject(
            path, judge(findings, "flagged", fails_at=options.fails_at, skipped=skipped), archive.format,
            sha256=sha256, written_by=written_by, findings=findings, skipped=skipped, not_assessed=auditing.NOT_ASSESSED,
            compatibility=foretold,
        )  # fmt: skip


def beside(search: Thorough, options: Options) -> Iterator[Subject]:
    """A subject for each folder in which something lies that kav does not read, or code."""
    from kerasarchive import auditing
    from kerasarchive.formats import strays

    for folder, passed in search.passed.items():
        skipped: list[Skipped] = []
        findings: list[Finding] = []
        for each in passed:
            if isinstance(each, Skipped):
                skipped.append(each)
            elif (stray := strays.stray(each)) is None:
                continue
            elif stray.kind == strays.HIDES:
                skipped.append(Skipped(stray.path, f"is {stray.what}, which kav does not read"))
            elif auditing.wanted(RULES["stray-code"].code, options.select, options.ignore):
                findings.append(finding("stray-code", f"is {stray.what}", Location(stray.path)))
        skipped, findings = _first(skipped, "files"), findings[:MOST_STRAYS]
        if skipped or findings:
            verdict = judge(findings, "flagged", fails_at=options.fails_at, skipped=skipped)
            yield Subject(folder, verdict, "folder", findings=tuple(findings), skipped=tuple(skipped))


MOST_STRAYS = 100


def _first(skipped: list[Skipped], what: str) -> list[Skipped]:
    if len(skipped) <= MOST_STRAYS:
        return skipped
    more = Skipped(f"{len(skipped) - MOST_STRAYS:,} more {what}", "are of the kinds named before")
    return [*skipped[:MOST_STRAYS], more]


def trusted(schema: ReleaseSchema | None) -> Iterator[ReleaseSchema]:
    """The releases whose symbols count as Keras's own: the newest, and the archive's own or else `OLDER`."""
    from kerasarchive import schema as schemas

    newest = schemas.releases()[-1]
    own = schema.release if schema else schemas.target(OLDER)
    yield from (schemas.load(release) for release in dict.fromkeys((newest, own)))


def misfits(archive: Archive, written_by: tuple[Provenance, ...], schema: ReleaseSchema | None) -> Iterator[Finding]:
    """Weights that are not those that the config implies, of an archive of Keras alone: it is damaged, or was tampered with."""
    from kerasarchive import validation

    alone = all(one.of_keras for one in written_by)
    if schema is None or not alone or archive.format not in WHOLE or archive.config is None or archive.weights is None:
        return
    if validation.as_expected(archive, schema):
        return
    yield from (each for each in validation.validate(archive, schema) if each.rule in MISFITS)


def _foretell(
    archive: Archive, target: str, written_by: tuple[Provenance, ...], audited: tuple[Finding, ...]
) -> Compatibility:
    """What the target release makes of the archive: from its schema, and from what `migrate` would have to do."""
    from kerasarchive import _planning, compatibility, schema, validation
    from kerasarchive.errors import KavError

    release = schema.outermost(target, written_by, outermost_package(archive.config))
    accepts = schema.accepting(release, written_by)
    findings = validation.validate(archive, accepts) if archive.config is not None else ()
    plan, reason = None, ""
    try:
        plan = _planning.plan(archive, release, accepts, written_by)
    except KavError as error:
        reason = str(error)
    return compatibility.assess(archive, release, accepts, (*audited, *findings), plan, no_plan=reason)
