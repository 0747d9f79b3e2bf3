"""What an audit rule is: a check with its documentation and the examples that prove it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kerasarchive.model.finding import Finding
from kerasarchive.model.location import Location

if TYPE_CHECKING:
    from kerasarchive.auditing.evidence import Evidence


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule. Its module's docstring says what an attacker gains and which releases are affected.

    `check` yields what `finding` of the rule makes. `passing` and `failing` are configs as an archive stores them:
    the tests run every rule on its own examples.
    """

    code: str
    name: str
    severity: str
    remedy: str
    check: Callable[[Evidence], Iterator[Finding]]
    passing: tuple[Any, ...] = ()
    failing: tuple[Any, ...] = ()

    @property
    def explains(self) -> str:
        """The docstring of the rule's module."""
        return (sys.modules[self.check.__module__].__doc__ or "").strip()

    def finding(
        self, message: str, location: Location, *, severity: str = "", confidence: str = "certain", remedy: str = ""
    ) -> Finding:
        """A Finding of this rule, of the rule's severity unless told otherwise."""
        return Finding(
            self.code, self.name, severity or self.severity, message, location, confidence, remedy or self.remedy
        )
