"""Regenerate ``schemas/<library>/``: ``python -m kerasarchive.schema.builder [--wheels FOLDER] [LIBRARY...]``.

Every library that has overrides, Keras first, without a name. Wheels and sdists that are not in the folder are
downloaded into it. The same ones give the same bytes.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from concurrent.futures import ProcessPoolExecutor
from functools import cache, partial
from pathlib import Path
from typing import Any

from kerasarchive import _catalog
from kerasarchive.model.release import Release
from kerasarchive.schema.builder.build import definitions, document, write
from kerasarchive.schema.builder.distribution import obtain
from kerasarchive.schema.builder.library.build import build_all
from kerasarchive.schema.builder.origin import Origin, origin, tensorflow_beside
from kerasarchive.schema.builder.tensorflow import read_functions


def main(arguments: list[str]) -> int:
    """Build every release that the overrides of each library list."""
    parser = argparse.ArgumentParser(prog="kerasarchive.schema.builder", description=__doc__)
    parser.add_argument("--wheels", type=Path, help="a folder of wheels and sdists; what is missing is put there")
    parser.add_argument("libraries", nargs="*", metavar="LIBRARY", help="without any, all that have overrides")
    given = parser.parse_args(arguments)
    known = sorted((path.parent.name for path in _catalog.folder("schemas").glob("*/overrides.json")), key=_keras_first)
    with tempfile.TemporaryDirectory() as scratch:
        for library in given.libraries or known:
            _build(library, given.wheels or Path(scratch))
    return 0


def _keras_first(library: str) -> tuple[bool, str]:
    return library != "keras", library


def _build(library: str, wheels: Path) -> None:
    overrides = _catalog.read_schema(library, "overrides.json")
    if "keras" in overrides:
        documents = build_all(library, wheels)
    else:
        releases = [Release(library, label) for label in overrides["releases"]]
        for release in releases:
            obtain(origin(release, overrides), wheels)
            if (tensorflow := tensorflow_beside(release, overrides)) is not None:
                obtain(tensorflow, wheels)
        with ProcessPoolExecutor(min(len(releases), os.cpu_count() or 1)) as pool:
            documents = dict(zip(releases, pool.map(partial(_one, overrides=overrides, wheels=wheels), releases), strict=True))
    for path in write(documents, overrides.get("parents", {}), _catalog.schemas(library)):
        sys.stderr.write(f"{path.relative_to(path.parents[1])}: {path.stat().st_size} bytes\n")


def _one(release: Release, *, overrides: dict[str, Any], wheels: Path) -> dict[str, Any]:
    tensorflow = tensorflow_beside(release, overrides)
    functions = _functions(tensorflow, wheels) if tensorflow is not None else None
    wheel = obtain(origin(release, overrides), wheels)
    return document(release, definitions(release, wheel, overrides, functions))


@cache
def _functions(tensorflow: Origin, wheels: Path) -> dict[str, list[str]]:
    return read_functions(obtain(tensorflow, wheels))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
