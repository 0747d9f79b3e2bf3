"""What Keras 3's loader of HDF5 files, which rebuilds the configs of Keras 2 by names, makes of them otherwise than they say.

Source: ``keras/src/legacy/saving`` of 3.0 to 3.15; measured on the archives of 2.3.1, TF 2.4 and TF 2.15 in 3.15.1.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from kerasarchive.layout.vocabulary import LOOKUPS
from kerasarchive.model.archive import Archive
from kerasarchive.model.config import is_object, walk
from kerasarchive.model.location import Location
from kerasarchive.model.release import Release
from kerasarchive.model.report import Reason

RECURRENT = frozenset({"RNN", "LSTM", "GRU", "SimpleRNN", "ConvLSTM1D", "ConvLSTM2D", "ConvLSTM3D", "Bidirectional"})
ATTENTIONS = frozenset({"MultiHeadAttention", "Attention", "AdditiveAttention"})
CONVOLUTIONS = frozenset({"Conv1D", "Conv2D", "Conv3D"})
"""Layers whose build looks at the number of axes."""
BUILDS_BY_INPUT_LAYER = Release("keras", "3.8.0")
"""Until this release a Sequential without an InputLayer is built when it is first called."""


class Quirk(NamedTuple):
    """One thing that goes wrong: loading raises (``fails``), or what is loaded computes something else (``differs``)."""

    reason: Reason
    consequence: str


def quirks(archive: Archive, target: Release) -> Iterator[Quirk]:
    """What goes wrong with a whole-model HDF5 file under `target`, a release of Keras 3, beside what validation says."""
    if archive.format != "h5-model" or target.major < 3 or not isinstance(archive.config, dict):
        return
    for value, at, _ in walk(archive.config, archive.config_at):
        if is_object(value) and "module" not in value and isinstance(value.get("config"), dict):
            yield from _of_object(value, at, target)


def _of_object(data: Mapping[str, Any], at: Location, target: Release) -> Iterator[Quirk]:
    name, config = str(data["class_name"]), data["config"]
    axis = config.get("axis")
    if isinstance(axis, list) and axis != [-1] and name in ("Softmax", "LayerNormalization"):
        message = f"{name}: the loader of HDF5 files drops an `axis` that is a list ({axis}) and takes the default"
        yield Quirk(Reason(message, at / "config" / "axis"), "differs" if name == "Softmax" else "fails")
    if config.get("activation") == "<lambda>":
        yield Quirk(
            Reason(f"{name}: its activation was a lambda, which has no name", at / "config" / "activation"), "fails"
        )
    if name in LOOKUPS and not config.get("vocabulary"):
        message = f"{name}: it learned its vocabulary, which an HDF5 file does not hold; it cannot be called"
        yield Quirk(Reason(message, at), "differs")
    for index, node in enumerate(data.get("inbound_nodes") or ()):
        place = at.at("inbound_nodes", index)
        if name in RECURRENT and isinstance(node, list) and sum(_is_tensor(each) for each in node) > 1:
            message = f"{name}: its initial state is given among its inputs, of which it takes one in Keras 3"
            yield Quirk(Reason(message, place), "fails")
        if name in ATTENTIONS and any(
            _is_tensor(each) and len(each) > 3 and _tensors(each[3]) for each in _listed(node)
        ):
            message = f"{name}: tensors that it is given by name are not rebuilt from an HDF5 file"
            yield Quirk(Reason(message, place), "fails")
    if name == "Sequential" and target > BUILDS_BY_INPUT_LAYER and _starts_bare(config.get("layers")):
        place, first = at / "config" / "layers", config["layers"][0]["class_name"]
        message = "Sequential: it has no InputLayer, and what Keras makes of its input's shape"
        if first in CONVOLUTIONS:
            yield Quirk(Reason(f"{message} has one axis too many for {first}", place), "fails")
        else:
            yield Quirk(Reason(f"{message} refuses every call", place), "differs")


def _starts_bare(layers: Any) -> bool:
    """Whether the first layer says the shape of the input itself."""
    first = layers[0] if isinstance(layers, list) and layers else None
    if first is None or not is_object(first) or first["class_name"] == "InputLayer" or not isinstance(first["config"], dict):
        return False
    return "batch_input_shape" in first["config"] and "layers" not in first["config"]


def _listed(node: Any) -> list[Any]:
    return node if isinstance(node, list) else []


def _is_tensor(value: Any) -> bool:
    return isinstance(value, list) and len(value) >= 3 and isinstance(value[0], str) and isinstance(value[1], int)


def _tensors(keywords: Any) -> bool:
    return isinstance(keywords, dict) and any(_is_tensor(value) for value in keywords.values())
