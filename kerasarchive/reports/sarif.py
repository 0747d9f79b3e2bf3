"""The report as SARIF 2.1.0, which GitHub, GitLab and Azure show as alerts at the file.

Source: https://docs.oasis-open.org/sarif/sarif/v2.1.0/. GitHub takes at most 5,000 results of a run to show, texts of at
most 1,024 characters, and a ``security-severity`` from 0 to 10.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import PurePath
from typing import Any
from urllib.parse import quote

from kerasarchive._version import __version__
from kerasarchive.model.finding import Finding
from kerasarchive.model.report import Report, Subject
from kerasarchive.reports._escape import safe, short
from kerasarchive.reports._format import ReportFormat, Style

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
MOST = 5000
LONGEST = 1024
_LEVELS = {"critical": "error", "high": "error", "medium": "warning", "low": "note", "info": "note"}
_SECURITY = {"critical": "9.5", "high": "8.0", "medium": "5.5", "low": "2.0", "info": "0.0"}
_GAP = "KAV000"
"""Stands for what should have been looked at and was not."""


def render(report: Report, style: Style) -> str:
    """One run, the gravest results first."""
    found = sorted(
        ((subject, finding) for subject in report.subjects for finding in _said(subject)),
        key=lambda each: -each[1].rank,
    )[:MOST]
    rules: dict[str, Finding] = {}
    for _, finding in found:
        rules.setdefault(finding.rule, finding)
    numbers = {code: number for number, code in enumerate(rules)}
    complete = not any(subject.skipped or subject.verdict == "failed" for subject in report.subjects)
    run = {
        "tool": {"driver": {
            "name": "kav", "semanticVersion": __version__, "version": __version__,
            "rules": [_rule(finding) for finding in rules.values()],
        }},
        "invocations": [{"executionSuccessful": complete, "exitCode": report.exit_code}],
        "automationDetails": {"id": f"kav/{report.command}/"},
        "columnKind": "unicodeCodePoints",
        "results": [_result(subject, finding, numbers[finding.rule]) for subject, finding in found],
    }  # fmt: skip
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2) + "\n"


def _said(subject: Subject) -> Iterator[Finding]:
    yield from subject.findings
    for gap in subject.skipped:
        yield Finding(_GAP, "not-looked-at", "high", f"{gap.what} was not looked at: {gap.reason}")
    if subject.verdict == "failed" and not subject.findings and not subject.skipped:
        yield Finding(_GAP, "not-looked-at", "high", "kav could not look at it")


def _rule(finding: Finding) -> dict[str, Any]:
    return {
        "id": finding.rule,
        "name": finding.name,
        "shortDescription": {"text": _text(finding.name.replace("-", " "))},
        "help": {"text": _text(finding.remedy or f"kav explain {finding.rule} says more.")},
        "defaultConfiguration": {"level": _LEVELS[finding.severity]},
        "properties": {"security-severity": _SECURITY[finding.severity], "tags": ["security", "keras"]},
    }


def _result(subject: Subject, finding: Finding, number: int) -> dict[str, Any]:
    place = safe(str(finding.location))
    uri = quote(PurePath(subject.path).as_posix(), safe="/._-~")
    identity = "\0".join((uri, finding.rule, place, finding.message)).encode("utf-8", "surrogatepass")
    return {
        "ruleId": finding.rule,
        "ruleIndex": number,
        "level": _LEVELS[finding.severity],
        "message": {"text": _text(f"{finding.message}{f' at {place}' if place else ''}")},
        "locations": [{
            # An archive has no lines: GitHub shows an alert without a region nowhere, so the first line stands for all.
            "physicalLocation": {"artifactLocation": {"uri": uri}, "region": {"startLine": 1}},
            "logicalLocations": [{"fullyQualifiedName": _text(place or subject.path), "kind": "element"}],
        }],
        "partialFingerprints": {"kav/v1": hashlib.sha256(identity).hexdigest()},
        "properties": {"severity": finding.severity, "confidence": finding.confidence},
    }  # fmt: skip


def _text(text: str) -> str:
    return short(safe(text), LONGEST) or "-"


FORMAT = ReportFormat("sarif", "SARIF 2.1.0, for code scanning", render)
