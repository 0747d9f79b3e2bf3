"""From the paths that a user named to the subjects of a report: failures become subjects, gaps are counted."""

from __future__ import annotations

import gc
import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from itertools import islice, product
from typing import TYPE_CHECKING, Any, TypeAlias

from kerasarchive._failure import failure_finding
from kerasarchive._search import StrPath, expand
from kerasarchive.errors import ArchiveError
from kerasarchive.model.finding import SEVERITIES, Finding, Skipped
from kerasarchive.model.release import Provenance, Release
from kerasarchive.model.report import Report, Subject

if TYPE_CHECKING:
    from kerasarchive.model.archive import Archive
    from kerasarchive.schema import ReleaseSchema

Search: TypeAlias = Callable[[Sequence[StrPath]], Iterator[str]]
Look: TypeAlias = Callable[[str], Subject]

MOST_READINGS = 32
"""So many combinations of releases are tried where an archive may be by several."""

FAILS_AT = SEVERITIES.index("medium")

log = logging.getLogger("kav")


def survey(command: str, paths: Sequence[StrPath], look: Look, *, jobs: int = 1, search: Search = expand) -> Report:
    """A report of `command` with a subject for every archive at or below `paths`; one that fails stops no other."""
    guarded = partial(guard, look)
    if jobs > 1:
        from concurrent.futures import ProcessPoolExecutor
        from multiprocessing import get_context

        with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
            return conclude(command, pool.map(guarded, list(search(paths))))
    return conclude(command, map(guarded, search(paths)))


def conclude(command: str, subjects: Iterator[Subject] | Sequence[Subject]) -> Report:
    """The report whose exit code is the gravest of its subjects'."""
    found = tuple(subjects)
    return Report(command, found, max((subject.exit_code for subject in found), default=2))


def guard(look: Look, path: str) -> Subject:
    """What `look` has to say about `path`, or that it could not say anything."""
    with _uncollected():
        try:
            return look(path)
        except Exception as error:
            log.debug("%s", path, exc_info=True)
            return Subject(path, "failed", findings=(failure_finding(error, path),))


@contextmanager
def _uncollected() -> Iterator[None]:
    """No search for garbage cycles meanwhile: an archive is a tree of many small objects, through which each would go."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def seen(archive: Archive) -> tuple[tuple[Finding, ...], tuple[Skipped, ...]]:
    """What the reader saw, weights included, and what it could not look at."""
    try:
        return archive.seen(), ()
    except ArchiveError as error:
        return archive.findings, (Skipped(error.location or "weights", error.message),)


def judge(
    findings: Sequence[Finding], verdict: str, *, fails_at: int = FAILS_AT, skipped: Sequence[Skipped] = ()
) -> str:
    """`verdict` if a finding is of rank `fails_at` or graver; else ``failed`` after a gap, else ``clean``."""
    if any(finding.rank >= fails_at for finding in findings):
        return verdict
    return "failed" if skipped else "clean"


def provenance(archive: Archive) -> tuple[tuple[Provenance, ...], ReleaseSchema | None]:
    """Who wrote it, and the schema to read it with, if kav has one."""
    from kerasarchive import schema

    written_by = schema.written_with(archive)
    return written_by, read_with(written_by)


def read_with(written_by: Sequence[Provenance]) -> ReleaseSchema | None:
    """The schema of the Keras release that wrote an archive, if kav has one, with those of its libraries beside it."""
    return next(iter(readings(written_by)), None)


def readings(written_by: Sequence[Provenance], *, against: Release | None = None) -> Iterator[ReleaseSchema]:
    """The schemas that may be the ones to read an archive with, the newest releases of its libraries first.

    `against` is the release of Keras or of a library to go by instead.
    """
    from kerasarchive import _catalog, schema

    recorded: Release | None = next((one.release for one in written_by if one.of_keras), None)
    keras = schema.reading(recorded) if recorded else None
    known = _catalog.libraries()
    choices = {
        one.library: schema.possible(one) for one in written_by if not one.of_keras and one.library in known
    }
    if against is not None and against.of_keras:
        keras = schema.load(against)
    elif against is not None:
        choices[against.library] = (against,)
        keras = keras or schema.load(schema.target("latest"))
    if keras is not None:
        for libraries in islice(product(*(found for found in choices.values() if found)), MOST_READINGS):
            yield schema.together(keras, libraries)


def outermost_package(config: Any) -> str:
    """The package that the class of the outermost object is from; empty where it does not say."""
    module = config.get("module") if isinstance(config, dict) else None
    return module.partition(".")[0] if isinstance(module, str) else ""


def no_schema(written_by: Sequence[Provenance]) -> Skipped:
    """The gap that a missing schema leaves."""
    recorded = next((one.release for one in written_by if one.release), None)
    if recorded is None:
        return Skipped("validation", "the archive does not say which release wrote it; name one with --against")
    return Skipped("validation", f"kav has no schema of {recorded} yet; --against names another release to go by")
