"""Models are nested so deeply that loading them takes forever, or ends in a crash.

Keras builds a nested model once for every level above it, and its error texts repeat the whole config. Hundreds of
levels take minutes to fail. Real models nest a dozen deep at most.
"""

from __future__ import annotations

from collections.abc import Iterator

from kerasarchive.auditing.evidence import Evidence
from kerasarchive.auditing.rule import Rule
from kerasarchive.model.finding import Finding

_DEEPEST = 200
"""Levels of JSON: about fifty models in each other."""


def check(evidence: Evidence) -> Iterator[Finding]:
    """The first object that stands too deep."""
    for site, _ in evidence.objects:
        if site.depth > _DEEPEST:
            yield RULE.finding(f"stands {site.depth} levels deep", site.location)
            return


def _nested(depth: int) -> object:
    value: object = {"class_name": "Dense", "config": {"units": 1}}
    for _ in range(depth):
        value = {"class_name": "Sequential", "config": {"layers": [value]}}
    return value


RULE = Rule(
    code="KAV504",
    name="deep-nesting",
    severity="medium",
    remedy="Do not load it where a hanging process hurts.",
    check=check,
    passing=(_nested(12),),
    failing=(_nested(80),),
)
