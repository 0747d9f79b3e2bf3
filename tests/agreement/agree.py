"""kav beside a real release: ``agree.py MUTANTS [--against LIBRARY==VERSION] [--show N]``.

Reads what `real.py` wrote and prints for every kind of mutant how many of the refused ones kav calls invalid, and how
many of those that load and compute the same. `misses.jsonl` and `false.jsonl` beside the mutants hold the rest, with
what kav and the release said.
"""

import argparse
import json
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

from kerasarchive import api
from kerasarchive.model.finding import SEVERITIES

GRAVE = SEVERITIES.index("medium")


def judge(path: str, against: str | None) -> tuple[str, list[dict[str, Any]]]:
    subject = api.validate(path, against=against).subjects[0]
    grave = [finding for finding in subject.findings if finding.rank >= GRAVE]
    return subject.verdict, [{"rule": one.rule, "at": str(one.location), "says": one.message} for one in grave]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("mutants", type=Path)
    parser.add_argument("--against", default=None)
    parser.add_argument("--show", type=int, default=0, help="so many misses and false alarms of each kind")
    parser.add_argument("--jobs", type=int, default=2)
    given = parser.parse_args()
    rows = [json.loads(line) for line in (given.mutants / "real.jsonl").open()]
    with ProcessPoolExecutor(given.jobs) as pool:
        paths = [str(given.mutants / row["file"]) for row in rows]
        judged = list(pool.map(partial(judge, against=given.against), paths, chunksize=20))
    counted: Counter[tuple[str, str, bool]] = Counter()
    misses, false = [], []
    for row, (verdict, findings) in zip(rows, judged, strict=True):
        invalid = verdict == "invalid"
        counted[row["kind"], row["real"], invalid] += 1
        if row["real"] == "refused" and not invalid:
            misses.append(row | {"verdict": verdict})
        if row["real"] == "same" and invalid:
            false.append(row | {"findings": findings})
    for name, kept in (("misses", misses), ("false", false)):
        (given.mutants / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in kept))
    show(counted)
    for title, kept in (("missed", misses), ("false alarm", false)):
        shown: Counter[str] = Counter()
        for row in kept:
            shown[row["kind"]] += 1
            if shown[row["kind"]] <= given.show:
                said = row["because"] if title == "missed" else row["findings"][0]["says"] if row["findings"] else ""
                done = f"{row['place']} {row['before']} -> {row['after']}"
                print(f"{title}: {row['kind']} {row['file']} {done}: {said[:160]}")


def show(counted: Counter[tuple[str, str, bool]]) -> None:
    outcomes = ("refused", "same", "differs", "fails")
    print(f"{'kind':10}" + "".join(f"{real:>9} {'invalid':>8}" for real in outcomes))
    for kind in [*sorted({kind for kind, _, _ in counted}), "all"]:
        line = f"{kind:10}"
        for outcome in outcomes:
            chosen = {key: count for key, count in counted.items() if key[1] == outcome and kind in (key[0], "all")}
            line += f"{sum(chosen.values()):9} {sum(count for key, count in chosen.items() if key[2]):8}"
        print(line)
    for outcome in ("refused", "same"):
        every = sum(count for key, count in counted.items() if key[1] == outcome)
        invalid = sum(count for key, count in counted.items() if key[1] == outcome and key[2])
        print(f"{invalid / max(every, 1):.2%} of the {every} {outcome} are invalid")


if __name__ == "__main__":
    main()
