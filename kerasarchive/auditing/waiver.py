"""Findings that somebody looked at and accepts: for these very bytes and this rule, until a day, for a reason."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from kerasarchive.errors import KavError
from kerasarchive.formats.rules import ReaderRule
from kerasarchive.model.finding import Finding
from kerasarchive.model.location import Location

_KEYS = frozenset({"sha256", "rule", "until", "reason"})
_MOST = 1 << 24


@dataclass(frozen=True, slots=True)
class Waiver:
    """One of them. Another digest is another model: nothing of it is waived."""

    sha256: str
    rule: str
    until: date
    reason: str


def read(path: str) -> tuple[Waiver, ...]:
    """The waivers of a JSON file ``{"waivers": [{"sha256", "rule", "until", "reason"}]}``. Raises KavError."""
    try:
        with Path(path).open("rb") as file:
            document = json.loads(file.read(_MOST))
        return waivers(list(document["waivers"]), f"{path}#/waivers")
    except OSError as error:
        msg = f"cannot be read: {error.strerror}"
        raise KavError(msg, location=path) from None
    except (ValueError, KeyError, TypeError, RecursionError):
        msg = "is no baseline"
        raise KavError(msg, location=path, hint='it is JSON: {"waivers": [...]}') from None


def waivers(listed: object, place: str) -> tuple[Waiver, ...]:
    """The waivers of a list of tables. Raises KavError."""
    if not isinstance(listed, list):
        msg = "is no list of waivers"
        raise KavError(msg, location=place)
    return tuple(_waiver(each, f"{place}/{number}") for number, each in enumerate(listed))


def _waiver(value: object, place: str) -> Waiver:
    if isinstance(value, dict) and type(value.get("until")) is date:  # TOML has days
        value = value | {"until": value["until"].isoformat()}
    if (
        not isinstance(value, dict)
        or value.keys() != _KEYS
        or not all(isinstance(item, str) for item in value.values())
    ):
        msg = "a waiver has the keys sha256, rule, until and reason, all texts"
        raise KavError(msg, location=place)
    if not re.fullmatch(r"[0-9a-f]{64}", value["sha256"]) or not re.fullmatch(r"KAV\d{3}", value["rule"]):
        msg = "a waiver names one digest (64 lower-case hexadecimal digits) and one rule (KAV102)"
        raise KavError(msg, location=place)
    if not value["reason"].strip():
        msg = "a waiver needs a reason"
        raise KavError(msg, location=place)
    try:
        until = date.fromisoformat(value["until"])
    except ValueError:
        msg = f"{value['until']!r} is no day (2027-01-31)"
        raise KavError(msg, location=place) from None
    return Waiver(value["sha256"], value["rule"], until, value["reason"])


UNUSED = ReaderRule(
    "KAV111", "waiver-unused", "low",
    "A waiver is for a model or a finding that is not there, or has ended. Whoever relies on it should know.",
    "Remove it from the list, or renew it after another look.",
)  # fmt: skip


def unused(waivers: Iterable[Waiver], found: Iterable[tuple[str | None, str]], today: date) -> Iterator[Finding]:
    """What is to be said of waivers that waived none of `found`: (digest, rule) of every finding."""
    known = frozenset(found)
    for number, each in enumerate(waivers):
        if each.until < today:
            why = f"ended on {each.until}"
        elif (each.sha256, each.rule) not in known:
            why = "waives nothing that was found"
        else:
            continue
        message = f"the waiver of {each.rule} for {each.sha256[:12]}... {why} ({each.reason})"
        at = Location("", "#", ("waivers", number))
        yield Finding(UNUSED.code, UNUSED.name, UNUSED.severity, message, at, remedy=UNUSED.remedy)


def waived(findings: Iterable[Finding], waivers: Iterable[Waiver], sha256: str, today: date) -> Iterator[Finding]:
    """The findings, those that are waived as info; what a waiver no longer covers says so."""
    of_rule = {each.rule: each for each in sorted(waivers, key=lambda each: each.until) if each.sha256 == sha256}
    for finding in findings:
        waiver = of_rule.get(finding.rule)
        if waiver is None or finding.rank == 0:
            yield finding
        elif waiver.until < today:
            yield replace(finding, message=f"{finding.message} (its waiver ended on {waiver.until})")
        else:
            said = f"{finding.message} (waived until {waiver.until}: {waiver.reason})"
            yield replace(finding, message=said, severity="info")
