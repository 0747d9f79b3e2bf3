"""What each release of a library accepts, as a model; and which release an archive or a user means."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from kerasarchive.model.release import Release
from kerasarchive.schema.catalogue import file, load, parent, reading, releases, target, together
from kerasarchive.schema.class_schema import MISSING, Call, ClassSchema, Parameter
from kerasarchive.schema.difference import EFFECTS, ClassChange, diff, gravest_first
from kerasarchive.schema.inference import possible
from kerasarchive.schema.pins import accepting, keras_for, outermost
from kerasarchive.schema.provenance import written_with
from kerasarchive.schema.release_schema import ReleaseSchema

__all__ = [
    "EFFECTS",
    "MISSING",
    "Call",
    "ClassChange",
    "ClassSchema",
    "Parameter",
    "ReleaseSchema",
    "accepting",
    "build",
    "diff",
    "file",
    "gravest_first",
    "keras_for",
    "load",
    "outermost",
    "parent",
    "possible",
    "reading",
    "releases",
    "target",
    "together",
    "written_with",
]


def build(release: Release | str, *, wheel: Path | None = None) -> dict[str, Any]:
    """The complete JSON Schema of a release, read off its source without executing it.

    `wheel` is the release's wheel or an unpacked one; without it pip downloads it. Raises `SchemaError`.
    """
    from kerasarchive.schema.builder.making import make

    return make(release, wheel=wheel)
