"""The report for people at a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from kerasarchive.model.change import Change
from kerasarchive.model.finding import SEVERITIES, Finding
from kerasarchive.model.location import Location
from kerasarchive.model.release import Provenance
from kerasarchive.model.report import Compatibility, PlanSummary, Report, Subject
from kerasarchive.reports._escape import safe, short
from kerasarchive.reports._facts import lines as fact_lines
from kerasarchive.reports._format import ReportFormat, Style
from kerasarchive.reports._moves import runs

_SHOWN = 30
_VALUE = 60


def render(report: Report, style: Style) -> str:
    """A block per subject; its verdict is the last line of the block."""
    if style.verbosity < 0:
        blocks = [_verdict_line(subject, style) for subject in report.subjects]
        return "".join(block + "\n" for block in blocks)
    blocks = ["\n".join(_subject(subject, style)) for subject in report.subjects]
    text = "\n\n".join(blocks) + "\n"
    if len(report.subjects) > 2:
        text += "\n" + _summary(report) + "\n"
    return text


def _subject(subject: Subject, style: Style) -> Iterator[str]:
    yield style.paint(safe(subject.path), "bold") + _origin(subject)
    limit = None if style.verbosity > 0 else _SHOWN
    if subject.facts:
        yield from fact_lines(subject.facts, indent=1, limit=limit)
    if subject.plan:
        yield from _plan(subject.plan, style, limit)
    yield from _cut([_change(change, style) for change in subject.changes], "changes", limit)
    for compatibility in subject.compatibility:
        yield from _compatibility(compatibility, style, limit)
    for finding in subject.findings:
        yield from _finding(finding, subject.path, style)
    for gap in subject.skipped:
        yield f"  {style.paint('skipped', 'red')}  {safe(gap.what)}: {safe(gap.reason)}"
    if subject.comparison is not None:
        yield "  comparison"
        yield from fact_lines(subject.comparison, indent=2, limit=limit)
    if subject.output:
        yield f"  wrote {safe(subject.output.path)} ({safe(subject.output.format)})"
    yield from (style.paint(f"  not assessed: {safe(what)}", "dim") for what in subject.not_assessed)
    yield f"  {style.verdict(subject.verdict)}{_tally(subject)}"


def _origin(subject: Subject) -> str:
    written = ", ".join(provenance_text(one) for one in subject.written_by)
    parts = [safe(subject.format) if subject.format else "", f"written by {safe(written)}" if written else ""]
    return "".join(f"  {part}" for part in parts if part)


def provenance_text(one: Provenance) -> str:
    """``keras 2.15.0``, ``bayesflow 2.0.4 to 2.0.5`` or ``keras, release unknown``."""
    if one.release:
        return f"{one.library} {one.release.label}"
    if one.between:
        return f"{one.library} {one.between[0].label} to {one.between[1].label}"
    return f"{one.library}, release unknown"


def _finding(finding: Finding, path: str, style: Style) -> Iterator[str]:
    doubt = "" if finding.confidence == "certain" else f" ({finding.confidence})"
    place = f"  {safe(str(finding.location))}" if str(finding.location) not in ("", path) else ""
    severity = style.severity(finding.severity, f"{finding.severity:<8}")
    yield f"  {severity}  {finding.rule} {safe(finding.name)}{doubt}{place}"
    yield f"            {safe(finding.message)}"
    if finding.remedy:
        yield style.paint(f"            {safe(finding.remedy)}", "dim")


def _change(change: Change, style: Style) -> str:
    color = {"+": "green", "-": "red"}.get(change.kind, "yellow")
    note = f"  ({safe(change.note)})" if change.note else ""
    kind = style.paint(change.kind, color)
    if change.kind == ">":
        return f"{kind} {_side(change.before)} -> {_side(change.after)}{note}"
    place = safe(str(change.location))
    value = {"+": change.after, "-": change.before}.get(change.kind)
    if change.kind == "~" and (change.before, change.after) != (None, None):
        old, new = _side(change.before), _side(change.after)
        return f"{kind} {place}  {old if old == new else f'{old} -> {new}'}{note}"
    # A tensor that comes or goes is not quoted.
    return f"{kind} {place}{note}" if value is None else f"{kind} {place}  {_side(value)}{note}"


def _side(value: Any) -> str:
    import json

    from kerasarchive.reports._tree import plain

    if isinstance(value, (str, Location)):
        return short(safe(str(value)), _VALUE)
    return short(safe(json.dumps(plain(value), ensure_ascii=False)), _VALUE)


def _plan(plan: PlanSummary, style: Style, limit: int | None) -> Iterator[str]:
    steps = [
        f"{safe(step.release)}  {safe(step.name)}  {safe(step.summary.replace('``', '`'))}".rstrip()
        for step in plan.steps
    ]
    yield from _cut(steps, "steps", limit)
    yield from _cut([f"> {safe(old)} -> {safe(new)}" for old, new in runs(plan.moves)], "weight moves", limit)
    for one in plan.announcements:
        yield f"  {style.paint(one.kind, 'yellow')}  {safe(str(one.location))}"
        yield f"            {safe(one.message)}"
    for refusal in plan.refusals:
        since = f"  (since {safe(refusal.release)})" if refusal.release else ""
        yield f"  {style.paint('refused', 'red')}   {safe(str(refusal.location))}{since}"
        yield f"            {safe(refusal.reason)}"
        if refusal.advice:
            yield style.paint(f"            {safe(refusal.advice)}", "dim")


def _compatibility(one: Compatibility, style: Style, limit: int | None) -> Iterator[str]:
    yield f"  under {style.paint(safe(one.target), 'bold')}"
    answers = (("loads", one.loads), ("same outputs", one.same_outputs), ("training state", one.keeps_training_state))
    yield "    " + "   ".join(f"{what}: {_answer(answer, style)}" for what, answer in answers)
    if one.needs:
        yield f"    needs {safe(', '.join(one.needs))}"
    reasons = []
    for reason in one.because:
        since = f"  [{safe(reason.release)}]" if reason.release else ""
        place = f"{safe(str(reason.location))}: " if str(reason.location) else ""
        reasons.append(f"{place}{safe(reason.message)}{since}")
    yield from (f"  {line}" for line in _cut(reasons, "because", limit))
    if one.fix:
        yield f"    fix: {safe(one.fix)}"


def _answer(answer: str, style: Style) -> str:
    return style.paint(answer, {"yes": "green", "no": "red"}.get(answer, "yellow"))


def _cut(items: list[str], title: str, limit: int | None) -> Iterator[str]:
    if not items:
        return
    yield f"  {title}"
    yield from (f"    {item}" for item in items[:limit])
    if limit is not None and len(items) > limit:
        yield f"    ... and {len(items) - limit} more (-v shows all)"


def _tally(subject: Subject) -> str:
    counts = {name: sum(one.severity == name for one in subject.findings) for name in reversed(SEVERITIES)}
    parts = [f"{count} {name}" for name, count in counts.items() if count]
    parts += [f"{len(subject.changes)} change{'s' * (len(subject.changes) > 1)}"] if subject.changes else []
    parts += [f"{len(subject.skipped)} skipped"] if subject.skipped else []
    return f": {', '.join(parts)}" if parts else ""


def _verdict_line(subject: Subject, style: Style) -> str:
    return f"{safe(subject.path)}: {style.verdict(subject.verdict)}{_tally(subject)}"


def _summary(report: Report) -> str:
    verdicts = [subject.verdict for subject in report.subjects]
    counts = ", ".join(f"{verdicts.count(verdict)} {verdict}" for verdict in dict.fromkeys(sorted(verdicts)))
    return f"{len(verdicts)} archives: {counts}"


FORMAT = ReportFormat("text", "for people at a terminal", render)
