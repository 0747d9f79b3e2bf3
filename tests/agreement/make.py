"""Write mutants of a folder of archives: ``make.py ARCHIVES OUT [--each N] [--seed TEXT] [--only GLOB]``.

Beside the mutants lies `manifest.jsonl`, a line for each: what was done to which archive, and where.
"""

import argparse
import json
from dataclasses import asdict
from pathlib import Path

from mutate import mutants


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("archives", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--each", type=int, default=5, help="so many mutants of every kind of every archive")
    parser.add_argument("--seed", default="1")
    parser.add_argument("--only", default="*", help="archives by name, without the suffix")
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    number = 0
    with (given.out / "manifest.jsonl").open("w") as manifest:
        for archive in sorted(given.archives.glob(f"{given.only}.keras")):
            for index, (mutant, data) in enumerate(mutants(archive, given.seed, given.each)):
                path = given.out / f"{archive.stem}.{index}.keras"
                path.write_bytes(data)
                row = {"file": path.name, "of": str(archive.resolve()), **asdict(mutant)}
                manifest.write(json.dumps(row) + "\n")
                number += 1
    print(f"{number} mutants")


if __name__ == "__main__":
    main()
