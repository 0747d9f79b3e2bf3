"""What kav has to say about one place in an archive."""

from __future__ import annotations

from dataclasses import dataclass, field

from kerasarchive.model.location import Location

SEVERITIES = ("info", "low", "medium", "high", "critical")
"""Ascending."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One statement of one rule. `rule` is a stable code (``KAV101``), `name` its slug (``lambda-bytecode``)."""

    rule: str
    name: str
    severity: str
    message: str
    location: Location = field(default_factory=Location)
    confidence: str = "certain"
    remedy: str = ""

    @property
    def rank(self) -> int:
        """Index of the severity: 0 for info, 4 for critical."""
        return SEVERITIES.index(self.severity)


@dataclass(frozen=True, slots=True)
class Skipped:
    """A gap in coverage: `what` should have been looked at and was not, for `reason`."""

    what: str
    reason: str
