"""Regenerate ``schemas/<library>/``: ``python -m kerasarchive.schema.builder [--wheels FOLDER] [LIBRARY...]``.

Every library without a name. Wheels and sdists that are not in the folder are downloaded into it. The same ones give
the same bytes.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from kerasarchive import _catalog
from kerasarchive.model.release import Release
from kerasarchive.schema.builder.build import definitions, document, write
from kerasarchive.schema.builder.distribution import obtain
from kerasarchive.schema.builder.origin import origin


def main(arguments: list[str]) -> int:
    """Build every release that the overrides of each library list."""
    parser = argparse.ArgumentParser(prog="kerasarchive.schema.builder", description=__doc__)
    parser.add_argument("--wheels", type=Path, help="a folder of wheels and sdists; what is missing is put there")
    parser.add_argument("libraries", nargs="*", metavar="LIBRARY", help="without any, all that have overrides")
    given = parser.parse_args(arguments)
    known = sorted(path.parent.name for path in _catalog.folder("schemas").glob("*/overrides.json"))
    with tempfile.TemporaryDirectory() as scratch:
        for library in given.libraries or known:
            _build(library, given.wheels or Path(scratch))
    return 0


def _build(library: str, wheels: Path) -> None:
    overrides = _catalog.read_schema(library, "overrides.json")
    documents = {}
    for label in overrides["releases"]:
        release = Release(library, label)
        wheel = obtain(origin(release, overrides), wheels)
        documents[release] = document(release, definitions(release, wheel, overrides))
        sys.stderr.write(f"{release}: {len(documents[release]['$defs'])} definitions\n")
    for path in write(documents, overrides["parents"], _catalog.schemas(library)):
        sys.stderr.write(f"{path.relative_to(path.parents[1])}: {path.stat().st_size} bytes\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
