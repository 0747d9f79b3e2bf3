"""A migration's plan, whatever the archive holds: what is malformed is refused, with the places that validation names."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from kerasarchive._subjects import FAILS_AT, read_with
from kerasarchive.errors import KavError
from kerasarchive.model.archive import Archive
from kerasarchive.model.finding import Finding
from kerasarchive.model.release import Provenance, Release
from kerasarchive.model.report import Refusal

if TYPE_CHECKING:
    from kerasarchive.migration import Plan
    from kerasarchive.schema import ReleaseSchema

log = logging.getLogger("kav")

UNSAFE = "KAV418"
"""The rule about bytecode that a loader refuses in its default safe mode."""


def plan(
    archive: Archive,
    target: Release,
    accepts: ReleaseSchema,
    written_by: Sequence[Provenance],
    *,
    source: Release | None = None,
    unsafe: bool = False,
    **options: Any,
) -> Plan:
    """`migration.plan`, validated by `validation`. Raises KavError where there can be no plan.

    With `unsafe` the bytecode of Keras 3 is kept: such an archive loads with ``safe_mode=False`` alone.

    Planning takes a well-formed config for granted. If it stumbles and validation finds the config malformed, that is
    why, and the plan is a refusal; if validation finds nothing, the fault is kav's own and the exception goes on.
    """
    from kerasarchive import migration, validation

    check = without_bytecode(validation.validate_config) if unsafe else validation.validate_config
    given = {"written_by": written_by, "source": source, "schema": accepts, "check": check, **options}
    try:
        return migration.plan(archive, target, **given)
    except KavError:
        raise
    except Exception:
        log.debug("%s: planning failed", archive.path, exc_info=True)
        refusals = tuple(
            Refusal(each.location, f"the config is not valid: {each.message}", each.remedy or "see `kav validate`")
            for each in malformed(archive, accepts)
        )
        if not refusals:
            raise
        known = source or next((one.release for one in written_by if one.release), target)
        return migration.Plan(known, target, refusals=refusals)


def without_bytecode(check: Callable[..., Iterable[Finding]]) -> Callable[..., Iterator[Finding]]:
    """`check` without what it says of bytecode that Keras 3 itself wrote and runs if it is asked to."""

    def checked(*given: Any) -> Iterator[Finding]:
        yield from (finding for finding in check(*given) if finding.rule != UNSAFE)

    return checked


def malformed(archive: Archive, otherwise: ReleaseSchema) -> tuple[Finding, ...]:
    """What validation by the archive's own release (or `otherwise`, if that is not known) finds wrong with its config."""
    from kerasarchive import schema, validation

    accepts = read_with(schema.written_with(archive)) or otherwise
    return tuple(each for each in validation.validate(archive, accepts) if each.rank >= FAILS_AT)
