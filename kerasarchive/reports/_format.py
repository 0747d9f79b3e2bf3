"""What a report format is, and how it may be told to look."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from kerasarchive.model.report import Report

_CODES = {"bold": "1", "dim": "2", "red": "31", "green": "32", "yellow": "33", "blue": "34", "magenta": "35"}
_SEVERITY = {"critical": "magenta", "high": "red", "medium": "yellow", "low": "blue", "info": "dim"}
_VERDICT = {"clean": "green", "migrated": "green", "pending": "yellow", "different": "yellow"}


@dataclass(frozen=True, slots=True)
class Style:
    """`verbosity` is -1 for verdicts alone, 0 for lists cut to a screen, 1 for everything."""

    color: bool = False
    verbosity: int = 0

    def paint(self, text: str, *colors: str) -> str:
        """`text` between terminal codes, or as it is."""
        if not self.color:
            return text
        return f"\x1b[{';'.join(_CODES[color] for color in colors)}m{text}\x1b[0m"

    def severity(self, name: str, text: str) -> str:
        """`text` in the colour of a severity."""
        return self.paint(text, _SEVERITY.get(name, "dim"))

    def verdict(self, name: str) -> str:
        """A verdict in its colour."""
        return self.paint(name, "bold", _VERDICT.get(name, "red"))


@dataclass(frozen=True, slots=True)
class ReportFormat:
    """`render` takes the report and the style and gives the whole text, newline included."""

    name: str
    summary: str
    render: Callable[[Report, Style], str]
