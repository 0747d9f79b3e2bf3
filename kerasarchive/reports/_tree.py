"""A Report as plain JSON values, in the shape that ``schemas/kav/report-1.json`` describes."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from kerasarchive._version import __version__
from kerasarchive.model.change import Change
from kerasarchive.model.finding import Finding
from kerasarchive.model.location import Location
from kerasarchive.model.release import Provenance, Release
from kerasarchive.model.report import Compatibility, PlanSummary, Report, Subject

SCHEMA = "kav/report-1"
_DEEPEST = 150
"""Levels of a value that are shown: dozens of models in each other, and less than Python's stack takes."""


def tree(report: Report) -> dict[str, Any]:
    """The whole report."""
    return {
        "schema": SCHEMA,
        "kav": __version__,
        "command": report.command,
        "subjects": [subject_tree(subject) for subject in report.subjects],
        "exit_code": report.exit_code,
    }


def subject_tree(subject: Subject) -> dict[str, Any]:
    """One subject; every key is always there."""
    return {
        "path": subject.path,
        "format": subject.format,
        "sha256": subject.sha256,
        "written_by": [_provenance(one) for one in subject.written_by],
        "output": asdict(subject.output) if subject.output else None,
        "facts": plain(subject.facts),
        "findings": [_finding(one) for one in subject.findings],
        "changes": [_change(one) for one in subject.changes],
        "skipped": [asdict(one) for one in subject.skipped],
        "not_assessed": list(subject.not_assessed),
        "compatibility": [_compatibility(one) for one in subject.compatibility],
        "plan": _plan(subject.plan) if subject.plan else None,
        "comparison": None if subject.comparison is None else plain(subject.comparison),
        "verdict": subject.verdict,
    }


def plain(value: Any, depth: int = 0) -> Any:
    """`value` in what JSON can say: NaN and the infinities become text, other types their `str`."""
    if value is None or isinstance(value, (bool, str)):
        return str(value) if isinstance(value, str) else value
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        return _number(float(value))
    if depth > _DEEPEST:
        return "..."
    if isinstance(value, Mapping):
        return {str(key): plain(item, depth + 1) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item, depth + 1) for item in value]
    if isinstance(value, (set, frozenset)):
        return [plain(item, depth + 1) for item in sorted(value, key=str)]
    if hasattr(value, "tolist"):
        return plain(value.tolist(), depth + 1)
    if isinstance(value, bytes):
        return value.decode("utf-8", "backslashreplace")
    return str(value)


def _number(value: float) -> float | str:
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    return value


def _provenance(one: Provenance) -> dict[str, Any]:
    found: dict[str, Any] = {"library": one.library}
    if one.release is not None:
        found["release"] = _version(one.release)
    if one.between is not None:
        found["between"] = [_version(release) for release in one.between]
    found["certainty"] = one.certainty
    if one.because:
        found["because"] = list(one.because)
    return found


def _version(release: Release) -> str:
    return release.label


def _finding(one: Finding) -> dict[str, Any]:
    return {
        "rule": one.rule,
        "name": one.name,
        "severity": one.severity,
        "confidence": one.confidence,
        "message": one.message,
        "location": str(one.location),
        "remedy": one.remedy,
    }


def _change(one: Change) -> dict[str, Any]:
    return {
        "kind": one.kind,
        "location": str(one.location),
        "before": _side(one.before),
        "after": _side(one.after),
        "note": one.note,
    }


def _side(value: Any) -> Any:
    return str(value) if isinstance(value, Location) else plain(value)


def _compatibility(one: Compatibility) -> dict[str, Any]:
    return {
        "target": one.target,
        "loads": one.loads,
        "same_outputs": one.same_outputs,
        "keeps_training_state": one.keeps_training_state,
        "because": [
            {"location": str(reason.location), "release": reason.release, "message": reason.message}
            for reason in one.because
        ],
        "needs": list(one.needs),
        "fix": one.fix,
    }


def _plan(plan: PlanSummary) -> dict[str, Any]:
    return {
        "steps": [asdict(step) for step in plan.steps],
        "moves": [{"from": before, "to": after} for before, after in plan.moves],
        "refusals": [
            {"location": str(one.location), "reason": one.reason, "advice": one.advice, "release": one.release}
            for one in plan.refusals
        ],
        "announcements": [
            {"kind": one.kind, "location": str(one.location), "message": one.message} for one in plan.announcements
        ],
    }
