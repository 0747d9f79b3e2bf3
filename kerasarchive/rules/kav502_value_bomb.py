"""A constant in the config declares an element type or an amount of values that takes gigabytes to make.

Constants stand in a config as lists with the name of a NumPy type. Keras hands the name to NumPy, and some types name a
size of their own, so that a line of text becomes a huge array. kav accepts the numeric types and bounds the rest.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from kerasarchive.auditing.evidence import Evidence
from kerasarchive.auditing.rule import Rule
from kerasarchive.model.finding import Finding

_BUDGET = 64 << 20
_NUMERIC = re.compile(r"^(<|>|=|\|)?(bool_?|b1|\??|u?int(8|16|32|64)?|float(16|32|64|8\w*)?|bfloat16|complex(64|128)|"
                      r"[iuf][1248]|c(8|16)|half|single|double|string|object|str)$")  # fmt: skip
_SIZED = re.compile(r"^[<>=|]?(S|U|V|a)(\d*)$")


def check(evidence: Evidence) -> Iterator[Finding]:
    """Constants whose type is none of the numeric ones, by what they would take."""
    for site in evidence.sites:
        if site.class_name not in ("__numpy__", "__tensor__"):
            continue
        kind = site.config.get("dtype")
        if kind is None or (isinstance(kind, str) and _NUMERIC.match(kind)):
            continue
        sized = _SIZED.match(kind) if isinstance(kind, str) and len(kind) < 32 else None
        if sized is None:
            yield RULE.finding(f"has the element type {str(kind)[:60]!r}", site.location, severity="medium")
            continue
        size = int(sized.group(2) or 1) * (4 if sized.group(1) == "U" else 1)
        total = size * _count(site.config.get("value"))
        if total > _BUDGET:
            yield RULE.finding(f"would take {total:,} bytes", site.location.at("config", "dtype"))


def _count(value: Any) -> int:
    stack, count = [value], 0
    while stack:
        item = stack.pop()
        if isinstance(item, list):
            stack.extend(item)
        else:
            count += 1
    return count


RULE = Rule(
    code="KAV502",
    name="value-bomb",
    severity="high",
    remedy="Do not load it.",
    check=check,
    passing=(
        {"class_name": "__numpy__", "config": {"value": [1.0, 2.0], "dtype": "float32"}},
        {"class_name": "__numpy__", "config": {"value": ["a", "b"], "dtype": "<U1"}},
    ),
    failing=({"class_name": "__numpy__", "config": {"value": [1], "dtype": "O,V8"}},),
)
