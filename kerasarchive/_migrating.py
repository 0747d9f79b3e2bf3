"""`api.migrate` for one archive: where the output goes, what stands in the way, and the plan carried out."""

from __future__ import annotations

import math
import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from glob import escape
from pathlib import Path
from typing import TYPE_CHECKING

from kerasarchive._failure import failure_finding
from kerasarchive._subjects import outermost_package, provenance
from kerasarchive.errors import ArchiveError, KavError, UnknownRelease
from kerasarchive.model.archive import Archive
from kerasarchive.model.finding import SEVERITIES, Finding
from kerasarchive.model.location import Location
from kerasarchive.model.release import Release
from kerasarchive.model.report import Output, PlanSummary, Refusal, Subject

if TYPE_CHECKING:
    from kerasarchive.formats.sharding import Shards
    from kerasarchive.migration import Migration, Plan
    from kerasarchive.schema import ReleaseSchema

SUFFIXES = (
    (".weights.h5", "weights-h5"),
    (".weights.json", "weights-json"),
    (".keras", "keras-zip"),
    (".h5", "h5-model"),
    (".hdf5", "h5-model"),
)

WHOLE = ("keras-zip", "keras-dir", "h5-model", "saved-model")
"""Formats that hold a whole model, and so may become an unpacked archive."""


@dataclass(frozen=True, slots=True)
class Options:
    """What the user asked for; plain values, so that another process can have them."""

    to: str
    output: str | None = None
    output_dir: str | None = None
    in_place: bool = False
    backup: str | None = None
    from_: str | None = None
    write: bool = True
    unsafe: bool = False
    drop_training_state: bool = False
    map_lambda: tuple[tuple[str, str], ...] = ()
    weights: str | None = None
    config: str | None = None
    migrations: str | None = None
    force: bool = False
    max_shard_size: float | None = None


SHARD_SIZE = 5.0
"""Gigabytes of a shard where nothing is said, as in Keras."""
SHARDS_SINCE = Release("keras", "3.10.0")


def migrate(path: str, *, options: Options) -> Subject:
    """The subject of `kav migrate`."""
    from kerasarchive import _catalog, _packs

    with _opened(path, options) as archive:
        brought = _packs.brought(options.migrations, (_library(options.to, archive),))
        try:
            with _catalog.using(brought.shelves):
                subject = _migrate(path, archive, brought.migrations, options)
        except UnknownRelease:
            if brought.problems:
                raise brought.problems[0] from None
            raise
        said = (failure_finding(problem, path) for problem in brought.problems)
        return replace(subject, findings=(*subject.findings, *said)) if brought.problems else subject


def _migrate(path: str, archive: Archive, migrations: tuple[Migration, ...], options: Options) -> Subject:
    from kerasarchive import schema

    written_by, _ = provenance(archive)
    target = schema.outermost(options.to, written_by, outermost_package(archive.config))
    accepts = schema.accepting(target, written_by)
    out = _out(path, archive, options)
    format = _format(out, archive) if out is not None else "keras-zip"
    plan = _plan(archive, target, accepts, migrations, options, format)
    subject = partial(
        Subject, path, format=archive.format, written_by=written_by, findings=archive.findings, plan=plan.summary,
        changes=plan.changes,
    )  # fmt: skip
    if plan.refusals:
        return subject(verdict="refused")
    if accepts.beside and not plan.changes and plan.source != target:
        unfit = tuple(_unfit(archive, accepts, options))
        if unfit:
            return subject(verdict="refused", plan=replace(plan.summary, refusals=unfit))
    if path == "-" and options.write:
        msg = "standard input is not kept, so that its digest cannot be recorded"
        raise KavError(msg, location="-", hint="save it to a file first")
    if out is None or not options.write:
        return subject(verdict="pending" if plan.changes else "clean")
    shards = _shards(out, format, options)
    hindrance = _hindrance(path, out, options, shards, accepts.release)
    if hindrance is not None:
        refused = PlanSummary(plan.summary.steps, plan.summary.moves, (hindrance,), plan.summary.announcements)
        return subject(verdict="refused", plan=refused)
    if options.in_place and options.backup and plan.changes:
        _back_up(Path(path), Path(path + options.backup))
    sha256 = _carry_out(plan, archive, out, format, accepts, unsafe=options.unsafe, shards=shards)
    done = "migrated" if plan.changes or format != archive.format else "clean"
    return subject(verdict=done, output=Output(str(out), format), sha256=sha256)


def _library(target: str, archive: Archive) -> str:
    """The library that a target names; a bare number is one of that which the outermost object is from."""
    name = target.partition("==")[0].strip()
    return outermost_package(archive.config) if name[:1].isdigit() or name == "latest" else name


@contextmanager
def _opened(path: str, options: Options) -> Iterator[Archive]:
    """The archive at `path`, with the weights or the architecture that belong to it."""
    from kerasarchive import formats

    with formats.open(path) as archive:
        if options.weights is None and options.config is None:
            yield archive
            return
        with formats.open(options.weights or options.config or "") as other:
            architecture, weights = (archive, other) if options.weights else (other, archive)
            yield formats.compose(architecture, weights, path)


def _plan(
    archive: Archive,
    target: Release,
    accepts: ReleaseSchema,
    migrations: tuple[Migration, ...],
    options: Options,
    format: str,
) -> Plan:
    from kerasarchive import schema
    from kerasarchive._lambdas import complete, mapped
    from kerasarchive._planning import plan

    source = Release.parse(options.from_) if options.from_ else None
    if options.from_ and source is None:
        msg = f"{options.from_!r} names no release"
        raise KavError(msg, hint="write it as keras==2.15.0")
    changed = mapped(archive, dict(options.map_lambda))
    found = plan(
        changed, target, accepts, schema.written_with(archive), source=source,
        drop_training_state=options.drop_training_state, unsafe=options.unsafe, format=format,
        migrations=migrations,
    )  # fmt: skip
    return complete(replace(found, refusals=tuple(_outermost(found.refusals))), archive, changed)


def _outermost(refusals: tuple[Refusal, ...]) -> Iterator[Refusal]:
    """Without those about a place inside of what is refused as a whole: a step that was not taken leaves traces."""
    whole = {(each.location.member, each.location.parts) for each in refusals}
    for each in refusals:
        member, parts = each.location.member, each.location.parts
        if not any((member, parts[:length]) in whole for length in range(1, len(parts))):
            yield each


def _unfit(archive: Archive, accepts: ReleaseSchema, options: Options) -> Iterator[Refusal]:
    """Why what no step changes would not load all the same: a library laid a network out anew that a later step replaces."""
    for finding in _recheck(archive, accepts=accepts, unsafe=options.unsafe):
        is_custom = finding.rule == "KAV410"
        if finding.rule.startswith("KAV4") and not is_custom and finding.rank >= SEVERITIES.index("medium"):
            yield Refusal(finding.location, finding.message, "name a later release", str(accepts.release))
            return


def _carry_out(
    plan: Plan,
    archive: Archive,
    out: Path,
    format: str,
    accepts: ReleaseSchema,
    *,
    unsafe: bool = False,
    shards: Shards | None = None,
) -> str:
    """Write the output, whole or not at all; the digest of the input."""
    from kerasarchive import formats
    from kerasarchive.migration.execution import digest, execute, remove

    source = Path(archive.path)
    sha256 = digest(source)
    out.parent.mkdir(parents=True, exist_ok=True)
    if plan.changes:
        recheck = partial(_recheck, accepts=accepts, unsafe=unsafe)
        execute(plan, archive, out, recheck=recheck, sha256=sha256, format=format, shards=shards)
    elif not (out.exists() and out.samefile(source)):
        temp = formats.temporary(out)
        try:
            if format != archive.format or shards is not None:
                formats.write(archive, temp, format=format, shards=shards)
            elif source.is_dir():
                shutil.copytree(source, temp)
            else:
                shutil.copyfile(source, temp)
            formats.publish(temp, out)
        finally:
            remove(temp)
    return sha256


def _recheck(archive: Archive, *, accepts: ReleaseSchema, unsafe: bool) -> Iterable[Finding]:
    from kerasarchive import validation
    from kerasarchive._planning import without_bytecode

    validate = without_bytecode(validation.validate) if unsafe else validation.validate
    return (*archive.findings, *validate(archive, accepts))


def _out(path: str, archive: Archive, options: Options) -> Path | None:
    if options.in_place:
        return Path(path)
    if options.output:
        return Path(options.output)
    if options.output_dir is None:
        return None
    name = Path(path).name
    if archive.format == "saved-model":
        name = f"{name.removesuffix('.sm').removesuffix('.tf')}.keras"
    elif not archive.keeps_vars:
        name = f"{Path(name).stem}.keras"
    return Path(options.output_dir, name)


def _format(out: Path, archive: Archive) -> str:
    """The format that the output's name asks for."""
    for suffix, format in SUFFIXES:
        if out.name.endswith(suffix) and not (out.is_dir() and archive.format == "keras-dir"):
            return format
    if not out.suffix or out.is_dir():
        return "keras-dir" if archive.format in WHOLE else archive.format
    msg = f"the suffix {out.suffix!r} names no format"
    raise ArchiveError(msg, location=str(out), hint="use .keras, .weights.h5 or a folder", rule="cannot-write")


def _shards(out: Path, format: str, options: Options) -> Shards | None:
    """How the output is split; None where it is one file."""
    from kerasarchive.formats.sharding import SHARDED, SUFFIX, Shards

    if format != SHARDED:
        if options.max_shard_size is not None:
            msg = f"{out} is not written in shards"
            raise KavError(msg, hint="name the output .weights.json")
        return None
    size = SHARD_SIZE if options.max_shard_size is None else options.max_shard_size
    if not 0 < size < math.inf:
        msg = f"{size} is no size for a shard"
        raise KavError(msg, hint="give gigabytes: --max-shard-size 5")
    return Shards(out.name.removesuffix(SUFFIX), int(size * 1024**3))


def _hindrance(path: str, out: Path, options: Options, shards: Shards | None, keras: Release) -> Refusal | None:
    """Why nothing is written to `out`, which `keras` is to read."""
    if shards is not None and (keras.library != SHARDS_SINCE.library or keras < SHARDS_SINCE):
        return Refusal(Location(str(out)), f"{keras} does not load weights in shards", "name the output .weights.h5")
    if options.in_place and Path(path, "saved_model.pb").exists():
        return Refusal(
            Location(path), "the new archive is no SavedModel, whose place it would take", "give -o MODEL.keras"
        )
    if options.in_place:
        backup = Path(path + options.backup) if options.backup else None
        if backup is not None and backup.exists() and not options.force:
            return Refusal(Location(str(backup)), "the backup exists already", "--force replaces it")
        return None
    if options.force:
        return None
    if shards is not None and (there := sorted(out.parent.glob(f"{escape(shards.name)}_[0-9]*.weights.h5"))):
        return Refusal(Location(str(there[0])), "a shard of that name exists already", "--force replaces it")
    if not out.exists():
        return None
    if Path(path).exists() and out.samefile(path):
        return Refusal(Location(str(out)), "the output is the input", "--in-place replaces it, so does --force")
    return Refusal(Location(str(out)), "the output exists already", "--force replaces it")


def _back_up(path: Path, backup: Path) -> None:
    """Keep the old archive: the output replaces the name, not the file, so that a second name is enough."""
    from kerasarchive.migration.execution import remove

    remove(backup)
    if path.is_dir():
        shutil.copytree(path, backup)
        return
    try:
        os.link(path, backup)
    except OSError:
        shutil.copy2(path, backup)
