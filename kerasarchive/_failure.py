"""What kav says where it could not do its job: every exception as a Finding, so that a failure is in the report."""

from __future__ import annotations

from dataclasses import dataclass

from kerasarchive import errors
from kerasarchive.model.finding import Finding
from kerasarchive.model.location import Location


@dataclass(frozen=True, slots=True)
class Failure:
    """One way to fail: its code, its slug and what it is about."""

    code: str
    name: str
    explains: str


INTERNAL = Failure("KAV000", "internal-error", "kav itself is at fault. Nothing can be said about the archive.")
UNREADABLE = Failure("KAV009", "unreadable", "The archive cannot be read.")
FAILURES = {
    failure.name: failure
    for failure in (
        INTERNAL,
        Failure("KAV001", "missing", "There is no such file or folder, or it may not be read."),
        Failure("KAV002", "not-keras", "The file is no Keras archive; the message says what it is."),
        Failure("KAV003", "too-large", "A part of the archive is larger than kav is ready to read."),
        Failure("KAV004", "truncated", "The file ends before its content does."),
        Failure("KAV005", "out-of-resources", "Reading the archive took more memory or depth than there is."),
        UNREADABLE,
        Failure("KAV010", "unknown-release", "kav does not know that release; the message names the nearest."),
        Failure("KAV011", "no-schema", "The schema of a release is missing, broken or cannot be built."),
        Failure("KAV020", "unknown-provenance", "It cannot be told which release wrote the archive; `--from` says it."),
        Failure("KAV021", "no-route", "No chain of migrations leads from the archive's release to the target."),
        Failure("KAV022", "unsound", "The migrated archive did not pass kav's own check of it and was deleted."),
        Failure("KAV023", "migration-failed", "The migration could not be planned or carried out."),
        Failure("KAV030", "plugin", "Migrations from outside of kav cannot be used."),
        Failure("KAV040", "oracle-unavailable", "No environment with the wanted release of Keras can be had here."),
        Failure("KAV041", "verification-failed", "The process that runs Keras died or did not answer."),
        Failure("KAV050", "cannot-write", "The output is not where kav may write."),
    )
}
_BY_CLASS: tuple[tuple[type[BaseException], str], ...] = (
    (errors.UnknownRelease, "unknown-release"),
    (errors.SchemaError, "no-schema"),
    (errors.UnknownProvenance, "unknown-provenance"),
    (errors.NoRoute, "no-route"),
    (errors.MigrationUnsound, "unsound"),
    (errors.MigrationError, "migration-failed"),
    (errors.PluginError, "plugin"),
    (errors.OracleUnavailable, "oracle-unavailable"),
    (errors.VerificationError, "verification-failed"),
    (errors.KavError, "unreadable"),
    (MemoryError, "out-of-resources"),
    (RecursionError, "out-of-resources"),
    (OSError, "missing"),
)


def failure_finding(error: BaseException, path: str = "") -> Finding:
    """The Finding that says what `error` says of `path`. Severity is high: the archive has not been looked at."""
    name = next((name for kind, name in _BY_CLASS if isinstance(error, kind)), INTERNAL.name)
    location, remedy = Location(), ""
    if isinstance(error, errors.KavError):
        message, location, remedy = error.message, Location.parse(_inside(error.location, path)), error.hint
        rule = getattr(error, "rule", "")
        if rule in FAILURES:
            name = rule
        elif rule:
            from kerasarchive.formats.rules import RULES

            if rule in RULES:
                reader = RULES[rule]
                return Finding(reader.code, rule, "high", message, location, remedy=remedy or reader.remedy)
    elif isinstance(error, OSError):
        message = error.strerror or str(error)
        location = Location(str(error.filename)) if error.filename else location
    else:
        message = f"{type(error).__name__}: {error}".splitlines()[0][:300]
    if name == INTERNAL.name:
        remedy = "please report it with the output of `-v`"
    return Finding(FAILURES[name].code, name, "high", message, location, remedy=remedy)


def _inside(location: str, path: str) -> str:
    """The place inside of the archive at `path`: readers put the path in front."""
    rest = location.removeprefix(path) if path else location
    return rest.lstrip(": ") if rest != location else location
