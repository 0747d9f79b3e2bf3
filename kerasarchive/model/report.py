"""What every command returns. The JSON form's schema is ``schemas/kav/report-1.json``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from kerasarchive.model.change import Change
from kerasarchive.model.finding import Finding, Skipped
from kerasarchive.model.location import Location
from kerasarchive.model.release import Provenance

VERDICTS = ("clean", "invalid", "different", "flagged", "pending", "migrated", "refused", "failed")


@dataclass(frozen=True, slots=True)
class Reason:
    """Why an archive would not load, or would mean something else: `release` made the change."""

    message: str
    location: Location = field(default_factory=Location)
    release: str = ""


@dataclass(frozen=True, slots=True)
class Compatibility:
    """What would happen on loading under `target` with the default safe_mode.

    `loads` is yes, no, with-custom-objects or unknown; the other two yes, no, unknown or n/a.
    """

    target: str
    loads: str
    same_outputs: str
    keeps_training_state: str
    because: tuple[Reason, ...] = ()
    needs: tuple[str, ...] = ()
    fix: str = ""


@dataclass(frozen=True, slots=True)
class StepSummary:
    """One step of a plan: the migration's name, the release that made the change, and what it is about."""

    name: str
    release: str
    summary: str


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a migration is not carried out: a value, not an exception."""

    location: Location
    reason: str
    advice: str = ""
    release: str = ""


@dataclass(frozen=True, slots=True)
class Announcement:
    """What a migration changes beyond the letter: training_semantics, inference_only, state_dropped or lost_at_save."""

    kind: str
    location: Location
    message: str


@dataclass(frozen=True, slots=True)
class PlanSummary:
    """A plan as reports show it."""

    steps: tuple[StepSummary, ...] = ()
    moves: tuple[tuple[str, str], ...] = ()
    refusals: tuple[Refusal, ...] = ()
    announcements: tuple[Announcement, ...] = ()


@dataclass(frozen=True, slots=True)
class Output:
    """What was written."""

    path: str
    format: str


@dataclass(frozen=True, slots=True)
class Subject:
    """What a command has to say about one archive."""

    path: str
    verdict: str = "clean"
    format: str | None = None
    sha256: str | None = None
    written_by: tuple[Provenance, ...] = ()
    output: Output | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()
    changes: tuple[Change, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    not_assessed: tuple[str, ...] = ()
    compatibility: tuple[Compatibility, ...] = ()
    plan: PlanSummary | None = None
    comparison: Mapping[str, Any] | None = None

    @property
    def exit_code(self) -> int:
        """2 if kav could not look at all of it, 1 if the answer is no, else 0."""
        if self.verdict == "failed" or self.skipped:
            return 2
        return 0 if self.verdict in ("clean", "migrated") else 1


@dataclass(frozen=True, slots=True)
class Report:
    """What a command says: a subject per archive and the exit code of the command line."""

    command: str
    subjects: tuple[Subject, ...]
    exit_code: int = 0
