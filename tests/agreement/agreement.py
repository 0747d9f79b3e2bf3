"""How far kav and the loaders of real releases agree: ``make agreement [CORPUS=folder] [EACH=n]``.

CORPUS has a folder for each release that wrote archives (``k3.15.1``, ``tf2.15``), with records of inputs beside them.
Mutants of these archives go to `.agreement/`, the real release loads each of them, kav validates each of them, and a
table says how many of those that were refused kav calls invalid, and how many of those that load and compute the same.
"""

import argparse
import subprocess
import sys
from pathlib import Path

from kerasarchive import schema
from kerasarchive.verification.environment import prepare
from kerasarchive.verification.recipe import for_release

HERE = Path(__file__).parent
RELEASES = {"tf2.15": "keras==2.15.0", "k3.0.5": "keras==3.0.5", "k3.8.0": "keras==3.8.0", "k3.15.1": "keras==3.15.1"}


def run(script: str, *arguments: str) -> None:
    subprocess.run([sys.executable, str(HERE / script), *arguments], check=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corpus", type=Path, default=HERE.parent / "corpus" / "keras")
    parser.add_argument("--each", default="1", help="so many mutants of every kind of every archive")
    parser.add_argument("--seed", default="1")
    parser.add_argument("--out", type=Path, default=Path(".agreement"))
    given = parser.parse_args()
    for saver, name in RELEASES.items():
        mutants = given.out / saver
        recipe = for_release(schema.target(name), tensorflow=True)
        print(f"\n{name}", flush=True)
        mutants.mkdir(parents=True, exist_ok=True)
        (mutants / "real.jsonl").unlink(missing_ok=True)
        run("make.py", str(given.corpus / saver), str(mutants), "--each", given.each, "--seed", given.seed)
        run("real.py", str(mutants), "--python", prepare(recipe), "--library", recipe.library, "--backend", recipe.backend)
        run("agree.py", str(mutants))


if __name__ == "__main__":
    main()
