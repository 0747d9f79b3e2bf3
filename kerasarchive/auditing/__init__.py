"""Looks for what is dangerous in an archive and runs none of it. A rule is one file in ``kerasarchive/rules``."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from functools import lru_cache

from kerasarchive._discovery import load_folder
from kerasarchive.auditing.evidence import Evidence, Flows
from kerasarchive.auditing.rule import Rule
from kerasarchive.auditing.symbols import Symbols
from kerasarchive.errors import ArchiveError
from kerasarchive.model.archive import Archive
from kerasarchive.model.finding import Finding, Skipped
from kerasarchive.schema import ReleaseSchema

__all__ = ["NOT_ASSESSED", "Rule", "audit", "rules"]

NOT_ASSESSED = (
    "what the model computes: a trigger trained into the weights, or hidden in a harmless-looking architecture",
    "the code of custom objects that are installed where the archive is loaded",
)

log = logging.getLogger("kav")


@lru_cache(maxsize=1)
def rules() -> tuple[Rule, ...]:
    """Every rule, by code."""
    found = (each.value for each in load_folder("kerasarchive.rules", "RULE"))
    return tuple(sorted(found, key=lambda rule: rule.code))


def audit(
    archive: Archive,
    *,
    select: Sequence[str] = (),
    ignore: Sequence[str] = (),
    allow: Sequence[str] = (),
    schemas: Sequence[ReleaseSchema] = (),
    flows: Callable[[], Flows] | None = None,
) -> tuple[tuple[Finding, ...], tuple[Skipped, ...]]:
    """What the rules and the reader found, gravest first, and what could not be looked at.

    `select` and `ignore` take codes or their beginnings. `schemas` are the releases whose symbols are known to be
    harmless; more of them never make an audit laxer than Keras itself. `flows` gives what `shapes.infer` gives, to whom has it.
    """
    evidence = Evidence(archive, Symbols(tuple(schemas)), tuple(allow), flows)
    seen, skipped = _seen_by_reader(archive)
    found = [finding for finding in seen if wanted(finding.rule, select, ignore)]
    for rule in rules():
        if not wanted(rule.code, select, ignore):
            continue
        try:
            found.extend(rule.check(evidence))
        except ArchiveError as error:
            skipped.append(Skipped(f"{rule.code} {rule.name}", error.message))
        except (TypeError, ValueError, KeyError, IndexError, AttributeError, RecursionError, OverflowError) as error:
            # A rule that stumbles over hostile data must not silence the others, nor pass for a clean result.
            log.debug("%s failed", rule.code, exc_info=True)
            skipped.append(Skipped(f"{rule.code} {rule.name}", f"the rule failed: {type(error).__name__}: {error}"))
    skipped.extend(evidence.gaps)
    found.sort(key=lambda finding: -finding.rank)
    return tuple(found), tuple(skipped)


def _seen_by_reader(archive: Archive) -> tuple[list[Finding], list[Skipped]]:
    """The container's findings and those of its weights, which the reader lists when they are first asked for."""
    try:
        return list(archive.seen()), []
    except ArchiveError as error:
        return list(archive.findings), [Skipped(error.location or "weights", error.message)]


def wanted(code: str, select: Sequence[str], ignore: Sequence[str]) -> bool:
    """Whether a rule is to be heard: it is selected (or nothing is) and not ignored."""
    return (not select or code.startswith(tuple(select))) and not (ignore and code.startswith(tuple(ignore)))
