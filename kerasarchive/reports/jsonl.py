"""One line of JSON per archive, for streams: every line is a whole report about one subject."""

from __future__ import annotations

import json

from kerasarchive.model.report import Report
from kerasarchive.reports._format import ReportFormat, Style
from kerasarchive.reports._tree import tree


def render(report: Report, style: Style) -> str:
    """A report per line, each with its subject's own exit code."""
    lines = [
        json.dumps(tree(Report(report.command, (subject,), subject.exit_code)), allow_nan=False)
        for subject in report.subjects
    ]
    return "".join(line + "\n" for line in lines)


FORMAT = ReportFormat("jsonl", "a JSON report per archive, one a line", render)
