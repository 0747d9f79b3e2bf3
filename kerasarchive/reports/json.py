"""The report as one JSON document, for programs."""

from __future__ import annotations

import json

from kerasarchive.model.report import Report
from kerasarchive.reports._format import ReportFormat, Style
from kerasarchive.reports._tree import tree


def render(report: Report, style: Style) -> str:
    """Indented JSON in plain ASCII, so that nothing in it can steer a terminal."""
    return json.dumps(tree(report), indent=2, allow_nan=False) + "\n"


FORMAT = ReportFormat("json", "one JSON document (schemas/kav/report-1.json)", render)
