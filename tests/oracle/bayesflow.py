"""Migrate a corpus of BayesFlow archives, load them in the real target, and compare outputs with what their release recorded.

    .venv/bin/python tests/oracle/bayesflow.py CORPUS PYTHON [--to bayesflow==2.1.0] [--releases 2.0.7,2.0.12]

CORPUS holds a folder per release (`<case>.keras` beside `<case>.npz`), `oracles.py` and `meta.json`; PYTHON is one in which
the target is installed. Equal: max|d|/max|ref| <= 1e-4. Keys that begin with ``estimate`` depend on what is drawn
at random and are skipped, unless the case begins with ``ap_point``. Explained: what is not equal was computed from the
target's own outputs by the library's documented change, or is drawn at random.
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

CHILD = """
import json, sys
sys.path.insert(0, sys.argv[1])
import oracles as given
import keras, numpy as np
meta = json.load(open(sys.argv[1] + "/meta.json"))


STOCHASTIC = ("euler_maruyama", "sea", "shark", "two_step_adaptive", "langevin")


def off(new, ref):
    new = np.asarray(new)
    if new.shape != ref.shape:
        return float("inf")
    scale = float(np.max(np.abs(ref))) if ref.size else 0.0
    return float(np.max(np.abs(new.astype("f8") - ref))) / (scale or 1.0) if ref.size else 0.0


def rk4(network, settings):
    # What `rk45` was up to 2.0.7: the classic method in equal steps.
    more = {"stochastic_solver": False} if type(network).__name__ == "DiffusionModel" else {}
    x, step, conditions = given.NX, -1.0 / settings["steps"], given.T(given.NC)


    def slope(x, t):
        times = given.T(np.full((len(x), 1), t))
        return np.asarray(network.velocity(given.T(x), time=times, conditions=conditions, **more))

    for index in range(settings["steps"]):
        t = 1.0 + index * step
        one = slope(x, t)
        two = slope(x + step / 2 * one, t + step / 2)
        three = slope(x + step / 2 * two, t + step / 2)
        x = x + step / 6 * (one + 2 * two + 2 * three + slope(x + step * three, t + step))
    return x


def explained(key, ref, obj, found, case):
    # What the target computes otherwise for every archive, its own included: computed, where it is no random draw.
    network = getattr(obj, "inference_network", obj)
    kind = type(network).__name__
    if key == "velocity" and kind == "FlowMatching":  # time runs the other way
        new = -network.velocity(given.T(given.NX), time=given.T(1 - given.TT), conditions=given.T(given.NC))
        return off(new, ref) <= TOLERANCE and "time reversed"
    if key in ("summary_m", "sumz"):  # summarize() standardizes its input from 2.0.8 on
        bare = found.get("summary_raw" if key == "summary_m" else "summary")
        return bare is not None and off(bare, ref) <= TOLERANCE and "summarize() standardizes"
    if key == "log_prob" and hasattr(obj, "adapter"):  # with the adapter's Jacobian from 2.0.3 on
        data = {name: value for name, value in given.raw(meta_of.get("N", False)).items() if name != "img"}
        more = np.asarray(obj.adapter(data, log_det_jac=True)[1].get("inference_variables", 0.0))
        # 2.0.3 itself added it, of Standardize with the wrong sign.
        return any(off(found[key], ref + n * more) <= TOLERANCE for n in (1, 2)) and "the adapter's Jacobian"
    settings = getattr(network, "integrate_kwargs", None) or {}
    if key in ("inverse", "inet_inverse") and ("Consistency" in kind or settings.get("method") in STOCHASTIC):
        return "drawn at random"
    if key == "inverse" and settings.get("method") == "rk45" and settings.get("steps") != "adaptive":
        return off(rk4(network, settings), ref) <= 10 * TOLERANCE and "rk45 of order 4"
    return "subsample" in case and key == "adapted/x" and "drawn at random"


for line in sys.stdin:
    release, case, path, recorded = line.rstrip("\\n").split("\\t")
    try:
        meta_of = meta[release][case]
        obj = keras.saving.load_model(path)
        found, errors = given.oracles(obj, meta_of)
        wrong, known, worst = [], [], 0.0
        for key, ref in np.load(recorded).items():
            key = key.replace("|", "/")
            if key.startswith("estimate") and not case.startswith("ap_point"):
                continue
            if key == "log_prob" and "the Jacobian of the numpy transforms are not implemented" in errors.get(key, ""):
                known.append("log_prob: not implemented for numpy's functions from 2.0.3 on")
                continue
            if key not in found:
                wrong.append(key + ": absent (" + str(next((errors[k] for k in errors if key.startswith(k)), ""))[:160] + ")")
                continue
            far = off(found[key], ref)
            if far <= TOLERANCE:
                worst = max(worst, far)
                continue
            why = explained(key, ref, obj, found, case)
            (known if why else wrong).append(f"{key}: {why}" if why else f"{key}: off by {far:.2g}")
        verdict = "differs" if wrong else "explained" if known else "equal"
        answer = [verdict, "; ".join(wrong or known) or f"{worst:.1e}"]
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


def as_they_are(
    corpus: Path, to: str, releases: list[str], cases: list[str]
) -> tuple[list[str], dict[tuple[str, str], str]]:
    """The archives as lines for the child, and whether the audit says that each loads and computes the same."""
    lines, said = [], {}
    for release in releases:
        for path in sorted((corpus / release).glob("*.keras")):
            if cases and path.stem not in cases or not path.with_suffix(".npz").is_file():
                continue
            one = kerasarchive.audit(path, for_=[to]).subjects[0].compatibility[0]
            said[release, path.stem] = (
                one.loads if one.loads in ("no", "unknown") else f"same outputs: {one.same_outputs}"
            )
            lines.append("\t".join((release, path.stem, str(path), str(path.with_suffix(".npz")))))
    return lines, said


def main() -> None:
    """Print a line per archive that is not equal, and a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("corpus", type=Path)
    parser.add_argument("python")
    parser.add_argument("--to", default="bayesflow==2.1.0")
    parser.add_argument("--releases", default="")
    parser.add_argument("--cases", default="")
    parser.add_argument("--again", action="store_true", help="Migrate the results a second time: nothing may change.")
    parser.add_argument("--as-is", action="store_true", help="Migrate nothing: does the audit foresee what happens?")
    given = parser.parse_args()
    releases = (
        given.releases.split(",") if given.releases else sorted(p.name for p in given.corpus.iterdir() if p.is_dir())
    )
    with tempfile.TemporaryDirectory() as folder:
        cases = given.cases.split(",") if given.cases else []
        rows: list[list[str]] = []
        said: dict[tuple[str, str], str] = {}
        if given.as_is:
            lines, said = as_they_are(given.corpus, given.to, releases, cases)
        else:
            lines, rows = migrated(given.corpus, Path(folder), given.to, releases, cases, given.again)
        code = CHILD.replace("TOLERANCE", str(TOLERANCE))
        child = subprocess.run(
            [given.python, "-c", code, str(given.corpus)],
            input="".join(f"{line}\n" for line in lines), capture_output=True, text=True, check=False,
        )  # fmt: skip
    rows += [line.split("\t")[1:] for line in child.stdout.splitlines() if line.startswith("ANSWER\t")]
    for row in rows if said else ():
        row[2] = f"{row[2]} / {said[row[0], row[1]]}"
    if child.returncode:
        sys.stderr.write(child.stderr[-2000:])
    counts = Counter((row[0], row[2]) for row in rows)
    for release, case, verdict, why in sorted(rows):
        sys.stdout.write(f"{release:8}{case:32}{verdict:10} {why}\n")
    verdicts = sorted({verdict for _, verdict in counts})
    sys.stdout.write("\n" + "".join(f"{word:>26}" for word in ("", *verdicts)) + "\n")
    for release in releases:
        numbers = "".join(f"{counts[release, verdict]:>26}" for verdict in verdicts)
        sys.stdout.write(f"{release:>26}{numbers}\n")
    sys.stdout.write(
        json.dumps({"equal": sum(n for (_, v), n in counts.items() if v == "equal"), "of": len(rows)}) + "\n"
    )


if __name__ == "__main__":
    main()
