"""The report as one HTML page that needs nothing else: no script, no font, no picture; everything of an archive is escaped."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape

from kerasarchive.model.report import Report, Subject
from kerasarchive.reports._escape import safe
from kerasarchive.reports._facts import lines as fact_lines
from kerasarchive.reports._format import ReportFormat, Style
from kerasarchive.reports._moves import runs
from kerasarchive.reports.text import _side, provenance_text

_STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; margin: 2em auto; max-width: 75em; padding: 0 1em; color: #222; background: #fff; }
h2 { border-top: 1px solid #ddd; padding-top: .8em; overflow-wrap: anywhere; }
table { border-collapse: collapse; margin: .6em 0; }
td, th { border: 1px solid #ddd; padding: .25em .6em; text-align: left; vertical-align: top; overflow-wrap: anywhere; }
code, pre { font: 13px/1.4 ui-monospace, monospace; }
pre { background: #f6f6f6; padding: .8em; overflow-x: auto; }
.verdict, .severity { border-radius: .3em; padding: .1em .5em; color: #fff; background: #666;
  font-size: .85em; white-space: nowrap; }
.clean, .migrated { background: #1a7f37; } .critical { background: #86198f; }
.high, .flagged, .failed, .invalid, .refused { background: #b91c1c; }
.medium, .pending, .different { background: #b45309; } .low { background: #1d4ed8; }
@media (prefers-color-scheme: dark) {
  body { color: #ddd; background: #161616; } pre { background: #222; } td, th, h2 { border-color: #444; }
}
"""


def render(report: Report, style: Style) -> str:
    """A page with a section per subject, after a list of all where there are several."""
    title = _text(f"kav {report.command}")
    head = ('<!doctype html><html lang="en"><head><meta charset="utf-8">',
            '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; style-src \'unsafe-inline\'">',
            f"<title>{title}</title><style>{_STYLE}</style></head><body>", f"<h1>{title}</h1>")  # fmt: skip
    body: list[str] = []
    if len(report.subjects) > 1:
        rows = [
            (f'<a href="#s{number}">{_text(subject.path)}</a>', _verdict(subject.verdict), str(len(subject.findings)))
            for number, subject in enumerate(report.subjects)
        ]
        body += _table("", ("archive", "verdict", "findings"), rows)
    for number, subject in enumerate(report.subjects):
        body += _subject(subject, number)
    return "\n".join((*head, *body, "</body></html>")) + "\n"


def _subject(subject: Subject, number: int) -> Iterator[str]:
    yield f'<h2 id="s{number}">{_text(subject.path)} {_verdict(subject.verdict)}</h2>'
    written = ", ".join(provenance_text(one) for one in subject.written_by)
    origin = [
        subject.format or "",
        f"written by {written}" if written else "",
        f"sha256 {subject.sha256}" if subject.sha256 else "",
    ]
    if any(origin):
        yield f"<p>{_text(', '.join(part for part in origin if part))}</p>"
    if subject.facts:
        yield _pre(fact_lines(subject.facts))
    found = [
        (_severity(each.severity), f"{_text(each.rule)} {_text(each.name)}", _code(each.location),
         f"{_text(each.message)} {_text(each.remedy)}")
        for each in subject.findings
    ]  # fmt: skip
    yield from _table("Findings", ("severity", "rule", "where", "what"), found)
    for one in subject.compatibility:
        answers = [
            ("loads", one.loads),
            ("same outputs", one.same_outputs),
            ("training state", one.keeps_training_state),
        ]
        yield from _table(f"Under {one.target}", ("question", "answer"), [tuple(map(_text, each)) for each in answers])
        because = [(_code(each.location), _text(each.message), _text(each.release)) for each in one.because]
        yield from _table("", ("where", "because", "release"), because)
        yield from (f"<p>needs {_code(name)}</p>" for name in one.needs)
        yield from ([f"<p>fix: {_code(one.fix)}</p>"] if one.fix else [])
    yield from _plan(subject)
    changes = [
        (_text(each.kind), _code(each.location), _code(_side(each.before)), _code(_side(each.after)), _text(each.note))
        for each in subject.changes
    ]
    yield from _table("Changes", ("", "where", "before", "after", "note"), changes)
    skipped = [(_code(each.what), _text(each.reason)) for each in subject.skipped]
    yield from _table("Not looked at", ("what", "reason"), skipped)
    if subject.comparison is not None:
        yield f"<h3>Comparison</h3>{_pre(fact_lines(subject.comparison))}"
    if subject.output:
        yield f"<p>Wrote {_code(subject.output.path)} ({_text(subject.output.format)}).</p>"
    if subject.not_assessed:
        yield f"<p>Not assessed: {_text('; '.join(subject.not_assessed))}.</p>"


def _plan(subject: Subject) -> Iterator[str]:
    plan = subject.plan
    if plan is None:
        return
    steps = [(_text(each.release), _text(each.name), _text(each.summary)) for each in plan.steps]
    yield from _table("Steps", ("release", "step", "what"), steps)
    yield from _table("Weight moves", ("from", "to"), [(_code(old), _code(new)) for old, new in runs(plan.moves)])
    said = [(_text(each.kind), _code(each.location), _text(each.message)) for each in plan.announcements]
    yield from _table("Announcements", ("kind", "where", "what"), said)
    refused = [(_code(each.location), _text(each.reason), _text(each.advice)) for each in plan.refusals]
    yield from _table("Refusals", ("where", "reason", "advice"), refused)


def _table(title: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Nothing where there are no rows. The cells are HTML already."""
    if not rows:
        return
    if title:
        yield f"<h3>{_text(title)}</h3>"
    yield f"<table><tr>{''.join(f'<th>{_text(column)}</th>' for column in columns)}</tr>"
    for row in rows:
        yield f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>"
    yield "</table>"


def _text(text: object) -> str:
    return escape(safe(str(text)))


def _code(text: object) -> str:
    return f"<code>{_text(text)}</code>" if str(text) else ""


def _pre(lines: Iterator[str]) -> str:
    return f"<pre>{escape(chr(10).join(lines))}</pre>"


def _verdict(verdict: str) -> str:
    return f'<span class="verdict {_text(verdict)}">{_text(verdict)}</span>'


def _severity(severity: str) -> str:
    return f'<span class="severity {_text(severity)}">{_text(severity)}</span>'


FORMAT = ReportFormat("html", "one HTML page", render)
