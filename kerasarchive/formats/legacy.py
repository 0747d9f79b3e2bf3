"""What the legacy HDF5 formats have in common: attributes that hold JSON, and lists split over numbered attributes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kerasarchive.formats.document import parse
from kerasarchive.formats.format import Source
from kerasarchive.formats.rules import finding
from kerasarchive.model.finding import Finding
from kerasarchive.model.location import in_json


def json_attribute(attributes: Mapping[str, Any], name: str, source: Source, findings: list[Finding]) -> Any:
    """The JSON of the attribute `name`, however it is stored; None if there is none or it is broken."""
    if name not in attributes:
        return None
    value = attributes[name]
    at = in_json(f"@{name}")
    while isinstance(value, list) and len(value) == 1:
        value = value[0]
    if isinstance(value, list) and all(isinstance(part, str) for part in value):
        value = "".join(value)
    if not isinstance(value, str):
        findings.append(finding("json-invalid", "is no text", at))
        return None
    parsed, wrong = parse(value.rstrip("\0").encode("utf-8", "surrogatepass"), at, source.limits)
    findings.extend(wrong)
    return parsed


def metadata(attributes: Mapping[str, Any]) -> dict[str, Any]:
    """``keras_version`` and ``backend``, as a `.keras` keeps the former in metadata.json."""
    return {name: attributes[name] for name in ("keras_version", "backend") if isinstance(attributes.get(name), str)}


def judge_file(source: Source, wanted: tuple[str, ...]) -> list[Finding]:
    """Findings about an HDF5 file as such: its name, and what else it is."""
    findings = []
    if source.suffix and source.suffix not in wanted:
        message = f"HDF5 content is named {source.suffix}; Keras goes by the name and does not load it so"
        findings.append(finding("misnamed", message))
    if source.hdf5_offset:
        findings.append(finding("hdf5-user-block", f"{source.hdf5_offset:,} bytes stand before the HDF5 signature"))
    if source.end_record is not None:
        findings.append(finding("polyglot", "the file is HDF5 and a zip archive at once"))
    return findings
