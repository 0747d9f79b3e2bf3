"""A regular expression in the config takes exponential time, so that loading the model never ends.

The keys of a ``DTypePolicyMap`` and the ``exclude_layers`` of some optimizers are regular expressions that Keras
matches against the paths of layers. A repetition inside of a repetition, such as in ``(a+)+``, makes a short text take
years. Every release of Keras 3 that has them is affected.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from importlib import import_module
from typing import Any

from kerasarchive.auditing.evidence import Evidence
from kerasarchive.auditing.rule import Rule
from kerasarchive.model.finding import Finding
from kerasarchive.model.location import Location

_REPEATS = ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT")
_LONGEST = 1000
_MOST_REPEATS = 8
"""Repetitions one after the other take a time that grows with their number as exponent: ``encoder.*/layer.*/kernel``
has two."""


def check(evidence: Evidence) -> Iterator[Finding]:
    """Every place where Keras takes a regular expression from the config."""
    for site in evidence.of_class("DTypePolicyMap"):
        policies = site.config.get("policy_map")
        for pattern in policies if isinstance(policies, dict) else ():
            yield from _pattern(pattern, site.location.at("config", "policy_map", pattern))
    for site, _ in evidence.objects:
        excluded = site.config.get("exclude_layers")
        for number, pattern in enumerate(excluded if isinstance(excluded, list) else ()):
            yield from _pattern(pattern, site.location.at("config", "exclude_layers", number))


def _pattern(pattern: Any, location: Location) -> Iterator[Finding]:
    if not isinstance(pattern, str):
        return
    if len(pattern) > _LONGEST:
        yield RULE.finding(f"is a regular expression of {len(pattern)} characters", location)
    elif _is_slow(pattern):
        yield RULE.finding(f"is a regular expression that can take time without end: {pattern[:100]!r}", location)


def _parser() -> Any:
    """Python's own parser of regular expressions, which matches nothing here; it moved in Python 3.11."""
    return import_module("re._parser" if sys.version_info >= (3, 11) else "sre_parse")


def _is_slow(pattern: str) -> bool:
    """Whether something that repeats without a bound stands in something else that does, or too much repeats in turn."""
    parser = _parser()
    try:
        stack: list[tuple[Any, bool]] = [(parser.parse(pattern), False)]
    except (re.error, OverflowError, RecursionError):
        return False
    repeats = 0
    while stack:
        items, repeated = stack.pop()
        for operator, argument in items:
            name = str(operator)
            if name in _REPEATS:
                low, high, body = argument
                repeats += low != high
                many = high == parser.MAXREPEAT or high - low > 100
                if (many and repeated) or (high >= 10 and body.getwidth()[0] == 0):
                    return True
                stack.append((body, repeated or many))
            elif name == "BRANCH":
                branches = argument[1]
                if repeated and _overlap(branches):
                    return True
                stack.extend((branch, repeated) for branch in branches)
            elif name == "SUBPATTERN":
                stack.append((argument[-1], repeated))
            elif name in ("ASSERT", "ASSERT_NOT"):
                stack.append((argument[1], repeated))
            elif name == "ATOMIC_GROUP":
                stack.append((argument, repeated))
    return repeats > _MOST_REPEATS


def _overlap(branches: list[Any]) -> bool:
    """Whether two alternatives begin with the same item, or one of them with anything or with nothing."""
    starts = [str(branch[0]) if len(branch) else "" for branch in branches]
    return len(set(starts)) < len(starts) or any("ANY" in start or not start for start in starts)


RULE = Rule(
    code="KAV503",
    name="slow-pattern",
    severity="high",
    remedy="Do not load it; ask for an archive whose policy map names its layers.",
    check=check,
    passing=(
        {"class_name": "DTypePolicyMap", "module": "keras.dtype_policies", "config": {"policy_map": {
            "encoder.*/kernel": {}, "encoder.*/layer_?[0-9]+/.*/(query|key)/.*": {}, "dense.*/(kernel|bias)": {}, "x/(a+)": {}}}},
    ),
    failing=(
        {"class_name": "DTypePolicyMap", "module": "keras.dtype_policies", "config": {"policy_map": {"(a+)+$": {}}}},
        {"class_name": "DTypePolicyMap", "module": "keras.dtype_policies", "config": {"policy_map": {"(a?){60}b": {}}}},
        {"class_name": "DTypePolicyMap", "module": "keras.dtype_policies", "config": {"policy_map": {".*a" * 9: {}}}},
        {"class_name": "Muon", "module": "keras.optimizers", "config": {"exclude_layers": ["(x|x)*y"]}},
    ),
)  # fmt: skip
