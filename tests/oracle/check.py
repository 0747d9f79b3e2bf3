"""Load a directory of archives in a real Keras and compare with what the writing release recorded: a JSON line a case.

    python tests/oracle/check.py --dir MIGRATED --records tests/corpus/keras/tf2.15 --python VENV/bin/python

`--records` holds `<case>.npz` and, for the optimizer's state, the original `<case>.keras`.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from pathlib import Path

from judge import OUTCOMES, judge_all
from loader import Loader, custom_module


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dir", type=Path, required=True)
    parser.add_argument("--records", type=Path, required=True)
    parser.add_argument("--python", required=True)
    parser.add_argument("--library", default="keras")
    parser.add_argument("--backend", default="tensorflow")
    parser.add_argument("--custom", action="append", default=[])
    parser.add_argument("--timeout", type=float, default=120.0)
    parser.add_argument("--limit", type=int, default=0)
    parser.add_argument("--fit", action="store_true")
    parser.add_argument("--only", default="*")
    options = parser.parse_args()
    custom = options.custom or custom_module(options.records)
    cases = [
        (path, options.records / f"{path.stem}.npz", options.records / f"{path.stem}.keras")
        for path in sorted(options.dir.glob(f"{options.only}.keras"))
        if (options.records / f"{path.stem}.npz").exists()
    ]
    cases = cases[: options.limit or None]
    loader = Loader(
        options.python, library=options.library, backend=options.backend, modules=custom, timeout=options.timeout
    )
    counts: Counter[str] = Counter()
    try:
        for row in judge_all(cases, loader, fit=options.fit):
            counts[row["outcome"]] += 1
            print(json.dumps(row), flush=True)
    finally:
        loader.close()
    print(
        "  ".join(f"{name} {counts[name]}" for name in OUTCOMES if counts[name]) + f"  of {len(cases)}", file=sys.stderr
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
