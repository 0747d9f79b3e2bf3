"""`api.diff` and `api.verify`: the commands with two subjects, old and new."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from typing import Any

from kerasarchive._subjects import guard, judge, provenance
from kerasarchive.errors import KavError
from kerasarchive.model.archive import Archive
from kerasarchive.model.report import Subject

log = logging.getLogger("kav")


def diff(old: str, new: str, options: Mapping[str, Any]) -> Iterator[Subject]:
    """Both subjects; the changes stand on the new one."""
    first = guard(_described, old)
    yield first

    def compare(path: str) -> Subject:
        from kerasarchive import diffing, formats

        with formats.open(path) as after:
            if first.verdict == "failed":
                return _subject(after, "failed")
            with formats.open(old) as before:
                try:
                    changes = diffing.diff(before, after, **options)
                except KavError:
                    raise
                except Exception:
                    _blame(before, after)
                    raise
            return _subject(after, "different" if changes else "clean", changes=changes)

    yield guard(compare, new)


def _blame(*archives: Archive) -> None:
    """Raise KavError if a comparison stumbled because a config is malformed; else the fault is kav's own."""
    from kerasarchive import schema
    from kerasarchive._planning import malformed

    log.debug("the comparison failed", exc_info=True)
    newest = schema.load(schema.releases()[-1])
    for archive in archives:
        for finding in malformed(archive, newest):
            msg = f"the config is not valid, so that layers and weights cannot be matched: {finding.message}"
            place = f"{archive.path}: {finding.location}"
            raise KavError(msg, location=place, hint="see `kav validate`; --no-weights compares the configs alone")


def _described(path: str) -> Subject:
    from kerasarchive import formats

    with formats.open(path) as archive:
        return _subject(archive, judge(archive.findings, "clean"))


def _subject(archive: Archive, verdict: str, **more: Any) -> Subject:
    written_by, _ = provenance(archive)
    return Subject(archive.path, verdict, archive.format, written_by=written_by, findings=archive.findings, **more)


def verify(archives: tuple[str, ...], options: Mapping[str, Any]) -> Iterator[Subject]:
    """The old subject, if there is one, and the new one with the figures."""
    old = archives[0] if len(archives) > 1 else None
    if old is not None:
        yield guard(_described, old)

    def compare(path: str) -> Subject:
        from kerasarchive import verification

        described = _described(path)
        comparison = verification.verify(old, path, **options)
        verdict = str(comparison.get("verdict", "clean"))
        return Subject(
            described.path, verdict, described.format, written_by=described.written_by, findings=described.findings,
            comparison={key: value for key, value in comparison.items() if key != "verdict"},
        )  # fmt: skip

    yield guard(compare, archives[-1])
