"""Look for what is dangerous in an archive, and foretell whether a release would load it."""

from __future__ import annotations

import os
from pathlib import Path

import click

from kerasarchive import api
from kerasarchive._policy import ambient, given, strictest
from kerasarchive.cli._options import paths, shown, split
from kerasarchive.model.finding import SEVERITIES
from kerasarchive.model.report import Report
from kerasarchive.reports._escape import safe


@click.command("audit", help=__doc__)
@paths
@click.option("--for", "for_", multiple=True, metavar="TARGET", help="Would this release load it, and mean the same?")
@click.option("--select", multiple=True, metavar="RULES", help="Only these rules: codes or their beginnings (KAV1).")
@click.option("--ignore", multiple=True, metavar="RULES", help="Not these rules.")
@click.option("--fail-on", type=click.Choice(SEVERITIES),
              help="The severity from which on the archive is flagged [default: medium].")  # fmt: skip
@click.option("--allow", multiple=True, metavar="OBJECT", help="Custom objects that are known: 'pkg>Class' or 'pkg>*'.")
@click.option("--baseline", metavar="FILE", type=click.Path(), help="Waivers in JSON: digest, rule, last day and reason.")
@click.option("--config", metavar="FILE", type=click.Path(), help="TOML whose [tool.kav.audit] may loosen the audit.")
@click.option("--deep", is_flag=True, help="Read every byte: all checksums, all chunks of all tensors.")
@click.option("--exit-zero", is_flag=True, help="Exit with 0 where archives are flagged (still with 2 after a gap).")
@shown
def COMMAND(
    paths: tuple[str, ...],
    for_: tuple[str, ...],
    select: tuple[str, ...],
    ignore: tuple[str, ...],
    fail_on: str | None,
    allow: tuple[str, ...],
    baseline: str | None,
    config: str | None,
    deep: bool,
    exit_zero: bool,
) -> Report:
    """`kav audit`."""
    around = ambient(Path.cwd(), os.environ)
    for line in around.unheard:
        click.echo(f"kav: {safe(line)}", err=True)
    if fail_on is None and around.fail_on:
        said = given(config).get("fail_on") if config else None
        fail_on = strictest((*around.fail_on, *((said,) if said else ())))
    return api.audit(
        *paths, for_=(*for_, *around.for_), select=split(select), ignore=split(ignore), fail_on=fail_on, allow=split(allow),
        baseline=baseline, config=config, deep=deep or around.deep, exit_zero=exit_zero,
    )  # fmt: skip
