"""Regenerate ``schemas/<library>/``: ``python -m kerasarchive.schema.builder [WHEELS-FOLDER]``.

Wheels that are not in the folder are downloaded into it by pip. The same wheels give the same bytes.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from kerasarchive import _catalog
from kerasarchive.model.release import Release
from kerasarchive.schema.builder.build import build, download, write


def main(arguments: list[str]) -> int:
    """Build every release that the overrides list."""
    library = "keras"
    overrides = _catalog.read_schema(library, "overrides.json")
    with tempfile.TemporaryDirectory() as scratch:
        wheels = Path(arguments[0]) if arguments else Path(scratch)
        documents = {}
        for version in overrides["releases"]:
            release = Release(library, version)
            found = sorted(wheels.glob(f"{library}-{version}-*.whl"))
            documents[release] = build(release, wheel=found[0] if found else download(release, wheels))
            sys.stderr.write(f"{release}: {len(documents[release]['$defs'])} definitions\n")
        for path in write(documents, overrides["parents"], _catalog.schemas(library)):
            sys.stderr.write(f"{path.name}: {path.stat().st_size} bytes\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
