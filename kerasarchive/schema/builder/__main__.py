"""Regenerate ``schemas/<library>/``: ``python -m kerasarchive.schema.builder [WHEELS-FOLDER [LIBRARY...]]``.

Every library that has overrides, Keras first, without a name. Wheels that are not in the folder are downloaded into it
by pip. The same wheels give the same bytes.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterable
from functools import partial
from pathlib import Path

from kerasarchive import _catalog
from kerasarchive.model.release import Release
from kerasarchive.schema.builder.build import build, download, write
from kerasarchive.schema.builder.library.build import build_all


def main(arguments: list[str]) -> int:
    """Build every release that the overrides list."""
    known = sorted((path.parent.name for path in _catalog.folder("schemas").glob("*/overrides.json")), key=_keras_first)
    with tempfile.TemporaryDirectory() as scratch:
        wheels = Path(arguments[0]) if arguments else Path(scratch)
        for library in arguments[1:] or known:
            if "keras" in _catalog.read_schema(library, "overrides.json"):
                parents = _catalog.read_schema(library, "overrides.json").get("parents", {})
                documents = build_all(library, partial(obtain, wheels=wheels))
                _say(write(documents, parents, _catalog.schemas(library)))
            else:
                _build(library, wheels)
    return 0


def _keras_first(library: str) -> tuple[bool, str]:
    return library != "keras", library


def obtain(release: Release, wheels: Path) -> Path:
    """The wheel of a release in the folder; it is downloaded if it is not there."""
    found = sorted(wheels.glob(f"{release.library}-{release.version}-*.whl"))
    return found[0] if found else download(release, wheels)


def _say(paths: Iterable[Path]) -> None:
    for path in paths:
        sys.stderr.write(f"{path.parent.name}/{path.name}: {path.stat().st_size} bytes\n")


def _build(library: str, wheels: Path) -> None:
    overrides = _catalog.read_schema(library, "overrides.json")
    documents = {}
    for version in overrides["releases"]:
        release = Release(library, version)
        documents[release] = build(release, wheel=obtain(release, wheels))
        sys.stderr.write(f"{release}: {len(documents[release]['$defs'])} definitions\n")
    _say(write(documents, overrides["parents"], _catalog.schemas(library)))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
