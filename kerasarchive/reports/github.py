"""The report as workflow commands of GitHub Actions: each finding becomes an annotation at its file.

Source: https://docs.github.com/en/actions/reference/workflow-commands-for-github-actions. GitHub shows ten annotations of
a level in a step, so the gravest come first.
"""

from __future__ import annotations

from collections.abc import Iterator

from kerasarchive.model.report import Report, Subject
from kerasarchive.reports._escape import safe
from kerasarchive.reports._format import ReportFormat, Style

_LEVELS = {"critical": "error", "high": "error", "medium": "warning", "low": "notice", "info": "notice"}


def render(report: Report, style: Style) -> str:
    """A line for each finding and each gap, the gravest first, and one with all verdicts."""
    found = [(rank, line) for subject in report.subjects for rank, line in _lines(subject)]
    found.sort(key=lambda each: -each[0])
    verdicts = "".join(f"{_data(subject.path)}: {subject.verdict}\n" for subject in report.subjects)
    # What follows is text from archives: without a prefix, GitHub would read a command in it.
    return "".join(f"{line}\n" for _, line in found) + "".join(f"kav: {line}\n" for line in verdicts.splitlines())


def _lines(subject: Subject) -> Iterator[tuple[int, str]]:
    file = _property(subject.path)
    for finding in subject.findings:
        title = _property(f"{finding.rule} {finding.name}")
        place = f" at {finding.location}" if str(finding.location) else ""
        text = _data(f"{finding.message}{place} {finding.remedy}".rstrip())
        yield finding.rank, f"::{_LEVELS[finding.severity]} file={file},title={title}::{text}"
    for gap in subject.skipped:
        yield 4, f"::error file={file},title=not looked at::{_data(f'{gap.what}: {gap.reason}')}"


def _data(text: str) -> str:
    return safe(text).replace("%", "%25")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


FORMAT = ReportFormat("github", "annotations of GitHub Actions", render)
