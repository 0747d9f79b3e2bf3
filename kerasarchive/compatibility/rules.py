"""The statements about a target that count as findings: stable codes, one table."""

from __future__ import annotations

from dataclasses import dataclass

from kerasarchive.model.finding import Finding
from kerasarchive.model.location import Location


@dataclass(frozen=True, slots=True)
class Rule:
    """One statement. `explains` says what it means."""

    code: str
    name: str
    severity: str
    explains: str

    def finding(self, message: str, location: Location, remedy: str) -> Finding:
        """This rule's finding."""
        return Finding(self.code, self.name, self.severity, message, location, remedy=remedy)


DOES_NOT_LOAD = Rule(
    "KAV601", "does-not-load", "medium",
    "`load_model` of that release, with its default safe_mode, would raise an error.")  # fmt: skip
OUTPUTS_DIFFER = Rule(
    "KAV602", "outputs-differ", "high",
    "That release would load the archive without an error and compute something else.")  # fmt: skip
STATE_LOST = Rule(
    "KAV603", "training-state-lost", "medium",
    "That release would load the archive and start training anew: the optimizer's state would be lost.")  # fmt: skip
UNFORETOLD = Rule(
    "KAV604", "not-foretold", "low",
    "Whether that release would load the archive cannot be told without trying.")  # fmt: skip

RULES = (DOES_NOT_LOAD, OUTPUTS_DIFFER, STATE_LOST, UNFORETOLD)
