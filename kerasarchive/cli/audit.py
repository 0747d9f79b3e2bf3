"""Look for what is dangerous in an archive, and foretell whether a release would load it."""

from __future__ import annotations

import click

from kerasarchive import api
from kerasarchive.cli._options import paths, shown, split
from kerasarchive.model.finding import SEVERITIES
from kerasarchive.model.report import Report


@click.command("audit", help=__doc__)
@paths
@click.option("--for", "for_", multiple=True, metavar="TARGET", help="Would this release load it, and mean the same?")
@click.option("--select", multiple=True, metavar="RULES", help="Only these rules: codes or their beginnings (KAV1).")
@click.option("--ignore", multiple=True, metavar="RULES", help="Not these rules.")
@click.option("--fail-on", type=click.Choice(SEVERITIES), default="medium", show_default=True,
              help="The severity from which on the archive is flagged.")  # fmt: skip
@click.option("--allow", multiple=True, metavar="OBJECT", help="Custom objects that are known: 'pkg>Class' or 'pkg>*'.")
@click.option("--baseline", metavar="FILE", type=click.Path(), help="Waivers in JSON: digest, rule, last day and reason.")
@click.option("--exit-zero", is_flag=True, help="Exit with 0 where archives are flagged (still with 2 after a gap).")
@shown
def COMMAND(
    paths: tuple[str, ...],
    for_: tuple[str, ...],
    select: tuple[str, ...],
    ignore: tuple[str, ...],
    fail_on: str,
    allow: tuple[str, ...],
    baseline: str | None,
    exit_zero: bool,
) -> Report:
    """`kav audit`."""
    return api.audit(
        *paths, for_=for_, select=split(select), ignore=split(ignore), fail_on=fail_on, allow=split(allow),
        baseline=baseline, exit_zero=exit_zero,
    )  # fmt: skip
