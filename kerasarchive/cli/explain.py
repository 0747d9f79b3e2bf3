"""Say what a rule or a migration is about, or which fix answers a load error."""

from __future__ import annotations

import sys

import click

from kerasarchive import api
from kerasarchive.cli._options import shown
from kerasarchive.model.report import Report


@click.command("explain", help=__doc__)
@click.argument("code", required=False)
@click.option("--error", metavar="TEXT", help="The text of a load error, or - to read a traceback from standard input.")
@shown
def COMMAND(code: str | None, error: str | None) -> Report:
    """`kav explain`."""
    if (code is None) == (error is None):
        msg = "give the code of a rule, the name of a migration, or --error TEXT"
        raise click.UsageError(msg)
    return api.explain(code, error=sys.stdin.read(1 << 20) if error == "-" else error)
