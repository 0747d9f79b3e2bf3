"""Foretells what loading an archive under a release would do, without loading it."""

from __future__ import annotations

from kerasarchive.compatibility.assessment import assess, statements
from kerasarchive.compatibility.rules import RULES, Rule

__all__ = ["RULES", "Rule", "assess", "statements"]
