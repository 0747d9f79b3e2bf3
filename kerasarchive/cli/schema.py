"""Show, build or compare what releases accept."""

from __future__ import annotations

import click

from kerasarchive import api
from kerasarchive.cli._options import shown
from kerasarchive.model.report import Report


@click.group("schema", help=__doc__)
def COMMAND() -> None:
    """`kav schema`."""


@COMMAND.command()
@click.argument("release", metavar="LIBRARY==VERSION")
@click.argument("name", metavar="[CLASS]", required=False)
@shown
def show(release: str, name: str | None) -> Report:
    """Show what a release, or one class of it, accepts."""
    return api.show_schema(release, name)


@COMMAND.command()
@click.argument("release", metavar="LIBRARY==VERSION")
@click.option("-o", "--output-dir", type=click.Path(file_okay=False), help="Where to write it (default: nowhere).")
@shown
def build(release: str, output_dir: str | None) -> Report:
    """Read a release's source, without running it, and write its schema."""
    return api.build_schema(release, output_dir=output_dir)


@COMMAND.command()
@click.argument("old", metavar="A")
@click.argument("new", metavar="B")
@click.argument("name", metavar="[CLASS]", required=False)
@shown
def diff(old: str, new: str, name: str | None) -> Report:
    """Show what changed from A to B for whoever holds archives of A: first what loads and means something else."""
    return api.diff_schemas(old, new, name)
