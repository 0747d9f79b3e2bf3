"""What tf.keras says of each object in a SavedModel. It revives each layer from its own words, not from the model's config."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from kerasarchive.formats.document import parse
from kerasarchive.formats.limits import Limits
from kerasarchive.model.archive import Archive
from kerasarchive.model.config import walk
from kerasarchive.model.finding import Skipped
from kerasarchive.model.location import Location, in_json

_METADATA = "keras_metadata.pb"


def sayings(archive: Archive, gaps: list[Skipped]) -> Iterator[tuple[Any, Location]]:
    """The JSON of every object and its place, without the layers that stand alike in the model's config.

    What cannot be parsed goes to `gaps`.
    """
    if archive.objects is None:
        return
    nodes = archive.objects.nodes
    known = _objects(archive.config) if any(node.metadata for node in nodes) else frozenset()
    member = _METADATA if archive.member(_METADATA) else "saved_model.pb"
    for number, node in enumerate(nodes):
        if not node.metadata:
            continue
        at = in_json(member, number)
        value, _ = parse(node.metadata.encode("utf-8", "surrogatepass"), at, Limits())
        if not isinstance(value, dict):
            gaps.append(Skipped(str(at), "what Keras says of this object cannot be read"))
            continue
        if number == 0:
            value = {key: item for key, item in value.items() if key not in ("model_config", "training_config")}
        if _key(value) in known:
            value = {key: item for key, item in value.items() if key not in ("class_name", "config")}
        yield value, at


def _objects(config: Any) -> frozenset[str]:
    return frozenset(
        _key(value) for value, _, _ in walk(config, Location()) if isinstance(value, dict) and "config" in value
    )


def _key(value: dict[str, Any]) -> str:
    from kerasarchive.formats.tensorflow.metadata import plain

    return json.dumps(plain([value.get("class_name"), value.get("config")]), sort_keys=True)
