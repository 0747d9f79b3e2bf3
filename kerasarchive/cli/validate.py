"""Check an archive against what a release of Keras accepts."""

from __future__ import annotations

import click

from kerasarchive import api
from kerasarchive.cli._options import paths, shown
from kerasarchive.model.report import Report


@click.command("validate", help=__doc__)
@paths
@click.option("--against", metavar="LIBRARY==VERSION", help="The release to go by (default: the one that wrote it).")
@click.option("--explain", is_flag=True, help="Print what the release accepts wherever something is wrong.")
@shown
def COMMAND(paths: tuple[str, ...], against: str | None, explain: bool) -> Report:
    """`kav validate`."""
    return api.validate(*paths, against=against, explain=explain)
