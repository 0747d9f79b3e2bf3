"""How far kav and the loaders of real releases agree: ``make agreement [CORPUS=folder] [EACH=n]``.

CORPUS has a folder for each release that wrote archives (``k3.15.1``, ``tf2.15``), with records of inputs beside them;
those of libraries on Keras lie in `tests/corpus/<library>/<release>`, with an `oracles.py` that says what is computed.
Mutants of these archives go to `.agreement/`, the real release loads each of them, kav validates each of them, and a
table says how many of those that were refused kav calls invalid, and how many of those that load and compute the same.
"""

import argparse
import subprocess
import sys
from pathlib import Path

from kerasarchive import schema
from kerasarchive.verification.environment import prepare
from kerasarchive.verification.recipe import Recipe, for_library, for_release

HERE = Path(__file__).parent
RELEASES = {"tf2.15": "keras==2.15.0", "k3.0.5": "keras==3.0.5", "k3.8.0": "keras==3.8.0", "k3.15.1": "keras==3.15.1"}
LIBRARIES = {"bayesflow==2.0.12": "bayesflow_outputs.py"}
"""Release of a library -> the module that says how its models are called."""


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
        recipe = for_release(schema.target(name), tensorflow=True)
        compare(name, given.corpus / saver, given.out / saver, given, recipe)
    for name, call in LIBRARIES.items():
        library, _, version = name.partition("==")
        archives = HERE.parent / "corpus" / library
        asked = ["--call", str(HERE / call), "--module", str(archives / "oracles.py")]
        compare(name, archives / version, given.out / name, given, for_library(schema.target(name)), *asked)


def compare(name: str, archives: Path, mutants: Path, given: argparse.Namespace, recipe: Recipe, *asked: str) -> None:
    """Make the mutants of a folder of archives, let the release and kav judge them, and print the table."""
    print(f"\n{name}", flush=True)
    mutants.mkdir(parents=True, exist_ok=True)
    (mutants / "real.jsonl").unlink(missing_ok=True)
    run("make.py", str(archives), str(mutants), "--each", given.each, "--seed", given.seed)
    python = prepare(recipe)
    run("real.py", str(mutants), "--python", python, "--library", recipe.library, "--backend", recipe.backend, *asked)
    run("agree.py", str(mutants))


if __name__ == "__main__":
    main()
