"""From the paths that a user named to the subjects of a report: folders are walked, failures become subjects."""

from __future__ import annotations

import gc
import logging
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from itertools import islice, product
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from kerasarchive._failure import failure_finding
from kerasarchive.errors import ArchiveError
from kerasarchive.model.finding import SEVERITIES, Finding, Skipped
from kerasarchive.model.release import Provenance, Release
from kerasarchive.model.report import Report, Subject

if TYPE_CHECKING:
    from kerasarchive.model.archive import Archive
    from kerasarchive.schema import ReleaseSchema

StrPath: TypeAlias = "str | os.PathLike[str]"
Look: TypeAlias = Callable[[str], Subject]

SUFFIXES = (".keras", ".h5", ".hdf5", ".weights.json")
_MAGICS = (b"\x89HDF\r\n\x1a\n", b"PK\x03\x04")
_TABLE = bytes.fromhex("57fb808b247547db")
"""The end of a LevelDB table."""
_WHOLE_FOLDERS = frozenset({"config.json", "saved_model.pb", "saved_model.pbtxt", "keras_metadata.pb"})
"""Files whose folder as a whole is one archive."""
MOST_READINGS = 32
"""So many combinations of releases are tried where an archive may be by several."""

FAILS_AT = SEVERITIES.index("medium")

log = logging.getLogger("kav")


def survey(command: str, paths: Sequence[StrPath], look: Look, *, jobs: int = 1) -> Report:
    """A report of `command` with a subject for every archive at or below `paths`; one that fails stops no other."""
    guarded = partial(guard, look)
    if jobs > 1:
        from concurrent.futures import ProcessPoolExecutor
        from multiprocessing import get_context

        with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
            return conclude(command, pool.map(guarded, list(expand(paths))))
    return conclude(command, map(guarded, expand(paths)))


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


def expand(paths: Sequence[StrPath]) -> Iterator[str]:
    """Every archive at or below `paths`, each folder's by name; a folder without any stands for itself."""
    for path in (os.fspath(path) for path in paths):
        if not Path(path).is_dir() or _is_archive_folder(path):
            yield path
            continue
        found = False
        for archive in _below(Path(path)):
            found = True
            yield str(archive)
        if not found:
            yield path


def _below(root: Path) -> Iterator[Path]:
    for folder, names, files in os.walk(root):
        names[:] = sorted(name for name in names if not name.startswith("."))
        for name in [name for name in names if _is_archive_folder(str(Path(folder, name)))]:
            names.remove(name)
            yield Path(folder, name)
        yield from (Path(folder, name) for name in sorted(files) if _is_candidate(Path(folder, name)))


def _is_archive_folder(path: str) -> bool:
    try:
        return not _WHOLE_FOLDERS.isdisjoint(entry.name for entry in Path(path).iterdir())
    except OSError:
        return False


def _is_candidate(path: Path) -> bool:
    """A file that is named like an archive or begins like one: what it is shows when it is opened."""
    if path.name.startswith(".") or not path.is_file():
        return False
    if path.suffix == ".index":
        return _is_table(path)
    if path.name.lower().endswith(SUFFIXES):
        return True
    try:
        with path.open("rb") as file:
            head = file.read(4096)
    except OSError:
        return False
    if head.startswith(_MAGICS[0]):
        return True
    if head.startswith(_MAGICS[1]):
        return b"config.json" in head or b"metadata.json" in head
    return path.suffix == ".json" and b'"class_name"' in head and b'"config"' in head


def _is_table(path: Path) -> bool:
    """Whether a file ends like the index of a TensorFlow checkpoint."""
    try:
        with path.open("rb") as file:
            file.seek(-min(len(_TABLE), path.stat().st_size), os.SEEK_END)
            return file.read() == _TABLE
    except OSError:
        return False


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
