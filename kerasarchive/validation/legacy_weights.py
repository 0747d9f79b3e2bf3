"""Whether a whole-model HDF5 file of Keras 1 to 3 holds the weights that its layers will ask for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from kerasarchive.layout.flattened import Flattened, flattened
from kerasarchive.layout.listing import GROUP, texts
from kerasarchive.layout.parts import MODELS
from kerasarchive.layout.unnamed import named as with_names
from kerasarchive.layout.variables import quantization
from kerasarchive.model.archive import Archive
from kerasarchive.model.finding import Finding
from kerasarchive.model.location import in_hdf5
from kerasarchive.model.weights import Tensor, WeightStore
from kerasarchive.schema import ReleaseSchema
from kerasarchive.validation import rule
from kerasarchive.validation.fitting import Flows, complete, misfit_of, named


def check_legacy_weights(archive: Archive, schema: ReleaseSchema, flows: Flows) -> Iterator[Finding]:
    """Findings about the weights of every outermost layer. Keras 1 kept others than the layers of today."""
    store = archive.weights
    if store is None or archive.format != "h5-model" or schema.release.major < 2:
        return
    groups = frozenset(store.groups())
    if GROUP not in groups or archive.config.get("class_name") not in MODELS:
        return
    tensors = store.tensors()
    known: set[str] = set()
    for layer in flattened(with_names(archive.config, store), flows, complete(schema), major=schema.release.major):
        known.add(layer.name)
        if layer.weights is not None and not _is_adapted(archive.config, layer):
            yield from _compared(layer, archive, store, tensors, f"{GROUP}/{layer.name}" in groups)
    for name in texts(store.attributes(GROUP), "layer_names"):
        group = f"{GROUP}/{name}"
        if name not in known and group in groups and texts(store.attributes(group), "weight_names"):
            message = f"there are weights of a layer {name!r}, which the config does not have"
            yield rule.UNEXPECTED_VARIABLE.finding(message, in_hdf5(store.member, group))


def _is_adapted(config: Any, layer: Flattened) -> bool:
    """LoRA and quantization keep other weights, in an order of their own."""
    data = config
    for part in layer.path:
        data = data[part]
    inner = data.get("config")
    return isinstance(inner, dict) and (bool(inner.get("lora_rank")) or quantization(inner.get("dtype")) is not None)


def _compared(
    layer: Flattened, archive: Archive, store: WeightStore, tensors: Mapping[str, Tensor], there: bool
) -> Iterator[Finding]:
    assert layer.weights is not None
    group = f"{GROUP}/{layer.name}"
    listed = texts(store.attributes(group), "weight_names") if there else []
    if len(listed) != len(layer.weights):
        wanted = ", ".join(named(variable) for variable in layer.weights[:6]) or "none"
        message = f"{layer.name!r} asks for {len(layer.weights)} weights ({wanted}), {len(listed)} are stored"
        short = len(listed) < len(layer.weights)
        at = in_hdf5(store.member, group) if there else archive.config_at.at(*layer.path)
        yield (rule.MISSING_VARIABLE if short else rule.UNEXPECTED_VARIABLE).finding(message, at)
        return
    for name, variable in zip(listed, layer.weights, strict=True):
        tensor = tensors.get(f"{group}/{name}")
        at = in_hdf5(store.member, f"{group}/{name}")
        if tensor is None:
            yield rule.MISSING_VARIABLE.finding(f"{layer.name!r}: {name} is listed and not stored", at)
        elif not _is_fused(variable.name, variable.shape, tensor.shape):
            yield from misfit_of(repr(layer.name), variable, tensor, at)


def _is_fused(name: str, wanted: Any, found: tuple[int, ...]) -> bool:
    """A recurrent layer takes the weights of its CuDNN twin, whose bias is twice as long."""
    return name == "bias" and wanted is not None and len(wanted) == len(found) == 1 and wanted[0] and 2 * wanted[0] == found[0]
