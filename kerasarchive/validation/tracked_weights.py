"""Whether a SavedModel holds the weights that the layers of its config will ask for."""

from __future__ import annotations

from collections.abc import Iterator

from kerasarchive.layout.flattened import flattened
from kerasarchive.layout.parts import MODELS
from kerasarchive.layout.tracked import Disagreement, listed
from kerasarchive.layout.vocabulary import LOOKUPS
from kerasarchive.model.archive import Archive
from kerasarchive.model.finding import Finding
from kerasarchive.model.location import in_hdf5
from kerasarchive.schema import ReleaseSchema
from kerasarchive.validation import rule
from kerasarchive.validation.fitting import Flows, complete, misfit_of, named

UNLISTED = MODELS | LOOKUPS | {"Normalization", "Discretization"}
"""Layers that list their weights in an order of their own, or not at all."""


def check_tracked_weights(archive: Archive, schema: ReleaseSchema, flows: Flows) -> Iterator[Finding]:
    """Findings about the weights of every outermost layer; nothing where the model was saved without its lists."""
    store, graph = archive.weights, archive.objects
    if archive.format != "saved-model" or store is None or graph is None or graph.follow(0, "variables") is None:
        return
    if archive.config.get("class_name") not in MODELS:
        return
    try:
        there = {one.name: one.keys for one in listed(archive.config, graph)}
    except Disagreement as error:
        yield rule.MISSING_VARIABLE.finding(str(error), archive.config_at)
        return
    tensors = store.tensors()
    for layer in flattened(archive.config, flows, complete(schema), major=schema.release.major):
        keys = there.get(layer.name)
        if layer.weights is None or keys is None or _class_at(archive.config, layer.path) in UNLISTED:
            continue
        at = archive.config_at.at(*layer.path)
        if len(keys) != len(layer.weights):
            wanted = ", ".join(named(variable) for variable in layer.weights[:6]) or "none"
            message = f"{layer.name!r} asks for {len(layer.weights)} weights ({wanted}), {len(keys)} are stored"
            short = len(keys) < len(layer.weights)
            yield (rule.MISSING_VARIABLE if short else rule.UNEXPECTED_VARIABLE).finding(message, at)
            continue
        for key, variable in zip(keys, layer.weights, strict=True):
            tensor = tensors.get(key)
            if tensor is None:
                yield rule.MISSING_VARIABLE.finding(f"{layer.name!r}: {named(variable)} is not stored", at)
            else:
                yield from misfit_of(repr(layer.name), variable, tensor, in_hdf5(store.member, key))


def _class_at(config: object, path: tuple[str | int, ...]) -> object:
    for part in path:
        config = config[part]  # type: ignore[index]
    return config.get("class_name") if isinstance(config, dict) else None
