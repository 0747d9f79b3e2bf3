"""Load a directory of archives in a real Keras and compare with what the writing release recorded: a JSON line a case.

    python tests/oracle/run.py --dir MIGRATED --records tests/corpus/keras/tf2.15 --python VENV/bin/python

`--records` holds `<case>.npz` and, for the optimizer's state, the original `<case>.keras`.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

from judge import OUTCOMES, judge

from kerasarchive.errors import ProbeFailed
from kerasarchive.verification.child import Probe


class Loader:
    """A probe that is started again after a crash or a hang."""

    def __init__(self, python: str, *, library: str, backend: str, modules: list[str], timeout: float) -> None:
        self.options: dict[str, Any] = {"library": library, "backend": backend, "modules": modules,
                                        "variables": {"LAB_MODE": "k3" if library == "keras" else "tfk"}}
        self.python, self.timeout = python, timeout
        self.probe: Probe | None = None

    def ask(self, request: dict[str, Any]) -> dict[str, Any]:
        """The probe's answer; a crash or a hang is an answer that is not ok."""
        if self.probe is None:
            self.probe = Probe(self.python, **self.options)
        try:
            return self.probe.ask(request, timeout=self.timeout)
        except ProbeFailed as error:
            self.close()
            return {"ok": False, "stage": "crash", "error": error.message}

    def close(self) -> None:
        if self.probe is not None:
            self.probe.close()
        self.probe = None


def run(cases: list[tuple[Path, Path, Path]], loader: Loader, *, fit: bool = False) -> Iterator[dict[str, Any]]:
    """Judge every (archive to load, record, the archive as the old release wrote it)."""
    with tempfile.TemporaryDirectory() as scratch:
        out = Path(scratch) / "out.npz"
        for path, record, source in cases:
            out.unlink(missing_ok=True)
            answer = loader.ask({"path": str(path), "inputs": str(record), "outputs": str(out), "fit": fit})
            verdict = judge(answer, out, record, source)
            yield {"case": path.stem, **verdict, "seconds": answer.get("seconds"), "warnings": answer.get("warnings", [])}


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
    custom = options.custom or [str(p) for p in (options.records / "custom.py", options.records.parent / "custom.py") if p.exists()][:1]
    cases = [
        (path, options.records / f"{path.stem}.npz", options.records / f"{path.stem}.keras")
        for path in sorted(options.dir.glob(f"{options.only}.keras"))
        if (options.records / f"{path.stem}.npz").exists()
    ]
    cases = cases[: options.limit or None]
    loader = Loader(options.python, library=options.library, backend=options.backend, modules=custom, timeout=options.timeout)
    counts: Counter[str] = Counter()
    try:
        for row in run(cases, loader, fit=options.fit):
            counts[row["outcome"]] += 1
            print(json.dumps(row), flush=True)
    finally:
        loader.close()
    print("  ".join(f"{name} {counts[name]}" for name in OUTCOMES if counts[name]) + f"  of {len(cases)}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
