"""The report as Markdown, for issues, pull requests and job summaries."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from kerasarchive.model.report import Report, Subject
from kerasarchive.reports._escape import safe
from kerasarchive.reports._facts import lines as fact_lines
from kerasarchive.reports._format import ReportFormat, Style
from kerasarchive.reports._moves import runs
from kerasarchive.reports.text import _side, provenance_text

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>()#+!|&~@-])")


def render(report: Report, style: Style) -> str:
    """A section per subject with a table per kind of statement."""
    parts = [f"# kav {report.command}", ""]
    for subject in report.subjects:
        parts += _subject(subject)
    return "\n".join(parts).rstrip() + "\n"


def _subject(subject: Subject) -> Iterator[str]:
    yield f"## {_text(subject.path)}: {subject.verdict}"
    yield ""
    written = ", ".join(provenance_text(one) for one in subject.written_by)
    origin = [_text(subject.format or ""), f"written by {_text(written)}" if written else ""]
    if any(origin):
        yield from (", ".join(part for part in origin if part), "")
    if subject.facts:
        yield from ("```text", *(line.replace("```", "` ` `") for line in fact_lines(subject.facts)), "```", "")
    if subject.findings:
        found = [
            (f.severity, f"{f.rule} {f.name}", _code(f.location), f"{f.message} {f.remedy}") for f in subject.findings
        ]
        yield from _table("Findings", ("severity", "rule", "where", "what"), found)
    for one in subject.compatibility:
        answers = [
            ("loads", one.loads),
            ("same outputs", one.same_outputs),
            ("training state", one.keeps_training_state),
        ]
        yield from _table(f"Under {one.target}", ("question", "answer"), answers)
        yield from (f"- {_code(r.location)} {_text(r.message)} {_text(r.release)}".rstrip() for r in one.because)
        yield from (f"- needs {_code(name)}" for name in one.needs)
        yield from ((f"- fix: {_code(one.fix)}", "") if one.fix else ("",))
    if subject.plan:
        plan = subject.plan
        yield from _table("Steps", ("release", "step", "what"), [(s.release, s.name, s.summary) for s in plan.steps])
        yield from _table("Weight moves", ("from", "to"), [(_code(old), _code(new)) for old, new in runs(plan.moves)])
        said = [(a.kind, _code(a.location), a.message) for a in plan.announcements]
        yield from _table("Announcements", ("kind", "where", "what"), said)
        refused = [(_code(r.location), r.reason, r.advice) for r in plan.refusals]
        yield from _table("Refusals", ("where", "reason", "advice"), refused)
    rows = [(c.kind, _code(c.location), _code(_side(c.before)), _code(_side(c.after)), c.note) for c in subject.changes]
    yield from _table("Changes", ("", "where", "before", "after", "note"), rows)
    yield from _table("Skipped", ("what", "reason"), [(s.what, s.reason) for s in subject.skipped])
    if subject.comparison is not None:
        yield from ("### Comparison", "", "```text", *fact_lines(subject.comparison), "```", "")
    if subject.output:
        yield from (f"Wrote {_code(subject.output.path)} ({_text(subject.output.format)}).", "")
    if subject.not_assessed:
        yield from (f"Not assessed: {_text('; '.join(subject.not_assessed))}.", "")


class _Code(str):
    """Markdown already, not to be escaped again."""

    __slots__ = ()


def _table(title: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> Iterator[str]:
    if not rows:
        return
    yield from (f"### {_text(title)}", "")
    yield f"| {' | '.join(columns)} |"
    yield f"|{' --- |' * len(columns)}"
    for row in rows:
        yield f"| {' | '.join(cell if isinstance(cell, _Code) else _text(str(cell)) for cell in row)} |"
    yield ""


def _text(text: str) -> str:
    return _SPECIAL.sub(r"\\\1", safe(text))


def _code(value: object) -> _Code:
    text = safe(str(value)).replace("`", "'").replace("|", "\\|")
    return _Code(f"`{text}`" if text else "")


FORMAT = ReportFormat("markdown", "Markdown tables", render)
