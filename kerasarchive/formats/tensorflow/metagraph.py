"""saved_model.pb: what kav needs of a SavedModel's graph, beside its objects.

Sources: tensorflow/core/protobuf/saved_model.proto, meta_graph.proto, tensorflow/core/framework/graph.proto.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from kerasarchive.formats.limits import Limits
from kerasarchive.formats.tensorflow import objects
from kerasarchive.formats.tensorflow.dtypes import dtype_name
from kerasarchive.formats.tensorflow.effects import effects
from kerasarchive.formats.tensorflow.proto import proto_values
from kerasarchive.formats.tensorflow.shape import shape
from kerasarchive.formats.tensorflow.wire import Damaged, entry, fields, message, number, text
from kerasarchive.model.trackable import Signature, Tracked


@dataclass(frozen=True, slots=True)
class MetaGraph:
    """The first graph of a SavedModel: what wrote it, its tags, signatures, asset files and objects."""

    tensorflow_version: str
    tags: tuple[str, ...]
    signatures: tuple[Signature, ...]
    assets: tuple[str, ...]
    nodes: tuple[Tracked, ...]
    graphs: tuple[memoryview, ...]
    """Every MetaGraphDef of the file; what is said above is the first one's."""

    def with_nodes(self, nodes: tuple[Tracked, ...]) -> MetaGraph:
        """This graph with other objects."""
        return replace(self, nodes=nodes)

    def constant(self, name: str) -> tuple[Any, ...] | None:
        """The values of the operation of that name, if it is a constant. Raises Damaged."""
        first = next((message(value) for field, value in fields(self.graphs[0]) if field == 2), memoryview(b""))
        for field, value in fields(first):
            if field != 1:
                continue
            kind = found = ""
            content: memoryview | None = None
            for inner, item in fields(message(value)):
                if inner == 1:
                    found = text(item)
                elif inner == 2:
                    kind = text(item)
                elif inner == 5 and found == name and (pair := entry(item))[0] == "value":
                    content = next((message(each) for place, each in fields(pair[1]) if place == 8), None)
            if found == name:
                return proto_values(content) if kind == "Const" and content is not None else None
        return None

    def operations(self) -> Mapping[str, int]:
        """How often each type of operation stands in the graph and its functions. Raises Damaged."""
        found: dict[str, int] = {}
        for field, value in ((field, value) for graph in self._definitions() for field, value in fields(graph)):
            if field == 1:
                _count(message(value), found)
            elif field == 2:
                for inner, function in fields(message(value)):
                    if inner != 1:
                        continue
                    for place, node in fields(message(function)):
                        if place == 3:
                            _count(message(node), found)
        return dict(sorted(found.items()))

    def effects(self) -> tuple[str, ...]:
        """Operations that write or read files elsewhere than in what saves the model itself. Raises Damaged."""
        return tuple(effect for graph in self.graphs for effect in effects(graph))

    def _definitions(self) -> Iterator[memoryview]:
        return (message(value) for graph in self.graphs for field, value in fields(graph) if field == 2)


def read_metagraph(data: bytes, limits: Limits) -> MetaGraph:
    """The graph in the content of saved_model.pb. Raises Damaged."""
    graphs = [message(value) for field, value in fields(memoryview(data)) if field == 2]
    if not graphs:
        msg = "holds no graph"
        raise Damaged(msg)
    version = ""
    tags: list[str] = []
    signatures: list[Signature] = []
    assets: list[str] = []
    nodes: tuple[Tracked, ...] = ()
    for field, value in fields(graphs[0]):
        if field == 1:
            for inner, item in fields(message(value)):
                if inner == 4:
                    tags.append(text(item))
                elif inner == 5:
                    version = text(item)
        elif field == 5:
            signatures.append(_signature(*entry(value), limits))
        elif field == 6:
            assets.append(next((text(item) for inner, item in fields(message(value)) if inner == 2), ""))
        elif field == 7:
            nodes = objects.saved(message(value), limits)
    return MetaGraph(version, tuple(tags), tuple(signatures), tuple(assets), nodes, tuple(graphs))


def _count(node: memoryview, found: dict[str, int]) -> None:
    for field, value in fields(node):
        if field == 2:
            name = text(value)
            found[name] = found.get(name, 0) + 1
            return


def _signature(name: str, data: memoryview, limits: Limits) -> Signature:
    ends: dict[int, list[tuple[str, str, tuple[int | None, ...] | None]]] = {1: [], 2: []}
    for field, value in fields(data):
        if field not in ends:
            continue
        key, info = entry(value)
        dtype, lengths = 0, None
        for inner, item in fields(info):
            if inner == 2:
                dtype = number(item)
            elif inner == 3:
                lengths = shape(message(item), limits.hdf5_rank)
        ends[field].append((key, dtype_name(dtype), lengths))
    return Signature(name, tuple(sorted(ends[1])), tuple(sorted(ends[2])))
