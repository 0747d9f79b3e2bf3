"""List, show or draft migrations."""

from __future__ import annotations

import click

from kerasarchive import api
from kerasarchive.cli._options import shown
from kerasarchive.model.report import Report

_FOLDER = click.option("--migrations", metavar="DIR", type=click.Path(exists=True, file_okay=False),
                       help="A folder with migrations of your own. Its code is run.")  # fmt: skip


@click.group("migration", help=__doc__)
def COMMAND() -> None:
    """`kav migration`."""


@COMMAND.command("list")
@_FOLDER
@shown
def list_(migrations: str | None) -> Report:
    """List the migrations in the order in which they are taken."""
    return api.list_migrations(migrations=migrations)


@COMMAND.command()
@click.argument("name")
@_FOLDER
@shown
def show(name: str, migrations: str | None) -> Report:
    """Show what a migration does, and the evidence for it."""
    return api.show_migration(name, migrations=migrations)


@COMMAND.command()
@click.argument("archives", nargs=-1, metavar="[OLD.keras NEW.keras]", type=click.Path())
@click.option("--from", "from_", required=True, metavar="LIBRARY==VERSION", help="The older release.")
@click.option("--to", required=True, metavar="LIBRARY==VERSION", help="The newer release.")
@click.option("-o", "--output", type=click.Path(dir_okay=False), help="Write the draft there instead of showing it.")
@shown
def draft(archives: tuple[str, ...], from_: str, to: str, output: str | None) -> Report:
    """Draft a migration from what two releases, and two archives of one model, show. It needs somebody to look at it."""
    return api.draft_migration(*archives, from_=from_, to=to, output=output)
