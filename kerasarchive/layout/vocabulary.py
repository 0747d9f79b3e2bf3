"""The vocabularies that tf.keras keeps in a SavedModel's tables, given back to the configs of the layers that look them up.

A layer of tf.keras that was given or has learned a vocabulary does not write it into its config. Until 2.5 it lies in the
checkpoint as a table's keys and values, after that in the graph as constants that fill a table, or in a file among the assets.
Sources: ``keras/layers/preprocessing/index_lookup.py`` of 2.4 to 2.15, ``tensorflow/python/ops/lookup_ops.py``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from kerasarchive.errors import MigrationError
from kerasarchive.layout.parts import is_model, with_part
from kerasarchive.layout.variables import is_builtin
from kerasarchive.model.archive import Archive
from kerasarchive.model.objects import Object, descend
from kerasarchive.model.trackable import ObjectGraph

LOOKUPS = frozenset({"StringLookup", "IntegerLookup", "TextVectorization"})
INSIDE = ("_lookup_layer", "_index_lookup_layer")
"""The attribute under which a TextVectorization holds its lookup."""
TABLES = ("lookup_table", "_table")
KEYS, VALUES = "capture_1", "capture_2"
MOST = 1 << 26
"""Bytes of a vocabulary file."""
ADVICE = "load it in the release that wrote it, and save it as .keras"


def with_vocabularies(root: Object, archive: Archive) -> Object:
    """`root` with the vocabulary of every layer that looks words up. Raises MigrationError where one is not found."""
    graph = archive.objects
    assert graph is not None
    if not any(_looks_up(obj) for obj in descend(root)):
        return root
    found = _given(root, 0, _Tables(archive, graph))
    for obj in descend(found):
        if _looks_up(obj) and not obj.get("vocabulary"):
            message = f"{obj.title}: its vocabulary is not where tf.keras saves it"
            raise MigrationError(message, location=str(obj.at), hint=ADVICE)
    return found


def without_vocabulary(root: Object) -> None:
    """Raises MigrationError for a layer that learned its vocabulary: an HDF5 file does not hold it."""
    for obj in descend(root):
        if _looks_up(obj) and not obj.get("vocabulary"):
            message = f"{obj.title}: it learned its vocabulary, which an HDF5 file does not hold"
            raise MigrationError(message, location=str(obj.at), hint=ADVICE)


def _looks_up(obj: Object) -> bool:
    return obj.class_name in LOOKUPS and is_builtin(obj.module, obj.registered_name, obj.class_name)


def _given(obj: Object, node: int, tables: _Tables) -> Object:
    if is_model(obj):
        layers = obj.get("layers")
        first = 1 if obj.class_name == "Sequential" and layers and layers[0].class_name == "InputLayer" else 0
        for index, layer in enumerate(layers):
            inner = tables.graph.follow(node, f"layer-{index - first}")
            if inner is not None and (changed := _given(layer, inner, tables)) is not layer:
                obj = with_part(obj, ("layers", index), changed)
        return obj
    if not _looks_up(obj):
        return obj
    words = tables.words(obj, node)
    if words is None:
        return obj
    config = {key: value for key, value in obj.config.items() if key not in ("vocabulary_size", "has_input_vocabulary")}
    weights = tables.frequencies(obj, node, len(words))
    return replace(obj, config=config | {"vocabulary": words} | ({"idf_weights": weights} if weights else {}))


class _Tables:
    def __init__(self, archive: Archive, graph: ObjectGraph) -> None:
        self.archive = archive
        self.graph = graph

    def words(self, obj: Object, node: int) -> list[Any] | None:
        """The layer's vocabulary in the order of its indices; None if there is none."""
        for name in INSIDE:
            node = self.graph.nodes[node].children.get(name, node)
        table = next((each for name in TABLES if (each := self.graph.follow(node, name)) is not None), None)
        if table is None:
            return None
        pairs = self._stored(table) or self._constants(table)
        if pairs is None:
            return self._file(table)
        keys, places = pairs
        if obj.get("invert"):
            keys, places = places, keys
        if len(keys) != len(places) or not all(isinstance(place, int) for place in places):
            message = f"{obj.title}: the table of its vocabulary is not one of words and indices"
            raise MigrationError(message, location=str(obj.at), hint=ADVICE)
        ordered = sorted(zip(places, keys, strict=True), key=lambda pair: pair[0])
        words = [_word(key) for _, key in ordered]
        special = _special(obj)
        first = 0 if words[: len(special)] == special else len(special)
        if [place for place, _ in ordered] != list(range(first, first + len(ordered))):
            message = f"{obj.title}: its vocabulary does not begin at the index that its config makes"
            raise MigrationError(message, location=str(obj.at), hint=ADVICE)
        return words

    def _stored(self, table: int) -> tuple[Sequence[Any], Sequence[Any]] | None:
        store, key = self.archive.weights, self.graph.nodes[table].tensors.get("table")
        if store is None or key is None or f"{key}-keys" not in store.tensors():
            return None
        return store.read(f"{key}-keys").reshape(-1).tolist(), store.read(f"{key}-values").reshape(-1).tolist()

    def _constants(self, table: int) -> tuple[Sequence[Any], Sequence[Any]] | None:
        found = []
        for name in (KEYS, VALUES):
            node = self.graph.follow(table, "_initialize", "trace_0", name)
            values = self.graph.constant(self.graph.nodes[node].constant) if node is not None else None
            if values is None:
                return None
            found.append(values)
        return found[0], found[1]

    def _file(self, table: int) -> list[Any] | None:
        node = self.graph.follow(table, "_initializer", "_filename")
        number = self.graph.nodes[node].asset if node is not None else None
        if number is None or number >= len(self.graph.assets):
            return None
        member = self.archive.member(f"assets/{self.graph.assets[number]}")
        if member is None or member.size > MOST:
            return None
        with member.open() as content:
            return content.read().decode("utf-8", "replace").splitlines()

    def frequencies(self, obj: Object, node: int, count: int) -> list[float]:
        """The weights of the words, of which those before them are made anew; empty if the layer counts no documents."""
        if obj.get("output_mode") not in ("tf_idf", "tf-idf"):
            return []
        for name in INSIDE:
            node = self.graph.nodes[node].children.get(name, node)
        key = next(self._keys(node, ("idf_weights", "tf_idf_weights")), None)
        if key is None or self.archive.weights is None:
            message = f"{obj.title}: the weights of its words are not where tf.keras saves them"
            raise MigrationError(message, location=str(obj.at), hint=ADVICE)
        values = self.archive.weights.read(key).reshape(-1).tolist()
        return [float(value) for value in values[len(values) - count :]]

    def _keys(self, node: int, names: tuple[str, ...]) -> Iterator[str]:
        for name in names:
            child = self.graph.follow(node, name)
            key = self.graph.nodes[child].tensor if child is not None else None
            if key is not None:
                yield key


def _special(obj: Object) -> list[Any]:
    """What stands before the words: the mask, where indices are given out, and what stands for unknown words."""
    text = obj.class_name == "TextVectorization"
    mask = "" if text else obj.get("mask_token", obj.get("mask_value"))
    unknown = "[UNK]" if text else obj.get("oov_token", obj.get("oov_value", -1))
    first = [mask] if mask is not None and obj.get("output_mode", "int") == "int" else []
    return first + [unknown] * (1 if text else obj.get("num_oov_indices", 1))


def _word(key: Any) -> Any:
    try:
        return key.decode() if isinstance(key, bytes) else key
    except UnicodeDecodeError:
        message = "a word of a vocabulary is not UTF-8"
        raise MigrationError(message, hint=ADVICE) from None
