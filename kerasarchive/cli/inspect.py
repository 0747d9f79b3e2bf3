"""Show what an archive holds: who wrote it, its layers, weights and compile set-up."""

from __future__ import annotations

import click

from kerasarchive import api
from kerasarchive.cli._options import paths, shown
from kerasarchive.model.report import Report


@click.command("inspect", help=__doc__)
@paths
@click.option("--weights", is_flag=True, help="List every stored tensor.")
@shown
def COMMAND(paths: tuple[str, ...], weights: bool) -> Report:
    """`kav inspect`."""
    return api.inspect(*paths, weights=weights)
