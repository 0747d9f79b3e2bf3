"""What becomes of folders of archives in newer Kerases: loaded as they are, and after `kav migrate`. Prints a table.

    python tests/oracle/run.py --corpus DIR --from tf2.15 k2.3.1 --to keras==3.15.1 keras==3.8.0 [--formats h5 keras]
                               [--output h5] [--limit N] [--only GLOB] [--fit]

DIR holds a folder for every `--from`, or is one itself: `<case>.keras`, `.h5`, `.sm/`, `.json`, `.weights.h5`, and
`<case>.npz` records. A line of JSON per case goes to `.oracle/<from>-<format>-<to>.jsonl`. Exit code 1 if any migrated
archive computes something else, does not load or loses training state.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
import time
import zipfile
from pathlib import Path
from typing import Any

from corpus import SUFFIXES, WHOLE, Case, cases, formats
from foretold import foretell
from judge import judge_all
from loader import Loader, custom_module
from matrix import BAD, Cell, exceptions, reasons, table
from writing import mark_lost_at_save

from kerasarchive import api
from kerasarchive.errors import KavError
from kerasarchive.model.release import Release
from kerasarchive.verification.environment import prepare
from kerasarchive.verification.recipe import Recipe, for_release


def hdf5(options: argparse.Namespace) -> bool:
    """Whether HDF5 is written, which cannot hold an optimizer's state for Keras 3."""
    return bool(options.output == "h5")


def migrate(case: Case, out: Path, target: str, *, drop_training_state: bool) -> dict[str, Any]:
    """What kav says: ``verdict``, reasons, announcements. A traceback is a defect of kav and is counted as such."""
    try:
        options: dict[str, Any] = dict(case.options, drop_training_state=drop_training_state)
        subject = api.migrate(str(case.source), to=target, output=str(out), **options).subjects[0]
    except KavError as error:
        return {"verdict": "failed", "reasons": [str(error)], "announcements": []}
    except Exception as error:
        return {"verdict": "TRACEBACK", "reasons": [f"{type(error).__name__}: {error}"], "announcements": []}
    plan = subject.plan
    reasons = [f"{refusal.location}: {refusal.reason}" for refusal in plan.refusals] if plan else []
    reasons += [finding.message for finding in subject.findings if not reasons and finding.rank > 1]
    announced = (
        [{"kind": one.kind, "location": str(one.location), "message": one.message} for one in plan.announcements]
        if plan
        else []
    )
    steps = [step.name for step in plan.steps] if plan else []
    return {"verdict": subject.verdict, "reasons": reasons, "announcements": announced, "steps": steps}


def unwritten(told: dict[str, Any]) -> dict[str, Any]:
    """The outcome of a case for which kav wrote nothing."""
    outcome = "refused" if told["verdict"] == "refused" else "fails"
    return {"outcome": outcome, "because": "; ".join(told["reasons"]) or told["verdict"]}


def channels_first(path: Path) -> bool:
    """Whether a layer of the migrated archive has its channels first."""
    if not zipfile.is_zipfile(path):
        return b'"channels_first"' in path.read_bytes()
    with zipfile.ZipFile(path) as archive:
        return b'"channels_first"' in archive.read("config.json")


def second_opinion(
    rows: list[dict[str, Any]], target: Release, loader: Loader, options: argparse.Namespace, scratch: Path
) -> None:
    """Ask JAX: TensorFlow on a CPU cannot convolve with channels first, and computes DepthwiseConv2D of them wrongly."""
    recipe = for_release(target, training=True)
    jax = Loader(
        prepare(recipe), library="keras", backend="jax", modules=loader.options["modules"], timeout=options.timeout
    )
    asked = [(row["out"], row["of"].record, row["of"].source) for row in rows]
    try:
        outcomes = judge_all(asked, jax, fit=options.fit, keep=scratch, stateless=hdf5(options))
        for row, outcome in zip(rows, outcomes, strict=True):
            row["answer"], row["outputs"], row["migrated"] = outcome.pop("answer"), outcome.pop("outputs"), outcome
            outcome["because"] = "; ".join(filter(None, (outcome["because"], "on JAX: channels come first")))
    finally:
        jax.close()


def examine(
    found: list[Case], target: Release, loader: Loader, options: argparse.Namespace, scratch: Path
) -> list[dict[str, Any]]:
    """A row for every case: as it is (``native``), what kav said (``kav``), what came of it (``migrated``)."""
    rows: list[dict[str, Any]] = [{"case": case.name, "of": case} for case in found]
    if not options.skip_native and found[0].format in WHOLE:
        judged = judge_all([(case.source, case.record, case.source) for case in found], loader)
        for row, native in zip(rows, judged, strict=True):
            row["native"], row["foretold"] = native, foretell(row["of"].source, str(target))
        loader.close()
    kept = options.keep or scratch
    for row in rows:
        row["out"] = out = kept / f"{row['case']}.{options.output}"
        out.unlink(missing_ok=True)
        row["kav"] = migrate(row["of"], out, str(target), drop_training_state=hdf5(options))
        if not out.exists():
            row["migrated"] = unwritten(row["kav"])
    written = [row for row in rows if "migrated" not in row]
    asked = [(row["out"], row["of"].record, row["of"].source) for row in written]
    outcomes = judge_all(asked, loader, fit=options.fit, keep=scratch, stateless=hdf5(options))
    for row, outcome in zip(written, outcomes, strict=True):
        row["answer"], row["outputs"], row["migrated"] = outcome.pop("answer"), outcome.pop("outputs"), outcome
        announced = {one["kind"] for one in row["kav"]["announcements"]}
        if outcome.get("step_differs") and "training_semantics" in announced:
            row["migrated"] |= {
                "outcome": "equal",
                "because": f"announced training_semantics; {row['migrated']['because']}",
            }
    again = [row for row in written if row["migrated"]["outcome"] in ("fails", "WRONG") and channels_first(row["out"])]
    if again and loader.options["backend"] == "tensorflow":
        second_opinion(again, target, loader, options, scratch)
    mark_lost_at_save(rows, python=options.writer, timeout=options.timeout, scratch=scratch)
    return rows


def keep(rows: list[dict[str, Any]], path: Path) -> None:
    """The rows as lines of JSON."""
    path.parent.mkdir(parents=True, exist_ok=True)
    shown = [{key: row[key] for key in ("case", "native", "foretold", "kav", "migrated") if key in row} for row in rows]
    path.write_text("".join(json.dumps(row) + "\n" for row in shown))


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", type=Path, required=True)
    parser.add_argument("--from", dest="sources", nargs="*", default=[], help="folders of the corpus")
    parser.add_argument("--to", dest="targets", nargs="+", default=["keras==3.15.1"])
    parser.add_argument("--formats", nargs="+", choices=list(SUFFIXES), help="default: those that a folder has")
    parser.add_argument("--output", choices=["keras", "h5"], default="keras", help="what kav writes; h5 without training state")
    parser.add_argument("--limit", type=int, default=0, help="so many cases of each folder and format")
    parser.add_argument("--only", default="*")
    parser.add_argument("--python", help="a Python that has the target; default: an environment made by uv and cached")
    parser.add_argument(
        "--writer", help="a Python with the writing release, asked about archives that come out different"
    )
    parser.add_argument("--backend", default="tensorflow")
    parser.add_argument("--timeout", type=float, default=90.0)
    parser.add_argument("--fit", action="store_true", help="compare a training step too, where the record has one")
    parser.add_argument("--skip-native", action="store_true")
    parser.add_argument("--out", type=Path, default=Path(".oracle"))
    parser.add_argument("--keep", type=Path, help="keep the migrated archives in this folder")
    return parser.parse_args()


def main() -> int:
    """The whole matrix; what it finds is printed at the end."""
    options = arguments()
    started = time.monotonic()
    cells: list[Cell] = []
    for name in options.targets:
        target = Release.parse(name)
        if target is None:
            sys.stderr.write(f"{name} is no release\n")
            return 2
        recipe = for_release(target, tensorflow=options.backend == "tensorflow")
        python = options.python or prepare(recipe)
        for source in options.sources or [""]:
            folder = options.corpus / source if (options.corpus / source).is_dir() else options.corpus
            for form in options.formats or formats(folder):
                found = cases(folder, form, only=options.only, limit=options.limit)
                if not found:
                    sys.stderr.write(f"no {form} archives with npz records in {folder}\n")
                    continue
                rows = _cell(found, target, python, recipe, options)
                saver = source or folder.name
                cells.append(Cell(saver, form, target.label, rows))
                keep(rows, options.out / f"{saver}-{form}-{target.library}-{target.label}.jsonl")
                sys.stderr.write(f"{cells[-1]}\n")
    if not cells:
        return 2
    print("\n".join(exceptions(cells)))
    print(
        f"\n{options.corpus}, {options.backend} backend, {time.monotonic() - started:.0f} s, details in {options.out}/\n"
    )
    print(table(cells))
    why = list(reasons(cells))
    if why:
        print("\nReasons, the commonest first:\n\n" + "\n".join(why))
    return int(any(row["migrated"]["outcome"] in BAD for cell in cells for row in cell.rows))


def _cell(
    found: list[Case], target: Release, python: str, recipe: Recipe, options: argparse.Namespace
) -> list[dict[str, Any]]:
    modules = custom_module(found[0].source.parent)
    backend = options.backend if recipe.library == "keras" else recipe.backend
    loader = Loader(python, library=recipe.library, backend=backend, modules=modules, timeout=options.timeout)
    scratch = Path(tempfile.mkdtemp(prefix="kav-oracle-"))
    if options.keep:
        options.keep.mkdir(parents=True, exist_ok=True)
    try:
        return examine(found, target, loader, options, scratch)
    finally:
        loader.close()
        shutil.rmtree(scratch, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
