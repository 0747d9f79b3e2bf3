"""One of the two archives of a comparison, with what is needed to read it: its release's schema and its shapes."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from kerasarchive import schema
from kerasarchive.errors import SchemaError
from kerasarchive.layout import shapes
from kerasarchive.layout.shapes import Flow
from kerasarchive.layout.variables import Variable
from kerasarchive.model.archive import Archive
from kerasarchive.model.config import ObjectNode
from kerasarchive.model.location import Location
from kerasarchive.model.release import Release
from kerasarchive.schema import ReleaseSchema
from kerasarchive.schema.class_schema import ClassSchema

Path = tuple[str | int, ...]


@dataclass(eq=False)
class Side:
    """An archive as `diff` sees it."""

    archive: Archive
    variables: dict[Path, dict[tuple[str, ...], tuple[int, Variable]]] = field(default_factory=dict)
    """What was worked out of layers' variables, by the layer's path."""

    alignments: int = 0
    """How many lists of different length were aligned."""

    @cached_property
    def release(self) -> Release | None:
        """The Keras that wrote it, if recorded."""
        written = schema.written_with(self.archive)
        return written[0].release if written and written[0].library == "keras" else None

    @cached_property
    def schema(self) -> ReleaseSchema | None:
        """What that release accepts; None if kav does not know it."""
        try:
            return schema.reading(self.release) if self.release else None
        except SchemaError:
            return None

    @cached_property
    def flows(self) -> dict[Path, Flow]:
        """The shapes of the model."""
        return shapes.infer(self.archive.config)

    def rank(self, path: Path) -> int | None:
        """Number of axes of the input of the layer at `path`; None if unknown."""
        flow = self.flows.get(path)
        first = flow.inputs[0] if flow and flow.inputs else None
        return None if first is None else len(first)

    def describe(self, data: dict[str, Any], role: str) -> ClassSchema | None:
        """What the release says about a serialized object's class; None for custom ones."""
        if self.schema is None:
            return None
        return self.schema.find(ObjectNode(data, Location()), role)

    def word(self, text: str, role: str) -> str:
        """The class that `text` names where a `role` is expected; empty for a function or an unknown word."""
        if self.schema is None or not role:
            return ""
        return self.schema.words(role).get(text.lower() if role == "optimizer" else text, "")
