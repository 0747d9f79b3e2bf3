"""From the name of a release, or of a library, to schemas: the distributions are fetched and the right reader is asked.

Keras and tf_keras are read by themselves; every other library is read beside the Keras that it builds on.
"""

from __future__ import annotations

import os
import tempfile
from concurrent.futures import ProcessPoolExecutor
from functools import cache, partial
from pathlib import Path
from typing import Any

from kerasarchive.errors import SchemaError
from kerasarchive.model.release import Release
from kerasarchive.schema.builder.build import definitions, document
from kerasarchive.schema.builder.distribution import obtain
from kerasarchive.schema.builder.library.build import build_all, build_beside, overrides_of
from kerasarchive.schema.builder.origin import Origin, origin, tensorflow_beside
from kerasarchive.schema.builder.tensorflow import read_functions

BY_THEMSELVES = frozenset({"keras", "tf_keras"})


def make(release: Release | str, *, wheel: Path | None = None) -> dict[str, Any]:
    """The complete schema of one release; see `kerasarchive.schema.build`."""
    wanted = release if isinstance(release, Release) else Release.parse(release)
    if wanted is None:
        msg = f"{release!r} names no release"
        raise SchemaError(msg, hint="write keras==3.15.1")
    with tempfile.TemporaryDirectory() as folder:
        if wanted.library in BY_THEMSELVES:
            return _keras(wanted, Path(folder), wheel)
        found = wheel or obtain(origin(wanted, overrides_of(wanted.library)), Path(folder))
        return build_beside(wanted, found, Path(folder))


def make_all(library: str, wheels: Path) -> dict[Release, dict[str, Any]]:
    """The schemas of every release that the overrides of a library list, from `wheels` or fetched into it."""
    if library not in BY_THEMSELVES:
        return build_all(library, wheels)
    overrides = overrides_of(library)
    releases = [Release(library, label) for label in overrides["releases"]]
    for release in releases:
        # Here, where no two processes fetch the same.
        obtain(origin(release, overrides), wheels)
        if (tensorflow := tensorflow_beside(release, overrides)) is not None:
            obtain(tensorflow, wheels)
    with ProcessPoolExecutor(min(len(releases), os.cpu_count() or 1)) as pool:
        return dict(zip(releases, pool.map(partial(_keras, wheels=wheels), releases), strict=True))


def _keras(release: Release, wheels: Path, wheel: Path | None = None) -> dict[str, Any]:
    overrides = overrides_of(release.library)
    tensorflow = tensorflow_beside(release, overrides)
    functions = _functions(tensorflow, wheels) if tensorflow is not None else None
    return document(release, definitions(release, wheel or obtain(origin(release, overrides), wheels), overrides, functions))


@cache
def _functions(tensorflow: Origin, wheels: Path) -> dict[str, list[str]]:
    return read_functions(obtain(tensorflow, wheels))
