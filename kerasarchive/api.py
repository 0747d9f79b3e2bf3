"""What kav does, as functions: each command of the command line is one of these. Read this first.

Every function takes paths and returns a frozen `Report`, whatever the archives are like: what is wrong with one of
them is a Finding, and what kav could not do is a subject with the verdict ``failed``. Siblings such as `auditing` and
`migration` never import each other; here they are strung together.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from kerasarchive._search import StrPath
from kerasarchive._subjects import conclude, guard, judge, no_schema, provenance, readings, seen, survey
from kerasarchive.errors import KavError
from kerasarchive.model.report import Report, Subject

__all__ = [
    "audit",
    "build_schema",
    "diff",
    "diff_schemas",
    "draft_migration",
    "explain",
    "inspect",
    "list_migrations",
    "migrate",
    "releases",
    "show_migration",
    "show_schema",
    "validate",
    "verify",
]

WEIGHTS_ALONE = ("h5-weights", "weights-h5", "weights-json")
NO_CONFIG = "the architecture: the file holds weights alone"


def inspect(*paths: StrPath, weights: bool = False) -> Report:
    """What each archive holds, as `facts`: who wrote it, layers, shapes, parameters, compile set-up, weight tree.

    With `weights`, every stored tensor too. No tensor's values are read.
    """
    return survey("inspect", paths, partial(_inspect, weights=weights))


def _inspect(path: str, *, weights: bool) -> Subject:
    from kerasarchive import formats, inspection

    with formats.open(path) as archive:
        written_by, schema = provenance(archive)
        facts = inspection.summarize(archive, written_by, schema, weights=weights)
        findings, skipped = seen(archive)
        return Subject(
            path, judge(findings, "flagged", skipped=skipped), archive.format, written_by=written_by, facts=facts,
            findings=findings, skipped=skipped,
        )  # fmt: skip


def validate(*paths: StrPath, against: str | None = None, explain: bool = False) -> Report:
    """Whether the release that wrote each archive, or the one of `against`, accepts its config and its weights.

    With `explain`, `facts` says of every class that a finding is about what the release accepts there.
    """
    return survey("validate", paths, partial(_validate, against=against, explain=explain))


def _validate(path: str, *, against: str | None, explain: bool) -> Subject:
    from kerasarchive import _accepted, formats, schema, validation
    from kerasarchive._inferring import infer

    with formats.open(path) as archive:
        written_by = schema.written_with(archive)
        wanted = None if against is None else schema.target(against)
        schemas = tuple(readings(written_by, against=wanted))
        if not schemas and (inferred := infer(archive)) is not None:
            written_by, schemas = (inferred[0],), (inferred[1],)
        found = schemas[0] if schemas else None
        findings, skipped = seen(archive)
        if archive.config is not None:
            skipped += () if schemas else (no_schema(written_by),)
            found, judged = validation.best(archive, schemas, written_by)
            findings += judged
        facts: dict[str, Any] = {"against": str(found)} if found else {}
        if explain and found:
            facts["accepted"] = _accepted.accepted(archive, findings, found)
        return Subject(
            path, judge(findings, "invalid", skipped=skipped), archive.format, written_by=written_by,
            facts=facts, findings=findings, skipped=skipped,
            not_assessed=(NO_CONFIG,) if archive.config is None and archive.format in WEIGHTS_ALONE else (),
        )  # fmt: skip


def diff(
    old: StrPath,
    new: StrPath,
    *,
    weights: bool = True,
    rtol: float = 0.0,
    atol: float = 0.0,
    ignore: Sequence[str] = (),
) -> Report:
    """What changed from `old` to `new`; the changes stand on the second subject.

    `rtol` and `atol` say which differences of weights do not count, `ignore` names places by glob.
    """
    from kerasarchive import _comparing

    options = {"weights": weights, "rtol": rtol, "atol": atol, "ignore": tuple(ignore)}
    return conclude("diff", _comparing.diff(str(old), str(new), options))


def audit(
    *paths: StrPath,
    for_: Sequence[str] = (),
    select: Sequence[str] = (),
    ignore: Sequence[str] = (),
    fail_on: str | None = None,
    allow: Sequence[str] = (),
    baseline: StrPath | None = None,
    config: StrPath | None = None,
    deep: bool = False,
    exit_zero: bool = False,
) -> Report:
    """What in each archive is dangerous, and whether the targets `for_` would load it.

    `select` and `ignore` take codes or their beginnings, `allow` custom objects (``pkg>Class``, ``pkg>*``); findings
    of severity `fail_on` (medium) or graver flag the archive. `baseline` is a file of waivers, each for one digest and rule.
    `config` is a TOML file whose table ``[tool.kav.audit]`` says the same: lists add up, and what is given here goes before.
    `deep` reads every byte: checksums of all members, all chunks of all tensors. With `exit_zero`, flagged archives do
    not make the exit code 1; what could not be looked at still makes it 2. KavError if `config` cannot be read.
    """
    from kerasarchive import _auditing
    from kerasarchive._policy import Policy

    policy = Policy.read(config) if config is not None else Policy()
    wanted = Policy(
        fail_on or policy.fail_on, (*policy.allow, *allow), (*policy.ignore, *ignore), tuple(select) or policy.select,
        tuple(dict.fromkeys((*policy.for_, *for_))), deep or policy.deep, policy.waivers,
    )  # fmt: skip
    report = _auditing.report(paths, wanted, _text(baseline))
    return replace(report, exit_code=0) if exit_zero and report.exit_code == 1 else report


def migrate(
    *paths: StrPath,
    to: str,
    output: StrPath | None = None,
    output_dir: StrPath | None = None,
    in_place: bool = False,
    backup: str | None = None,
    from_: str | None = None,
    dry_run: bool = False,
    check: bool = False,
    unsafe: bool = False,
    drop_training_state: bool = False,
    map_lambda: Mapping[str, str] | None = None,
    weights: StrPath | None = None,
    config: StrPath | None = None,
    migrations: StrPath | None = None,
    force: bool = False,
    max_shard_size: float | None = None,
    jobs: int = 1,
) -> Report:
    """Rewrite each archive so that the release `to` loads it and computes the same; refuse where that is not certain.

    One of `output` (a single archive), `output_dir` and `in_place` says where to, unless `dry_run` or `check` wants
    the plan alone. `from_` names the release that wrote the archives where they do not record it. `map_lambda` says
    for a layer's name which registered function stands for its bytecode. `weights` are those of an architecture, `config`
    is the architecture (or the model archive) of weights. `migrations` is a folder whose code is run.
    `max_shard_size` are the gigabytes of values in a file of an output named `.weights.json` (5 as in Keras).
    """
    from kerasarchive import _migrating

    if sum((output is not None, output_dir is not None, in_place)) != 1 and not (dry_run or check):
        msg = "it is not said where the new archive goes"
        raise KavError(msg, hint="give one of output, output_dir and in_place")
    options = _migrating.Options(
        to=to, output=_text(output), output_dir=_text(output_dir), in_place=in_place, backup=backup, from_=from_,
        write=not (dry_run or check), unsafe=unsafe, drop_training_state=drop_training_state,
        map_lambda=tuple((map_lambda or {}).items()), migrations=_text(migrations), force=force,
        weights=_text(weights), config=_text(config), max_shard_size=max_shard_size,
    )  # fmt: skip
    return survey("migrate", paths, partial(_migrating.migrate, options=options), jobs=jobs)


def verify(
    *archives: StrPath,
    old_env: str | None = None,
    new_env: str | None = None,
    inputs: StrPath | None = None,
    expect: StrPath | None = None,
    rtol: float | None = None,
    atol: float | None = None,
    custom_objects: Sequence[str] = (),
    fit: bool = False,
) -> Report:
    """Whether the last of `archives` computes what the first computes, or what was recorded in `expect`.

    This runs Keras, in child processes: what the archives and `custom_objects` contain is loaded there.
    """
    from kerasarchive import _comparing

    if not 1 <= len(archives) <= 2:
        msg = "verify takes one archive or two"
        raise KavError(msg)
    options = {
        "old_env": old_env, "new_env": new_env, "inputs": _text(inputs), "expect": _text(expect), "rtol": rtol,
        "atol": atol, "custom_objects": tuple(custom_objects), "fit": fit,
    }  # fmt: skip
    return conclude("verify", _comparing.verify(tuple(map(str, archives)), options))


def explain(code: str | None = None, *, error: str | None = None) -> Report:
    """What a rule (``KAV101``) or migration is about, or which fix answers a load error."""
    from kerasarchive import _reference

    return _of("explain", code or "error", partial(_reference.explain, code=code, error=error))


def releases(library: str | None = None) -> Report:
    """The releases that kav knows of a library (default: of all), and what each changed."""
    from kerasarchive import _reference

    return _of("releases", library or "all", partial(_reference.releases, library=library))


def show_schema(release: str, name: str | None = None) -> Report:
    """What a release, or one class of it, accepts."""
    from kerasarchive import _reference

    return _of("schema show", release, partial(_reference.show_schema, name=name))


def build_schema(release: str, *, output_dir: StrPath | None = None) -> Report:
    """The schema of a release, read off its source without running it, written to `output_dir`."""
    from kerasarchive import _reference

    return _of("schema build", release, partial(_reference.build_schema, output_dir=_text(output_dir)))


def diff_schemas(old: str, new: str, name: str | None = None) -> Report:
    """What changed between two releases, or in one class, for whoever holds archives of the older: silent changes first."""
    from kerasarchive import _reference

    return _of("schema diff", new, partial(_reference.diff_schemas, old=old, name=name))


def list_migrations(*, migrations: StrPath | None = None) -> Report:
    """Every migration that kav knows, in the order in which they are taken."""
    from kerasarchive import _reference

    return _of("migration list", "all", partial(_reference.list_migrations, folder=_text(migrations)))


def show_migration(name: str, *, migrations: StrPath | None = None) -> Report:
    """What a migration does, and the evidence for it."""
    from kerasarchive import _reference

    return _of("migration show", name, partial(_reference.show_migration, folder=_text(migrations)))


def draft_migration(*archives: StrPath, from_: str, to: str, output: StrPath | None = None) -> Report:
    """The beginning of a migration file from release `from_` to `to`: what their schemas and two archives of one model show.

    It is the fact `draft`, or written to `output`. What somebody has to look at is marked TODO in it.
    """
    from kerasarchive import _drafting

    look = partial(_drafting.draft, from_=from_, to=to, archives=tuple(map(str, archives)), output=_text(output))
    return _of("migration draft", to, look)


def _of(command: str, path: str, look: partial[Subject]) -> Report:
    return conclude(command, (guard(look, path),))


def _text(path: StrPath | None) -> str | None:
    return None if path is None else str(path)
