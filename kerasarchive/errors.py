"""Every exception of kav.

An invalid, corrupt or hostile archive is *data* (a `Finding`), and a refused migration is a value in the plan.
An exception means that kav could not do its job.
"""

from __future__ import annotations


class KavError(Exception):
    """Base of everything that kav raises on purpose.

    `location` says where (a `Location` or a path, as text), `hint` what the user can do about it.
    """

    def __init__(self, message: str, *, location: str = "", hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.location = location
        self.hint = hint

    def __str__(self) -> str:
        """One line: what, where, what to do."""
        text = f"{self.location}: {self.message}" if self.location else self.message
        return f"{text} ({self.hint})" if self.hint else text


class ArchiveError(KavError):
    """A reader cannot go on. Internal: `api` turns it into Findings and exit code 2."""

    def __init__(
        self,
        message: str,
        *,
        location: str = "",
        hint: str = "",
        rule: str = "unreadable",
        limit: int | None = None,
        actual: int | None = None,
    ) -> None:
        super().__init__(message, location=location, hint=hint)
        self.rule = rule
        self.limit = limit
        self.actual = actual


class SchemaError(KavError):
    """A schema file is missing, broken or cannot be built."""


class UnknownRelease(SchemaError):
    """No such release of that library is known; the hint names the nearest."""


class MigrationError(KavError):
    """A migration could not be planned or carried out."""


class UnknownProvenance(MigrationError):
    """It cannot be told which release wrote the archive."""


class NoRoute(MigrationError):
    """No chain of steps leads from the archive's release to the target."""


class MigrationUnsound(MigrationError):
    """The result failed kav's own check of it; the output was deleted."""


class PluginError(KavError):
    """Third-party migrations or schemas cannot be used."""

    def __init__(self, message: str, *, package: str = "", version: str = "", location: str = "", hint: str = "") -> None:
        super().__init__(message, location=location, hint=hint)
        self.package = package
        self.version = version


class VerificationError(KavError):
    """`kav verify` could not run."""


class OracleUnavailable(VerificationError):
    """No environment with the wanted release can be had on this machine."""


class ProbeFailed(VerificationError):
    """The child process that runs Keras died or did not answer."""
