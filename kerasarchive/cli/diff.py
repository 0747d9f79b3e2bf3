"""Compare two archives: layers, configuration, compile set-up and weights."""

from __future__ import annotations

import click

from kerasarchive import api
from kerasarchive.cli._options import PATH, shown
from kerasarchive.model.report import Report


@click.command("diff", help=__doc__)
@click.argument("old", type=PATH)
@click.argument("new", type=PATH)
@click.option("--weights/--no-weights", default=True, show_default=True, help="Compare the weights' values too.")
@click.option("--rtol", type=click.FloatRange(min=0), default=0.0, help="Relative difference of weights to overlook.")
@click.option("--atol", type=click.FloatRange(min=0), default=0.0, help="Absolute difference of weights to overlook.")
@click.option("--ignore", multiple=True, metavar="LOCATION-GLOB", help="Overlook changes at these places.")
@shown
def COMMAND(old: str, new: str, weights: bool, rtol: float, atol: float, ignore: tuple[str, ...]) -> Report:
    """`kav diff`."""
    return api.diff(old, new, weights=weights, rtol=rtol, atol=atol, ignore=ignore)
