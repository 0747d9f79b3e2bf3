"""What all commands share: how the report is shown, and that its exit code is the command's."""

from __future__ import annotations

import functools
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from kerasarchive import reports
from kerasarchive.model.report import Report

Command = Callable[..., Report]

PATH = click.Path(path_type=str, allow_dash=True)
paths = click.argument("paths", nargs=-1, required=True, type=PATH, metavar="PATH...")


def shown(command: Command) -> Callable[..., int]:
    """Adds the options of every report to a command that returns one, shows it and returns its exit code."""

    @click.option("--format", "format_", type=click.Choice(reports.names()), default="text", show_default=True,
                  help="How to show the report.")  # fmt: skip
    @click.option("-q", "--quiet", count=True, help="Show the verdicts alone.")
    @click.option("-v", "--verbose", count=True, help="Show lists at full length, and what kav does (on stderr).")
    @click.option("--color/--no-color", default=None, help="Colour the text (default: on a terminal, NO_COLOR unset).")
    @functools.wraps(command)
    def run(*, format_: str, quiet: int, verbose: int, color: bool | None, **options: Any) -> int:
        if verbose:
            _log_to_stderr()
        report = command(**options)
        show(reports.render(report, format_, color=_is_colored(color), verbosity=verbose - quiet))
        return report.exit_code

    return run


def show(text: str) -> None:
    """Write to standard output at once; characters that it cannot encode are written out."""
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="backslashreplace")
    sys.stdout.write(text)
    sys.stdout.flush()


def _is_colored(asked: bool | None) -> bool:
    if asked is not None:
        return asked
    if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return False
    return sys.stdout.isatty()


def _log_to_stderr() -> None:
    import logging

    logging.basicConfig(stream=sys.stderr, level=logging.DEBUG, format="kav: %(message)s")


def split(values: tuple[str, ...]) -> tuple[str, ...]:
    """``("KAV101,KAV102", "KAV3")`` as one tuple of three."""
    return tuple(part.strip() for value in values for part in value.split(",") if part.strip())


def existing_folder(value: str | None) -> Path | None:
    """A folder from the command line."""
    return Path(value) if value else None
