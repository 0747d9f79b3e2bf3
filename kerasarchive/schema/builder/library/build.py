"""From a release of a library built on Keras to its JSON Schema."""

from __future__ import annotations

import re
import sys
import zipfile
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from packaging.requirements import InvalidRequirement, Requirement

from kerasarchive import _catalog
from kerasarchive.errors import SchemaError
from kerasarchive.model.release import Release
from kerasarchive.schema.builder.build import document, override
from kerasarchive.schema.builder.distribution import obtain, read
from kerasarchive.schema.builder.library.code import code_of
from kerasarchive.schema.builder.library.library import define
from kerasarchive.schema.builder.library.memory import Memory
from kerasarchive.schema.builder.library.together import Together
from kerasarchive.schema.builder.library.world import World
from kerasarchive.schema.builder.origin import origin
from kerasarchive.schema.builder.source import Source
from kerasarchive.schema.catalogue import releases


def build_library(release: Release, source: Source, beside: Source, memory: Memory | None = None) -> dict[str, Any]:
    """The complete schema of one release, read off its `source` with the source of a Keras `beside` it.

    `memory` hands definitions on to later releases that are read beside the same Keras.
    """
    package = next(iter(sorted({name.partition(".")[0] for name in source.modules})), "")
    if not package:
        msg = "there is no package in it"
        raise SchemaError(msg, location=str(release))
    facts = overrides_of(release.library)
    definitions = define(World(Together(source, beside, package)), memory)
    if not facts.get("attributes"):
        for definition in definitions.values():
            definition.pop("x-kav-attributes", None)
    definitions = override(definitions, release, {"facts": facts.get("facts", [])})
    definitions["library"] = {"const": package}
    if "code" in facts:
        definitions |= code_of(source, package, facts["code"]["without"])
    return document(release, dict(sorted(definitions.items())))


def build_beside(release: Release, wheel: Path, wheels: Path) -> dict[str, Any]:
    """The schema of one release in `wheel`; the Keras that it is read beside is in `wheels`, or fetched into it."""
    return build_library(release, read_library(release, wheel), _keras(keras_beside(release, wheel), wheels))


def build_all(library: str, wheels: Path) -> dict[Release, dict[str, Any]]:
    """The schemas of all releases that the overrides of a library list."""
    documents: dict[Release, dict[str, Any]] = {}
    memories: dict[str, Memory] = {}
    for version in overrides_of(library)["releases"]:
        release = Release(library, version)
        wheel = obtain(origin(release, overrides_of(library)), wheels)
        beside = keras_beside(release, wheel)
        memory = memories.setdefault(beside.version, Memory())
        documents[release] = build_library(release, read_library(release, wheel), _keras(beside, wheels), memory)
        sys.stderr.write(f"{release} beside {beside}: {len(documents[release]['$defs'])} definitions\n")
    return documents


def overrides_of(library: str) -> Mapping[str, Any]:
    """What people have looked up about a library; empty for one that nobody has."""
    if not (_catalog.schemas(library) / "overrides.json").is_file():
        return {}
    return _catalog.read_schema(library, "overrides.json")


def keras_beside(release: Release, wheel: Path) -> Release:
    """The Keras to read a library beside: what its overrides say, else the newest that its wheel asks for."""
    listed = overrides_of(release.library).get("keras", {})
    if release.version in listed:
        return Release("keras", listed[release.version])
    wanted = [requirement.specifier for requirement in _requirements(wheel) if requirement.name.lower() == "keras"]
    known = [each for each in releases("keras") if each.major >= 3]
    fitting = [each for each in known if all(each.key in specifier for specifier in wanted)]
    return (fitting or known)[-1]


def _requirements(wheel: Path) -> Iterator[Requirement]:
    for path, text in _files(wheel, r"[^/]+\.dist-info/METADATA"):
        for found in re.finditer(r"^Requires-Dist:\s*(.+)$", text or path, re.MULTILINE):
            try:
                yield Requirement(found.group(1))
            except InvalidRequirement:
                continue


def _files(wheel: Path, pattern: str) -> Iterator[tuple[str, str]]:
    """(path, text) of the files in a wheel whose path matches."""
    if wheel.is_dir():
        paths = sorted(path.relative_to(wheel).as_posix() for path in wheel.rglob("*") if path.is_file())
        for path in paths:
            if re.fullmatch(pattern, path):
                yield path, (wheel / path).read_text("utf-8", "replace")
        return
    try:
        with zipfile.ZipFile(wheel) as opened:
            for path in sorted(opened.namelist()):
                if re.fullmatch(pattern, path):
                    yield path, opened.read(path).decode("utf-8", "replace")
    except (OSError, zipfile.BadZipFile) as error:
        msg = f"the wheel cannot be read: {error}"
        raise SchemaError(msg, location=str(wheel)) from error


def read_library(release: Release, wheel: Path) -> Source:
    """The modules of the package that a wheel brings: the one of the library's name, else the largest."""
    sizes = Counter(path.partition("/")[0] for path, _ in _files(wheel, r"[^/.]+/(.+/)?[^/]+\.py"))
    if not sizes:
        msg = "there is no package in it"
        raise SchemaError(msg, location=str(wheel))
    package = release.library if release.library in sizes else max(sorted(sizes), key=lambda name: sizes[name])
    return Source(read(wheel, package))


@lru_cache(maxsize=1)
def read_keras(wheel: Path) -> Source:
    """Keras's modules in a wheel; those of the last one are kept."""
    return Source(read(wheel, "keras"))


def _keras(release: Release, wheels: Path) -> Source:
    return read_keras(obtain(origin(release, overrides_of("keras")), wheels))
