"""List the releases that kav knows, and what each changed."""

from __future__ import annotations

import click

from kerasarchive import api
from kerasarchive.cli._options import shown
from kerasarchive.model.report import Report


@click.command("releases", help=__doc__)
@click.argument("library", required=False)
@shown
def COMMAND(library: str | None) -> Report:
    """`kav releases`."""
    return api.releases(library)
