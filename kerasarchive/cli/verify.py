"""Run two archives in the releases they are for, and compare what they compute."""

from __future__ import annotations

import click

from kerasarchive import api
from kerasarchive.cli._options import PATH, shown
from kerasarchive.model.report import Report


@click.command("verify", help=__doc__)
@click.argument("archives", nargs=-1, required=True, type=PATH, metavar="[OLD] NEW")
@click.option("--old-env", metavar="SPEC", help="Where to run OLD: a release (keras==3.8.0), a Python, or `this`.")
@click.option("--new-env", metavar="SPEC", help="Where to run NEW.")
@click.option("--inputs", type=click.Path(exists=True, dir_okay=False), help="Inputs to compute with (.npz).")
@click.option("--expect", type=click.Path(exists=True, dir_okay=False), help="Inputs and recorded outputs (.npz).")
@click.option("--rtol", type=click.FloatRange(min=0), default=None, help="Relative difference to overlook.")
@click.option("--atol", type=click.FloatRange(min=0), default=None, help="Absolute difference to overlook.")
@click.option("--custom-objects", multiple=True, metavar="MODULE", help="Modules to import first. Their code is run.")
@click.option("--fit", is_flag=True, help="Take one training step too.")
@shown
def COMMAND(
    archives: tuple[str, ...],
    old_env: str | None,
    new_env: str | None,
    inputs: str | None,
    expect: str | None,
    rtol: float | None,
    atol: float | None,
    custom_objects: tuple[str, ...],
    fit: bool,
) -> Report:
    """`kav verify`."""
    if len(archives) > 2:
        msg = "verify takes one archive or two"
        raise click.UsageError(msg)
    if len(archives) == 1 and expect is None:
        msg = "with one archive alone, --expect has to say what it should compute"
        raise click.UsageError(msg)
    return api.verify(
        *archives,
        old_env=old_env,
        new_env=new_env,
        inputs=inputs,
        expect=expect,
        rtol=rtol,
        atol=atol,
        custom_objects=custom_objects,
        fit=fit,
    )
