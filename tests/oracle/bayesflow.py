"""Migrate a corpus of BayesFlow archives, load them in the real target, and compare outputs with what their release recorded.

    .venv/bin/python tests/oracle/bayesflow.py CORPUS PYTHON [--to bayesflow==2.1.0] [--releases 2.0.7,2.0.12]

CORPUS holds a folder per release (`<case>.keras` beside `<case>.npz`), `oracles.py` and `meta.json`; PYTHON is one in which
the target is installed. Equal: max|d|/max|ref| <= 1e-4. Keys that begin with ``estimate`` depend on what is drawn
at random and are skipped, unless the case begins with ``ap_point``.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

import kerasarchive

TOLERANCE = 1e-4

EXPLAINED = (
    ("velocity", r"2\.0\..*", "flow.*", "the time of flow matching runs the other way, by the library's own change"),
    ("log_prob", r"2\.0\.[0-2]", ".*", "it includes the adapter's Jacobian from 2.0.3 on"),
    ("summary_m", r"2\.0\.[0-8]", ".*", "summarize() standardizes what it is given"),
    ("adapted/x", ".*", "ad_random_subsample", "drawn at random: differs from itself too"),
    ("inet_inverse", ".*", ".*consistency.*", "drawn at random: differs from itself too"),
)
"""(key, releases, cases, why): what the target computes otherwise for every archive, its own ones included."""

CHILD = """
import json, re, sys
sys.path.insert(0, sys.argv[1])
from oracles import oracles
import keras, numpy as np
meta = json.load(open(sys.argv[1] + "/meta.json"))
for line in sys.stdin:
    release, case, path, recorded = line.rstrip("\\n").split("\\t")
    try:
        found, errors = oracles(keras.saving.load_model(path), meta[release][case])
        wrong, worst = [], 0.0
        for key, ref in np.load(recorded).items():
            key = key.replace("|", "/")
            if key.startswith("estimate") and not case.startswith("ap_point"):
                continue
            if key not in found:
                wrong.append(key + ": absent (" + str(next((errors[k] for k in errors if key.startswith(k)), ""))[:160] + ")")
                continue
            new = np.asarray(found[key])
            if new.shape != ref.shape:
                wrong.append(f"{key}: {new.shape} for {ref.shape}")
                continue
            scale = float(np.max(np.abs(ref))) if ref.size else 0.0
            off = float(np.max(np.abs(new.astype("f8") - ref))) / (scale or 1.0) if ref.size else 0.0
            worst = max(worst, off)
            if not off <= TOLERANCE:
                wrong.append(f"{key}: off by {off:.2g}")
        here = [key for key, of, what, _ in EXPLAINED if re.fullmatch(of, release) and re.search(what, case)]
        known = [each for each in wrong if each.partition(":")[0] in here]
        verdict = "equal" if not wrong else "explained" if len(known) == len(wrong) else "differs"
        answer = [verdict, "; ".join(wrong) or f"{worst:.1e}"]
    except Exception as error:
        answer = ["fails", f"{type(error).__name__}: {error}".replace("\\n", " ")[-600:]]
    print("ANSWER\\t" + release + "\\t" + case + "\\t" + "\\t".join(answer), flush=True)
"""


def migrated(
    corpus: Path, out: Path, to: str, releases: list[str], cases: list[str], again: bool
) -> tuple[list[str], list[list[str]]]:
    """What to load, as lines for the child; and (release, case, verdict, why) of what was not migrated."""
    lines, rest = [], []
    for release in releases:
        for path in sorted((corpus / release).glob("*.keras")):
            if cases and path.stem not in cases or not path.with_suffix(".npz").is_file():
                continue
            target = out / release / path.name
            subject = kerasarchive.migrate(path, to=to, output=target).subjects[0]
            if subject.verdict in ("migrated", "clean"):
                if again and kerasarchive.migrate(target, to=to, dry_run=True).subjects[0].verdict != "clean":
                    rest.append([release, path.stem, "not idempotent", ""])
                lines.append("\t".join((release, path.stem, str(target), str(path.with_suffix(".npz")))))
                continue
            refusals = subject.plan.refusals if subject.plan else ()
            why = "; ".join(f"{each.location}: {each.reason}" for each in refusals[:2])
            rest.append([release, path.stem, subject.verdict, why or str(subject.findings[:1])])
    return lines, rest


def main() -> None:
    """Print a line per archive that is not equal, and a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("corpus", type=Path)
    parser.add_argument("python")
    parser.add_argument("--to", default="bayesflow==2.1.0")
    parser.add_argument("--releases", default="")
    parser.add_argument("--cases", default="")
    parser.add_argument("--again", action="store_true", help="Migrate the results a second time: nothing may change.")
    given = parser.parse_args()
    releases = (
        given.releases.split(",") if given.releases else sorted(p.name for p in given.corpus.iterdir() if p.is_dir())
    )
    with tempfile.TemporaryDirectory() as folder:
        cases = given.cases.split(",") if given.cases else []
        lines, rows = migrated(given.corpus, Path(folder), given.to, releases, cases, given.again)
        code = CHILD.replace("TOLERANCE", str(TOLERANCE)).replace("EXPLAINED", repr(EXPLAINED))
        child = subprocess.run(
            [given.python, "-c", code, str(given.corpus)],
            input="".join(f"{line}\n" for line in lines), capture_output=True, text=True, check=False,
        )  # fmt: skip
    rows += [line.split("\t")[1:] for line in child.stdout.splitlines() if line.startswith("ANSWER\t")]
    if child.returncode:
        sys.stderr.write(child.stderr[-2000:])
    counts = Counter((row[0], row[2]) for row in rows)
    for release, case, verdict, why in sorted(rows):
        sys.stdout.write(f"{release:8}{case:32}{verdict:10}{why}\n")
    verdicts = sorted({verdict for _, verdict in counts})
    sys.stdout.write("\n" + "".join(f"{word:>16}" for word in ("", *verdicts)) + "\n")
    for release in releases:
        numbers = "".join(f"{counts[release, verdict]:>16}" for verdict in verdicts)
        sys.stdout.write(f"{release:>16}{numbers}\n")
    sys.stdout.write(
        json.dumps({"equal": sum(n for (_, v), n in counts.items() if v == "equal"), "of": len(rows)}) + "\n"
    )


if __name__ == "__main__":
    main()
