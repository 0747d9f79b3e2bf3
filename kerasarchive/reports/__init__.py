"""Renders a Report. A format is one file in this folder that holds ``FORMAT = ReportFormat(...)``."""

from __future__ import annotations

import importlib
from pathlib import Path

from kerasarchive.errors import KavError
from kerasarchive.model.report import Report
from kerasarchive.reports._format import ReportFormat, Style

__all__ = ["ReportFormat", "Style", "names", "render"]


def names() -> tuple[str, ...]:
    """The formats there are, by name; nothing is imported for it."""
    return tuple(sorted(path.stem for path in Path(__file__).parent.glob("*.py") if not path.name.startswith("_")))


def render(report: Report, format: str = "text", *, color: bool = False, verbosity: int = 0) -> str:
    """`report` in `format`, with a newline at the end. The same report gives the same text.

    `verbosity` is -1 for the verdicts alone, 1 for lists at full length; the machine-readable formats ignore it.
    Raises KavError if there is no such format.
    """
    if format not in names():
        msg = f"there is no report format {format!r}"
        raise KavError(msg, hint=f"known are {', '.join(names())}")
    found: ReportFormat = importlib.import_module(f"{__name__}.{format}").FORMAT
    return found.render(report, Style(color=color, verbosity=verbosity))
