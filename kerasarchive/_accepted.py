"""What a release accepts where validation found something wrong: `kav validate --explain`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from kerasarchive.model.archive import Archive
from kerasarchive.model.config import ObjectNode, is_object
from kerasarchive.model.finding import Finding
from kerasarchive.model.location import Location
from kerasarchive.schema import ClassSchema, ReleaseSchema

SHOWN = 12
"""So many of the accepted words are listed."""


def accepted(archive: Archive, findings: Iterable[Finding], schema: ReleaseSchema) -> dict[str, list[dict[str, str]]]:
    """For every class that a finding is about its arguments, each with what is taken for it."""
    told: dict[str, list[dict[str, str]]] = {}
    for finding in findings:
        cls = _class(archive, finding.location, schema)
        if cls is not None and cls.name not in told:
            told[cls.name] = [{"argument": key, "takes": said} for key, said in arguments(cls, schema)]
    return told


def _class(archive: Archive, at: Location, schema: ReleaseSchema) -> ClassSchema | None:
    """The class of the innermost object of a known class at or above a place of the config."""
    root, depth = archive.config_at, len(archive.config_at.parts)
    if at.member != root.member or at.parts[:depth] != root.parts:
        return None
    value: Any = archive.config
    best: ClassSchema | None = None
    for index, part in enumerate((*at.parts[depth:], None)):
        if is_object(value):
            best = schema.find(ObjectNode(value, root), _role(at.parts[depth : depth + index])) or best
        try:
            value = value[part]
        except (KeyError, IndexError, TypeError):
            break
    return best


def _role(parts: tuple[str | int, ...]) -> str:
    key = next((str(part) for part in reversed(parts) if isinstance(part, str)), "layer")
    known = {"layers": "layer", "layer": "layer", "cell": "cell", "cells": "cell", "optimizer": "optimizer"}
    return known.get(key, next((role for role in ("initializer", "regularizer", "constraint") if key.endswith(role)), ""))


def arguments(cls: ClassSchema, schema: ReleaseSchema) -> Iterator[tuple[str, str]]:
    """(argument, what is taken for it in words) of a class."""
    for key, parameter in cls.parameters.items():
        said = [_taken(cls.raw["properties"][key], parameter.words, schema)]
        if parameter.required:
            said.append("required")
        elif "default" in cls.raw["properties"][key]:
            said.append(f"default {cls.raw['properties'][key]['default']!r}")
        yield key, "; ".join(part for part in said if part)


def _taken(raw: Mapping[str, Any], role: str, schema: ReleaseSchema) -> str:
    words = sorted(schema.words(role)) if role else list(raw.get("x-kav-words", raw.get("enum", ())))
    kinds = raw.get("type", ())
    said = ", ".join(_kind(kind, raw) for kind in ([kinds] if isinstance(kinds, str) else kinds) if kind != "string" or not words)
    listed = ", ".join(map(repr, words[:SHOWN])) + (f" and {len(words) - SHOWN} more" if len(words) > SHOWN else "")
    return " or ".join(part for part in (said, listed) if part) or "anything"


def _kind(kind: str, raw: Mapping[str, Any]) -> str:
    if kind in ("integer", "number"):
        bounds = [(word, raw.get(key)) for key, word in (("minimum", "at least"), ("exclusiveMinimum", "above"),
                                                         ("maximum", "at most"), ("exclusiveMaximum", "below"))]  # fmt: skip
        limits = " and ".join(f"{word} {value}" for word, value in bounds if value is not None)
        return f"{kind} {limits}".rstrip()
    if kind == "array":
        item = raw.get("items", {}).get("type", ())
        inner = "/".join([item] if isinstance(item, str) else item)
        count = raw.get("minItems")
        return "list" + (f" of {count}" if count else "") + (f" {inner}" if inner else "")
    return kind
