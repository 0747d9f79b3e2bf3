"""What a real release makes of mutants: ``real.py MUTANTS --python PYTHON [--backend jax] [--call MODULE.py]``.

The same release loads the archive that a mutant was made of, and its outputs are the measure: what it computes twice
alike must come out of the mutant too. Outputs are those of a plain call on the inputs of the record beside the archive
(`<case>.npz`), or what ``outputs(model, archive)`` of the module `--call` says, for libraries whose models are used in
other ways. A line a mutant goes to `MUTANTS/real.jsonl`; what stands there already is not asked again.

``broken``: the archive itself does not load. ``refused``: the mutant does not load. ``fails``: it loads but cannot be
used. ``differs``, ``same``: it computes something else, or not.
"""

import argparse
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parent.parent / "oracle"))

from loader import Loader, custom_module

from kerasarchive.verification.compare import compare_outputs

RTOL, ATOL = 5e-6, 2e-4
LIMIT = 60
"""Seconds for one archive: a load that takes longer is one that never ends."""

Arrays = dict[str, Any]


class Release:
    """One real release, asked about one archive at a time."""

    def __init__(self, loader: Loader, scratch: Path) -> None:
        self.loader = loader
        self.out = scratch / "outputs.npz"
        self.originals: dict[str, Arrays | None] = {}

    def ask(self, path: Path, case: Path) -> tuple[dict[str, Any], Arrays]:
        """The probe's answer about `path`, and what the model computes."""
        self.out.unlink(missing_ok=True)
        record = case.with_suffix(".npz")
        called = self.loader.options["call"]
        request = {"path": str(path), "outputs": str(self.out), "limit": LIMIT, "case": str(case)}
        answer = self.loader.ask(request | ({} if called or not record.exists() else {"inputs": str(record)}))
        if not answer["ok"]:
            return answer, {}
        with np.load(self.out, allow_pickle=False) as data:
            return answer, {name: data[name] for name in data.files if name.startswith("out_")}

    def original(self, case: Path) -> Arrays | None:
        """What the unchanged archive computes, without what comes out differently a second time; None if it does not load."""
        if str(case) not in self.originals:
            (first, one), (second, two) = self.ask(case, case), self.ask(case, case)
            alike = {name: value for name, value in one.items() if name in two and _same({name: value}, two)}
            self.originals[str(case)] = alike if first["ok"] and second["ok"] else None
        return self.originals[str(case)]

    def judge(self, path: Path, case: Path) -> dict[str, Any]:
        """The outcome for one mutant."""
        before = self.original(case)
        if before is None:
            return {"real": "broken", "because": ""}
        answer, after = self.ask(path, case)
        if not answer["ok"]:
            loads = answer["stage"] not in ("load", "crash")
            return {"real": "fails" if loads else "refused", "because": str(answer.get("error", ""))[:500]}
        because = [name for name, value in before.items() if name not in after or not _same({name: value}, after)]
        return {"real": "differs" if because else "same", "because": ", ".join(because)[:500]}


def _same(old: Arrays, new: Arrays) -> bool:
    kept = {name: value for name, value in new.items() if name in old}
    return bool(compare_outputs(old, kept, rtol=RTOL, atol=ATOL)["equal"])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("mutants", type=Path)
    parser.add_argument("--python", required=True)
    parser.add_argument("--library", default="keras", help="what is Keras there: keras, tensorflow or tf_keras")
    parser.add_argument("--backend", default="")
    parser.add_argument("--module", action="append", default=[], help="a module of custom objects (default: custom.py there)")
    parser.add_argument("--call", default="", help="a module with outputs(model, archive)")
    given = parser.parse_args()
    rows = [json.loads(line) for line in (given.mutants / "manifest.jsonl").open()]
    results = given.mutants / "real.jsonl"
    done = {json.loads(line)["file"] for line in results.open()} if results.exists() else set()
    modules = given.module or custom_module(Path(rows[0]["of"]).parent)
    loader = Loader(given.python, library=given.library, backend=given.backend, modules=modules, timeout=2 * LIMIT)
    loader.options["call"] = given.call
    with tempfile.TemporaryDirectory() as scratch, results.open("a") as out:
        release = Release(loader, Path(scratch))
        for row in rows:
            if row["file"] not in done:
                out.write(json.dumps(row | release.judge(given.mutants / row["file"], Path(row["of"]))) + "\n")
                out.flush()
    loader.close()


if __name__ == "__main__":
    main()
