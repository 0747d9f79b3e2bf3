"""What becomes of a folder of archives in a newer Keras: loaded as they are, and after `kav migrate`. Prints a table.

    python tests/oracle/run.py --corpus DIR --from tf2.15 --to keras==3.15.1 [--limit N] [--only GLOB] [--fit]

DIR holds `<case>.keras` (other suffixes with --suffix) and `<case>.npz` records, or a folder `<from>` that does. A line
of JSON per case goes to `.oracle/<from>-<to>.jsonl`. Exit code 1 if any migrated archive computes something else.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
import time
import zipfile
from collections import Counter
from pathlib import Path
from typing import Any

from judge import OUTCOMES, judge
from loader import Loader, custom_module, run

from kerasarchive import api
from kerasarchive.errors import KavError, OracleUnavailable
from kerasarchive.model.release import Release
from kerasarchive.verification.environment import prepare
from kerasarchive.verification.recipe import for_release


def migrate(path: Path, out: Path, target: str) -> dict[str, Any]:
    """What kav says: ``verdict``, reasons, announcements. A traceback is a defect of kav and is counted as such."""
    try:
        subject = api.migrate(str(path), to=target, output=str(out)).subjects[0]
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


def lost_at_save(rows: list[dict[str, Any]], options: argparse.Namespace) -> None:
    """Ask the writing release about every WRONG one: does it compute from its own archive what the migrated one computes?

    Then the archive never held what is missing: nobody can bring it back, and the outcome is ``lost_at_save``.
    """
    wrong = [row for row in rows if row["migrated"]["outcome"] == "WRONG"]
    if not wrong:
        return
    with zipfile.ZipFile(wrong[0]["source"]) as archive:
        release = Release.parse(json.loads(archive.read("metadata.json"))["keras_version"])
    assert release is not None
    recipe = for_release(release, tensorflow=True)
    try:
        python = options.writer or prepare(recipe)
    except OracleUnavailable as error:
        sys.stderr.write(f"the writing release cannot be asked: {error}\n")
        return
    loader = Loader(
        python,
        library=recipe.library,
        backend=recipe.backend,
        modules=custom_module(wrong[0]["source"].parent),
        timeout=options.timeout,
    )
    with tempfile.TemporaryDirectory() as scratch:
        for row in wrong:
            out = Path(scratch) / f"{row['case']}.npz"
            answer = loader.ask({"path": str(row["source"]), "inputs": str(row["record"]), "outputs": str(out)})
            if not answer.get("ok"):
                continue
            again = judge(row["answer"], row["outputs"], out, row["source"])
            if again["outcome"] != "WRONG":
                row["migrated"] |= {
                    "outcome": "lost_at_save",
                    "because": f"{release} computes the same from its own archive, not what was recorded before saving",
                }
    loader.close()


def table(title: str, rows: list[dict[str, Any]], key: str) -> str:
    """One line of the Markdown table."""
    counts = Counter(row[key]["outcome"] for row in rows)
    share = 100.0 * counts["equal"] / max(len(rows), 1)
    return f"| {title} | {len(rows)} | " + " | ".join(str(counts[name]) for name in OUTCOMES) + f" | {share:.1f} % |"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", type=Path, required=True)
    parser.add_argument("--from", dest="source", default="")
    parser.add_argument("--to", default="keras==3.15.1")
    parser.add_argument("--limit", type=int, default=0)
    parser.add_argument("--only", default="*")
    parser.add_argument("--suffix", default=".keras")
    parser.add_argument(
        "--python", help="a Python that has the target; default: an environment made with uv and cached"
    )
    parser.add_argument(
        "--writer", help="a Python that has the writing release, asked about archives that come out different"
    )
    parser.add_argument("--backend", default="tensorflow")
    parser.add_argument("--timeout", type=float, default=90.0)
    parser.add_argument("--fit", action="store_true", help="compare a training step too, where the record has one")
    parser.add_argument("--skip-native", action="store_true")
    parser.add_argument("--out", type=Path, default=Path(".oracle"))
    parser.add_argument("--keep", type=Path, help="keep the migrated archives in this folder")
    options = parser.parse_args()
    started = time.monotonic()
    folder = options.corpus / options.source if (options.corpus / options.source).is_dir() else options.corpus
    records = {path.stem: path for path in sorted(folder.glob(f"{options.only}.npz"))}
    cases = [
        (folder / f"{name}{options.suffix}", record)
        for name, record in records.items()
        if (folder / f"{name}{options.suffix}").exists()
    ]
    cases = cases[: options.limit or None]
    if not cases:
        sys.stderr.write(f"no {options.suffix} archives with npz records in {folder}\n")
        return 2
    target = Release.parse(options.to)
    if target is None:
        sys.stderr.write(f"{options.to} is no release\n")
        return 2
    python = options.python or prepare(for_release(target, tensorflow=options.backend == "tensorflow"))
    loader = Loader(
        python, library="keras", backend=options.backend, modules=custom_module(folder), timeout=options.timeout
    )
    scratch = Path(tempfile.mkdtemp(prefix="kav-oracle-"))
    kept = options.keep or scratch
    kept.mkdir(parents=True, exist_ok=True)
    rows: list[dict[str, Any]] = [{"case": path.stem, "record": record, "source": path} for path, record in cases]
    try:
        if not options.skip_native:
            judged = run([(path, record, path) for path, record in cases], loader, fit=False)
            for row, native in zip(rows, judged, strict=True):
                row["native"] = native
            loader.close()
        for row in rows:
            out = kept / f"{row['case']}.keras"
            out.unlink(missing_ok=True)
            row["kav"] = migrate(row["source"], out, str(target))
            row["out"] = out if out.exists() else None
        written = [row for row in rows if row["out"] is not None]
        judged = run(
            [(row["out"], row["record"], row["source"]) for row in written], loader, fit=options.fit, keep=scratch
        )
        for row, outcome in zip(written, judged, strict=True):
            row["answer"], row["outputs"], row["migrated"] = outcome.pop("answer"), outcome.pop("outputs"), outcome
        for row in rows:
            if row["out"] is None:
                refused = row["kav"]["verdict"] == "refused"
                row["migrated"] = {
                    "outcome": "refused" if refused else "fails",
                    "because": "; ".join(row["kav"]["reasons"]) or row["kav"]["verdict"],
                }
        for row in written:
            announced = {one["kind"] for one in row["kav"]["announcements"]}
            if row["migrated"].get("step_differs") and "training_semantics" in announced:
                row["migrated"] |= {
                    "outcome": "equal",
                    "because": f"announced training_semantics; {row['migrated']['because']}",
                }
        lost_at_save(rows, options)
    finally:
        loader.close()
        shutil.rmtree(scratch, ignore_errors=True)
    return report(rows, options, folder, str(target), time.monotonic() - started)


def report(rows: list[dict[str, Any]], options: argparse.Namespace, folder: Path, target: str, seconds: float) -> int:
    """Print the table, the cases that are not equal, and write the JSON lines."""
    options.out.mkdir(parents=True, exist_ok=True)
    path = options.out / f"{options.source or folder.name}-{target.replace('==', '-')}.jsonl"
    with path.open("w") as file:
        for row in rows:
            file.write(
                json.dumps({key: row[key] for key in ("case", "native", "kav", "migrated") if key in row}) + "\n"
            )
    for outcome in ("WRONG", "lost_at_save", "fails", "state_loss", "refused"):
        for row in rows:
            if row["migrated"]["outcome"] == outcome:
                print(f"{outcome:10} {row['case']:34} {row['migrated']['because'][:200]}")
    print(f"\n{folder} -> {target}, {options.backend} backend, {seconds:.0f} s, details in {path}\n")
    print("| | archives | " + " | ".join(OUTCOMES) + " | equal |")
    print("|---|---|" + "---|" * (len(OUTCOMES) + 1))
    if not options.skip_native:
        print(table("as they are", rows, "native"))
    print(table("after kav migrate", rows, "migrated"))
    return 1 if any(row["migrated"]["outcome"] in ("WRONG", "state_loss", "fails") for row in rows) else 0


if __name__ == "__main__":
    sys.exit(main())
