"""`api.audit` for one archive: the rules, and with targets the foretelling of what loading would do."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache, partial

from kerasarchive._policy import Policy
from kerasarchive._search import StrPath, Thorough
from kerasarchive._subjects import conclude, judge, outermost_package, provenance, survey
from kerasarchive.auditing.evidence import Flows
from kerasarchive.auditing.waiver import UNUSED, Waiver, read, unused, waived
from kerasarchive.errors import KavError
from kerasarchive.formats.rules import RULES, finding
from kerasarchive.model.archive import Archive
from kerasarchive.model.finding import SEVERITIES, Finding, Skipped
from kerasarchive.model.location import Location
from kerasarchive.model.release import Provenance
from kerasarchive.model.report import Compatibility, Report, Subject
from kerasarchive.schema import ReleaseSchema

OLDER = "keras==2.12.0"
"""Stands for the release of an archive that names none kav knows: the last whose modules are called as in Keras 1 and 2."""

WHOLE = frozenset({"keras-zip", "keras-dir", "h5-model"})
MISFITS = frozenset({"KAV421", "KAV422", "KAV423", "KAV424"})
"""What validation finds of stored variables: missing, unexpected, of another shape, of another kind."""
MOST_STRAYS = 100
"""Files of one folder that are named one by one."""


@dataclass(frozen=True, slots=True)
class Options:
    """A policy, and the file of a baseline."""

    policy: Policy
    baseline: str | None = None

    @property
    def fails_at(self) -> int:
        """The rank of the severity that flags."""
        return SEVERITIES.index(self.policy.fail_on)

    @property
    def waives(self) -> bool:
        """Whether findings may be waived, for which the archives' digests are needed."""
        return bool(self.policy.waivers) or self.baseline is not None

    def waivers(self) -> tuple[Waiver, ...]:
        """Those of the policy and those of the baseline. Raises KavError where that cannot be read."""
        return self.policy.waivers + (read(self.baseline) if self.baseline is not None else ())

    def wants(self, rule: str) -> bool:
        """Whether a rule is to be heard."""
        from kerasarchive.auditing import wanted

        return wanted(rule, self.policy.select, self.policy.ignore)


def report(paths: Sequence[StrPath], policy: Policy, baseline: str | None = None) -> Report:
    """The audit of every archive at or below `paths`, of what lies beside them, and of waivers that waived nothing."""
    search, options = Thorough(), Options(policy, baseline)
    found = survey("audit", paths, partial(audit, options=options), search=search)
    more = (*beside(search, options), *_of_no_use(found.subjects, options))
    return conclude("audit", (*found.subjects, *more))


def audit(path: str, *, options: Options) -> Subject:
    """The subject of `kav audit`."""
    from kerasarchive import auditing, compatibility, formats
    from kerasarchive.layout import shapes

    with formats.open(path) as archive:
        written_by, schema = provenance(archive)
        schemas = tuple(trusted(schema))
        flows = cache(lambda: shapes.infer(archive.config))
        findings, skipped = auditing.audit(
            archive,
            flows=flows,
            select=options.policy.select,
            ignore=options.policy.ignore,
            allow=options.policy.allow,
            schemas=schemas,
        )
        findings += tuple(
            finding for finding in misfits(archive, written_by, schema, flows) if options.wants(finding.rule)
        )
        foretold = tuple(_foretell(archive, target, written_by, findings) for target in options.policy.for_)
        findings += tuple(
            finding for one in foretold for finding in compatibility.statements(one) if options.wants(finding.rule)
        )
        sha256 = None
        if options.policy.deep:
            deep, unread = _deep(archive, findings)
            findings += tuple(each for each in deep if options.wants(each.rule))
            skipped += unread
        if options.waives:
            sha256 = formats.digest(path)
            findings = tuple(waived(findings, options.waivers(), sha256, date.today()))
        return Subject(
            path, judge(findings, "flagged", fails_at=options.fails_at, skipped=skipped), archive.format,
            sha256=sha256, written_by=written_by, findings=findings, skipped=skipped, not_assessed=auditing.NOT_ASSESSED,
            compatibility=foretold,
        )  # fmt: skip


def _deep(archive: Archive, known: tuple[Finding, ...]) -> tuple[tuple[Finding, ...], tuple[Skipped, ...]]:
    """What reading every byte shows beyond what is known, and what was too hollow to be read."""
    from kerasarchive import formats

    unread: list[Skipped] = []
    said = {(each.rule, each.location) for each in known}
    found = tuple(each for each in formats.check(archive, unread) if (each.rule, each.location) not in said)
    return found, tuple(unread)


def beside(search: Thorough, options: Options) -> Iterator[Subject]:
    """A subject for each folder in which something lies that kav does not read, or code."""
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
            elif options.wants(RULES["stray-code"].code):
                findings.append(finding("stray-code", f"is {stray.what}", Location(stray.path)))
        skipped, findings = _first(skipped, "files"), findings[:MOST_STRAYS]
        if skipped or findings:
            verdict = judge(findings, "flagged", fails_at=options.fails_at, skipped=skipped)
            yield Subject(folder, verdict, "folder", findings=tuple(findings), skipped=tuple(skipped))


def _of_no_use(subjects: Iterable[Subject], options: Options) -> Iterator[Subject]:
    """A subject for waivers that waived nothing."""
    if not options.waives or not options.wants(UNUSED.code):
        return
    try:
        listed = options.waivers()
    except KavError:  # every subject says so
        return
    found = ((subject.sha256, each.rule) for subject in subjects for each in subject.findings)
    findings = tuple(unused(listed, found, date.today()))
    if findings:
        verdict = judge(findings, "flagged", fails_at=options.fails_at)
        yield Subject("waivers", verdict, "waivers", findings=findings)


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


def misfits(
    archive: Archive, written_by: tuple[Provenance, ...], schema: ReleaseSchema | None, flows: Callable[[], Flows]
) -> Iterator[Finding]:
    """Weights that are not those that the config implies, of an archive of Keras alone: it is damaged, or was tampered with."""
    from kerasarchive import validation

    alone = all(one.of_keras for one in written_by)
    if schema is None or not alone or archive.format not in WHOLE or archive.config is None or archive.weights is None:
        return
    if validation.as_expected(archive, schema, flows):
        return
    yield from (each for each in validation.validate(archive, schema) if each.rule in MISFITS)


def _foretell(
    archive: Archive, target: str, written_by: tuple[Provenance, ...], audited: tuple[Finding, ...]
) -> Compatibility:
    """What the target release makes of the archive: from its schema, and from what `migrate` would have to do."""
    from kerasarchive import _planning, compatibility, schema, validation

    release = schema.outermost(target, written_by, outermost_package(archive.config))
    accepts = schema.accepting(release, written_by)
    findings = validation.validate(archive, accepts, strict=True) if archive.config is not None else ()
    plan, reason = None, ""
    try:
        plan = _planning.plan(archive, release, accepts, written_by)
    except KavError as error:
        reason = str(error)
    return compatibility.assess(archive, release, accepts, (*audited, *findings), plan, no_plan=reason)
