"""From a release to its JSON Schema, and from many releases to the files under ``schemas/``."""

from __future__ import annotations

import importlib.util
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from packaging.specifiers import SpecifierSet

from kerasarchive import _catalog
from kerasarchive.errors import SchemaError
from kerasarchive.model.release import Release
from kerasarchive.schema.builder.release import Definitions, define
from kerasarchive.schema.builder.source import read_folder, read_wheel

NOTHING = object()
DIALECT = "https://json-schema.org/draft/2020-12/schema"


def build(release: Release | str, *, wheel: Path | None = None) -> dict[str, Any]:
    """The complete schema of one release; see `kerasarchive.schema.build`."""
    wanted = release if isinstance(release, Release) else Release.parse(release)
    if wanted is None:
        msg = f"{release!r} names no release"
        raise SchemaError(msg, hint="write keras==3.15.1")
    if wheel is not None:
        return document(wanted, _define(wanted, wheel))
    with tempfile.TemporaryDirectory() as folder:
        return document(wanted, _define(wanted, download(wanted, Path(folder))))


def download(release: Release, folder: Path) -> Path:
    """The release's wheel, fetched by pip into `folder`. Nothing of it is installed or run."""
    options = ["download", "--no-deps", "--only-binary=:all:", "-q", "-d", str(folder), str(release)]
    done = subprocess.run([*_pip(), *options], capture_output=True, text=True, check=False)
    found = sorted(folder.glob(f"{release.library}-{release.version}-*.whl"))
    if not found:
        reason = (done.stderr.strip().splitlines() or ["pip gave no reason"])[-1]
        msg = f"pip could not download {release}: {reason}"
        raise SchemaError(msg, hint="check the network, or give the wheel")
    return found[0]


def _pip() -> list[str]:
    """This Python's pip; where it has none (uv makes such environments), the one on the path."""
    if importlib.util.find_spec("pip") is not None:
        return [sys.executable, "-m", "pip"]
    found = shutil.which("pip") or shutil.which("pip3")
    if found is None:
        msg = "there is no pip to download the release with"
        raise SchemaError(msg, hint="install pip, or give the wheel")
    return [found]


def document(release: Release, definitions: Mapping[str, Any]) -> dict[str, Any]:
    """A JSON Schema document that holds `definitions`."""
    return {
        "$schema": DIALECT,
        "$id": f"kav:/{release.library}/{release.version}.json",
        "title": f"What {release} accepts in a saved model, by class",
        "$defs": dict(definitions),
    }


def _define(release: Release, wheel: Path) -> Definitions:
    source = read_folder(wheel, release.library) if wheel.is_dir() else read_wheel(wheel, release.library)
    if not source.modules:
        msg = f"there is no package {release.library} in it"
        raise SchemaError(msg, location=str(wheel))
    definitions = define(source, f"{release.library}.src")
    for block in _catalog.measured(release.library):
        if release.key in SpecifierSet(block["holds"], prereleases=True):
            refine_measured(definitions, block["arguments"])
    return override(definitions, release, _catalog.read_schema(release.library, "overrides.json"))


def override(definitions: Definitions, release: Release, overrides: Mapping[str, Any]) -> Definitions:
    """The definitions with the reviewed facts of that release worked in.

    A fact either `set`s keywords of the named `classes` (after it `drop`ped properties), or `refine`s a property of
    every class of some `roles` that has it, or `define`s a table of words.
    """
    for fact in overrides["facts"]:
        if release.key not in SpecifierSet(fact["releases"], prereleases=True):
            continue
        if "define" in fact:
            definitions[fact["define"]] = fact["as"]
        for name in fact.get("classes", ()):
            if name in definitions:
                definitions[name] = _set(definitions[name], fact)
        for name, definition in definitions.items():
            if definition.get("x-kav-role") in fact.get("roles", ()) and ".legacy." not in definition["x-kav-path"]:
                definitions[name] = _refine(definition, fact["refine"])
    return definitions


def refine_measured(definitions: Definitions, arguments: Mapping[str, Mapping[str, Any]]) -> None:
    """Work in what a real release was seen to take. The source knows words and lengths better, a trial knows kinds."""
    for name, found in arguments.items():
        definition = definitions.get(name)
        if definition is None:
            continue
        properties = dict(definition["properties"])
        for key, made in found.items():
            read = properties.get(key)
            if read is None or "x-kav-names" in read:
                continue
            fixed = {"x-kav-words", "enum", "pattern"} & read.keys()
            kept = {keyword: value for keyword, value in read.items() if keyword not in ("type", "items")}
            tried = {word: value for word, value in made.items() if not (fixed and word in ("x-kav-words", "x-kav-exact"))}
            properties[key] = _with_default({**kept, **tried})
        definitions[name] = {**definition, "properties": properties}


def _with_default(schema: dict[str, Any]) -> dict[str, Any]:
    """A default is taken, whatever one trial says: the rest of that trial's config may have spoken against it."""
    default, kinds = schema.get("default", NOTHING), schema.get("type")
    if default is NOTHING or kinds is None:
        return schema
    kind = {bool: "boolean", int: "integer", float: "number", str: "string", list: "array", dict: "object"}.get(
        type(default), "null"
    )
    if kind in kinds or (kind == "integer" and "number" in kinds):
        return schema
    return {**schema, "type": sorted([*kinds, kind])}


def _set(definition: dict[str, Any], fact: Mapping[str, Any]) -> dict[str, Any]:
    stated = fact.get("set", {})
    changed = {**definition, **{key: value for key, value in stated.items() if key != "properties"}}
    dropped = fact.get("drop", ())
    properties = {key: value for key, value in definition.get("properties", {}).items() if key not in dropped}
    for key, schema in stated.get("properties", {}).items():
        merged = {**properties.get(key, {}), **schema}
        properties[key] = {keyword: value for keyword, value in merged.items() if value is not None}
    if "properties" in definition:
        changed["properties"] = properties
    return {key: value for key, value in changed.items() if value is not None}


def _refine(definition: dict[str, Any], refined: Mapping[str, Any]) -> dict[str, Any]:
    """What the source analysis has found out by itself stands."""
    properties = {
        key: {**refined[key], **schema} if key in refined and not {"type", "enum"} & set(schema) else schema
        for key, schema in definition["properties"].items()
    }
    return {**definition, "properties": properties}


def write(documents: Mapping[Release, Mapping[str, Any]], parents: Mapping[str, str], folder: Path) -> tuple[Path, ...]:
    """Write one file per release in which something changed, and the index; returns what was written.

    A definition that an ancestor already has becomes a reference to that ancestor's file.
    """
    written: dict[str, dict[str, tuple[str, str]]] = {}
    index: dict[str, dict[str, str | None]] = {}
    paths: list[Path] = []
    for stale in folder.glob("[0-9]*.json"):
        stale.unlink()
    previous: Release | None = None
    for release in sorted(documents):
        origin = parents.get(release.version, previous.version if previous else None)
        inherited = written.get(origin, {}) if origin else {}
        entries: dict[str, tuple[str, str]] = {}
        for name, definition in documents[release]["$defs"].items():
            text = json.dumps(definition, separators=(",", ":"), ensure_ascii=True)
            known = inherited.get(name)
            entries[name] = known if known and known[1] == text else (release.version, text)
        written[release.version] = entries
        previous = release
        if origin and entries == inherited:
            index[release.version] = {"file": index[origin]["file"], "parent": origin}
            continue
        index[release.version] = {"file": f"{release.version}.json", "parent": origin}
        path = folder / f"{release.version}.json"
        path.write_text(_text(release, entries), "utf-8")
        paths.append(path)
    lines = ",\n".join(f"  {json.dumps(v)}: {json.dumps(e, separators=(', ', ': '))}" for v, e in index.items())
    library = next(iter(documents)).library
    (folder / "index.json").write_text(f'{{"library": "{library}", "releases": {{\n{lines}\n}}}}\n', "utf-8")
    return (*paths, folder / "index.json")


def _text(release: Release, entries: Mapping[str, tuple[str, str]]) -> str:
    """One definition a line: a release's diff in version control shows what the release changed."""
    head = document(release, {})
    lines = [f'"{key}":{json.dumps(head[key])}' for key in ("$schema", "$id", "title")]
    definitions = []
    for name, (version, text) in entries.items():
        body = text if version == release.version else f'{{"$ref":"{version}.json#/$defs/{name}"}}'
        definitions.append(f"{json.dumps(name)}:{body}")
    return "{" + ",\n".join(lines) + ',\n"$defs":{\n' + ",\n".join(definitions) + "\n}}\n"
