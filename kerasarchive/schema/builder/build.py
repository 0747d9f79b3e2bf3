"""From a release to its JSON Schema, and from many releases to the files under ``schemas/``."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from kerasarchive import _catalog
from kerasarchive.errors import SchemaError
from kerasarchive.model.release import Release
from kerasarchive.schema.builder.distribution import read
from kerasarchive.schema.builder.origin import concerns, origin
from kerasarchive.schema.builder.release import WEIGHTED, Definitions, allowing, define
from kerasarchive.schema.builder.source import Source

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def document(release: Release, definitions: Mapping[str, Any]) -> dict[str, Any]:
    """A JSON Schema document that holds `definitions`."""
    return {
        "$schema": DIALECT,
        "$id": f"kav:/{release.library}/{release.label}.json",
        "title": f"What {release} accepts in a saved model, by class",
        "$defs": dict(definitions),
    }


def definitions(
    release: Release, wheel: Path, overrides: Mapping[str, Any], functions: Mapping[str, Any] | None = None
) -> Definitions:
    """Every definition of a release, read off the source in `wheel` (or sdist, or unpacked folder) and overridden.

    `functions` are those of the TensorFlow beside it.
    """
    place = origin(release, overrides)
    source = Source(read(wheel, place.folder, place.beside), place.around)
    if place.package not in source.modules:
        msg = f"there is no package {place.package} in it"
        raise SchemaError(msg, location=str(wheel))
    found = define(source, place.package)
    for block in _catalog.measured(release.library):
        if concerns(block["holds"], release):
            refine_measured(found, block["arguments"])
    if functions:
        found["tensorflow"] = {"x-kav-functions": functions}
    return dict(sorted(override(found, release, overrides).items()))


def override(definitions: Definitions, release: Release, overrides: Mapping[str, Any]) -> Definitions:
    """The definitions with the reviewed facts of that release worked in.

    A fact either `set`s keywords of the named `classes` (after it `drop`ped properties), or `refine`s a property of
    every class of some `roles` that has it (`weighted`: that has weights of its own), or `define`s a table of words.
    """
    for fact in overrides["facts"]:
        if not concerns(fact["releases"], release):
            continue
        if "define" in fact:
            definitions[fact["define"]] = fact["as"]
        for name in fact.get("classes", ()):
            if name in definitions:
                definitions[name] = _set(definitions[name], fact)
        for name, definition in definitions.items():
            if not fact.get("weighted", False) <= definition.get(WEIGHTED, False):
                continue
            if definition.get("x-kav-role") in fact.get("roles", ()) and ".legacy." not in definition["x-kav-path"]:
                definitions[name] = _refine(definition, fact["refine"])
    return {name: {k: v for k, v in definition.items() if k != WEIGHTED} for name, definition in definitions.items()}


def refine_measured(definitions: Definitions, arguments: Mapping[str, Mapping[str, Any]]) -> None:
    """Work in what a real release was seen to take. The source knows words and lengths better, a trial knows kinds.

    A trial changes one argument of one config, whose others may speak against a word: what any class takes under a
    key, every class may.
    """
    words: dict[str, set[str]] = {}
    for found in arguments.values():
        for key, made in found.items():
            words.setdefault(key, set()).update(made.get("x-kav-words", ()))
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
            if "x-kav-words" in tried:
                tried["x-kav-words"] = sorted(words[key])
            properties[key] = _with_default({**kept, **tried})
        definitions[name] = {**definition, "properties": properties}


def _with_default(schema: dict[str, Any]) -> dict[str, Any]:
    """A default is taken, whatever one trial says: the rest of that trial's config may have spoken against it."""
    if "default" not in schema:
        return schema
    default = schema["default"]
    allowed = _with_kind(schema, default)
    for item in default if isinstance(default, list) and isinstance(schema.get("items"), dict) else ():
        allowed["items"] = _with_kind(allowed["items"], item)
    return allowed


def _with_kind(schema: dict[str, Any], value: Any) -> dict[str, Any]:
    kinds = schema.get("type")
    names = {bool: "boolean", int: "integer", float: "number", str: "string", list: "array", dict: "object"}
    kind = names.get(type(value), "null")
    if kinds is None or kind in kinds or (kind == "integer" and "number" in kinds):
        return dict(schema)
    return {**schema, "type": sorted({*([kinds] if isinstance(kinds, str) else kinds), kind})}


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
    properties = dict(definition["properties"])
    for key, schema in properties.items():
        if key in refined and not {"type", "enum"} & set(schema):
            merged = {**refined[key], **schema}
            properties[key] = allowing(merged, merged["default"]) if "default" in merged else merged
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
        label = release.label
        origin = parents.get(label, previous.label if previous else None)
        inherited = written.get(origin, {}) if origin else {}
        entries: dict[str, tuple[str, str]] = {}
        for name, definition in documents[release]["$defs"].items():
            text = json.dumps(definition, separators=(",", ":"), ensure_ascii=True)
            known = inherited.get(name)
            entries[name] = known if known and known[1] == text else (label, text)
        written[label] = entries
        previous = release
        if origin and entries == inherited:
            index[label] = {"file": index[origin]["file"], "parent": origin}
            continue
        index[label] = {"file": f"{label}.json", "parent": origin}
        path = folder / f"{label}.json"
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
        body = text if version == release.label else f'{{"$ref":"{version}.json#/$defs/{name}"}}'
        definitions.append(f"{json.dumps(name)}:{body}")
    return "{" + ",\n".join(lines) + ',\n"$defs":{\n' + ",\n".join(definitions) + "\n}}\n"
