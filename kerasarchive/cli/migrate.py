"""Rewrite an archive so that another release loads it and computes the same."""

from __future__ import annotations

import click

from kerasarchive import api
from kerasarchive.cli._options import paths, shown
from kerasarchive.model.report import Report


@click.command("migrate", help=__doc__)
@paths
@click.option("--to", required=True, metavar="TARGET", help="keras==3.15.1, 3.15 (its newest) or latest.")
@click.option("-o", "--output", type=click.Path(), help="The new archive; its suffix says the format.")
@click.option("--output-dir", type=click.Path(file_okay=False), help="The folder for new archives of the same name.")
@click.option("--in-place", is_flag=True, help="Replace the archive itself.")
@click.option("--backup", metavar="SUFFIX", help="With --in-place: keep the old archive under its name and SUFFIX.")
@click.option("--from", "from_", metavar="LIBRARY==VERSION", help="The release that wrote it, if not recorded.")
@click.option("--dry-run", is_flag=True, help="Show the plan and write nothing.")
@click.option("--check", is_flag=True, help="Exit 1 if a step is pending, and write nothing.")
@click.option("--unsafe", is_flag=True, help="Keep bytecode of Keras 3, which loads with safe_mode=False alone.")
@click.option("--drop-training-state", is_flag=True, help="Go on where the optimizer's state cannot be kept.")
@click.option("--map-lambda", multiple=True, metavar="LAYER=PKG>FN", help="Say which function a Lambda or activation is.")
@click.option("--weights", metavar="FILE", type=click.Path(exists=True), help="PATH is an architecture: its weights.")
@click.option("--config", metavar="ARCH", type=click.Path(exists=True), help="PATH is weights: their .json or model archive.")
@click.option("--migrations", metavar="DIR", type=click.Path(exists=True, file_okay=False),
              help="A folder with migrations of your own. Its code is run.")  # fmt: skip
@click.option("--max-shard-size", type=click.FloatRange(min=0, min_open=True), metavar="GB",
              help="With an output named .weights.json: values in a file.  [default: 5]")  # fmt: skip
@click.option("--force", is_flag=True, help="Replace an output that exists.")
@click.option("--jobs", type=click.IntRange(min=1), default=1, metavar="N", help="Archives to work on at a time.")
@shown
def COMMAND(
    paths: tuple[str, ...],
    to: str,
    output: str | None,
    output_dir: str | None,
    in_place: bool,
    backup: str | None,
    from_: str | None,
    dry_run: bool,
    check: bool,
    unsafe: bool,
    drop_training_state: bool,
    map_lambda: tuple[str, ...],
    weights: str | None,
    config: str | None,
    migrations: str | None,
    force: bool,
    max_shard_size: float | None,
    jobs: int,
) -> Report:
    """`kav migrate`."""
    if sum((output is not None, output_dir is not None, in_place, dry_run, check)) == 0:
        msg = "say where the new archive goes: -o FILE, --output-dir DIR or --in-place (or --dry-run, --check)"
        raise click.UsageError(msg)
    if sum((output is not None, output_dir is not None, in_place)) > 1:
        msg = "-o, --output-dir and --in-place exclude each other"
        raise click.UsageError(msg)
    if backup is not None and not in_place:
        msg = "--backup goes with --in-place"
        raise click.UsageError(msg)
    if weights is not None and config is not None:
        msg = "--weights goes with an architecture and --config with weights"
        raise click.UsageError(msg)
    if weights is not None and len(paths) > 1:
        msg = "--weights belongs to one architecture"
        raise click.UsageError(msg)
    if output is not None and len(paths) > 1:
        msg = "-o names one archive; use --output-dir for several"
        raise click.UsageError(msg)
    return api.migrate(
        *paths,
        to=to,
        output=output,
        output_dir=output_dir,
        in_place=in_place,
        backup=backup,
        from_=from_,
        dry_run=dry_run,
        check=check,
        unsafe=unsafe,
        drop_training_state=drop_training_state,
        map_lambda=dict(_pair(text) for text in map_lambda),
        weights=weights,
        config=config,
        migrations=migrations,
        force=force,
        max_shard_size=max_shard_size,
        jobs=jobs,
    )


def _pair(text: str) -> tuple[str, str]:
    layer, equals, function = text.partition("=")
    if not equals or not layer or (">" not in function and not function.startswith("keras.activations.")):
        msg = f"--map-lambda wants LAYER=PACKAGE>FUNCTION or LAYER=keras.activations.NAME, not {text!r}"
        raise click.UsageError(msg)
    return layer, function
