"""Regenerate ``schemas/<library>/``: ``python -m kerasarchive.schema.builder [--wheels FOLDER] [LIBRARY...]``.

Every library that has overrides, Keras first, without a name. Wheels and sdists that are not in the folder are
downloaded into it. The same ones give the same bytes.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from kerasarchive import _catalog
from kerasarchive.schema.builder.build import write
from kerasarchive.schema.builder.making import make_all


def main(arguments: list[str]) -> int:
    """Build every release that the overrides of each library list."""
    parser = argparse.ArgumentParser(prog="kerasarchive.schema.builder", description=__doc__)
    parser.add_argument("--wheels", type=Path, help="a folder of wheels and sdists; what is missing is put there")
    parser.add_argument("libraries", nargs="*", metavar="LIBRARY", help="without any, all that have overrides")
    given = parser.parse_args(arguments)
    known = sorted((path.parent.name for path in _catalog.folder("schemas").glob("*/overrides.json")), key=_keras_first)
    with tempfile.TemporaryDirectory() as scratch:
        for library in given.libraries or known:
            documents = make_all(library, given.wheels or Path(scratch))
            parents = _catalog.read_schema(library, "overrides.json").get("parents", {})
            for path in write(documents, parents, _catalog.schemas(library)):
                sys.stderr.write(f"{path.relative_to(path.parents[1])}: {path.stat().st_size} bytes\n")
    return 0


def _keras_first(library: str) -> tuple[bool, str]:
    return library != "keras", library


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
