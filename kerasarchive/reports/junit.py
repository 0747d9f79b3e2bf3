"""The report as JUnit XML, which every build server shows as tests: an archive is a test, a finding that flags fails it."""

from __future__ import annotations

from collections.abc import Iterator
from xml.sax.saxutils import escape, quoteattr

from kerasarchive.model.report import Report, Subject
from kerasarchive.reports._escape import safe
from kerasarchive.reports._format import ReportFormat, Style


def render(report: Report, style: Style) -> str:
    """One suite with a case for each archive. ``error`` says that it could not be looked at."""
    cases = [line for subject in report.subjects for line in _case(subject, report.command)]
    errors = sum(subject.exit_code == 2 for subject in report.subjects)
    failures = sum(subject.exit_code == 1 for subject in report.subjects)
    counts = f'tests="{len(report.subjects)}" failures="{failures}" errors="{errors}"'
    head = ['<?xml version="1.0" encoding="UTF-8"?>', f"<testsuites {counts}>"]
    suite = f'  <testsuite name="kav {report.command}" {counts} skipped="0" time="0">'
    return "\n".join([*head, suite, *cases, "  </testsuite>", "</testsuites>", ""])


def _case(subject: Subject, command: str) -> Iterator[str]:
    name = quoteattr(safe(subject.path))
    yield f'    <testcase classname="kav.{command}" name={name} time="0">'
    said = "\n".join(_lines(subject))
    tag = {0: "", 1: "failure", 2: "error"}[subject.exit_code]
    if tag:
        yield f"      <{tag} message={quoteattr(subject.verdict)}>{escape(said)}</{tag}>"
    elif said:
        yield f"      <system-out>{escape(said)}</system-out>"
    yield "    </testcase>"


def _lines(subject: Subject) -> Iterator[str]:
    for finding in subject.findings:
        place = f" at {finding.location}" if str(finding.location) else ""
        yield safe(
            f"{finding.severity} {finding.rule} {finding.name}: {finding.message}{place} {finding.remedy}".rstrip()
        )
    yield from (safe(f"not looked at: {gap.what}: {gap.reason}") for gap in subject.skipped)


FORMAT = ReportFormat("junit", "JUnit XML, for build servers", render)
