"""The calls of a model of Keras 1 or 2, made in the order in which each generation's reader makes them.

Four readers have read such models: Keras 1's, that of Keras 2.0, which like it makes every call as it comes, Keras 2's
and that of tf.keras. They differ in what a reference to a tensor may look like and in what an index means.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from kerasarchive.model.finding import Finding
from kerasarchive.model.location import Location
from kerasarchive.schema.release_schema import nearest
from kerasarchive.validation import rule

IN_ORDER = frozenset({"keras-1", "keras-2.0"})
"""Readers that make a layer's calls as they come to it."""

CONSTANT = "_CONSTANT_VALUE"
"""Stands in place of a layer's name where an input of a call is no tensor but a number (tf.keras since 2.4)."""


class Tensor(NamedTuple):
    """Output `tensor` of call `node` of a layer."""

    layer: str
    node: Any
    tensor: Any


@dataclass(slots=True)
class _Layer:
    """A layer that has been made. `calls` are those recorded, `spare` is 1 for a nested model: it has called itself."""

    name: str
    at: Location
    is_input: bool
    outputs: int | None
    spare: int
    calls: list[list[Tensor]] = field(default_factory=list)


class Rebuilt:
    """The layers of one model and their calls."""

    def __init__(self, reader: str) -> None:
        self.reader = reader
        self.layers: dict[str, _Layer] = {}
        self._pending: list[tuple[_Layer, list[tuple[Tensor, Location]]]] = []

    def add(self, data: dict[str, Any], at: Location, outputs: int | None, *, spare: bool) -> Iterator[Finding]:
        """Make a layer and take note of its calls; what is no reference to a tensor is a finding."""
        name = data["name"]
        layer = self.layers.get(name)
        if layer is not None and self.reader == "keras-2" and data["inbound_nodes"]:
            message = f"the layer name {name!r} is taken already; the calls of the first are never made"
            yield rule.DUPLICATE_NAME.finding(message, at / "name", remedy="rename one of them")
        if layer is None or self.reader != "tf":
            layer = self.layers[name] = _Layer(name, at, data["class_name"] == "InputLayer", outputs, int(spare))
        for number, node in enumerate(data["inbound_nodes"]):
            found: list[tuple[Tensor, Location]] = []
            called = False
            for part, place in self._parts(node, at.at("inbound_nodes", number)):
                finding, tensors = self._reference(part, place, ends=False)
                found += tensors
                called = called or finding is None
                if finding is None and self.reader in IN_ORDER:
                    finding = next((self._later(tensor, at) for tensor, at in tensors if tensor.layer not in self.layers), None)
                if finding is not None:
                    yield finding
            if called:
                self._pending.append((layer, found))

    @staticmethod
    def _later(tensor: Tensor, at: Location) -> Finding:
        return rule.DANGLING_REFERENCE.finding(f"there is no layer {tensor.layer!r} before this one", at)

    def _parts(self, node: Any, at: Location) -> Iterator[tuple[Any, Location]]:
        """The inputs of one call: a list, which in tf.keras may nest."""
        if self.reader != "tf":
            if isinstance(node, list):
                yield from ((part, at / index) for index, part in enumerate(node))
            else:
                yield node, at
            return
        stack = [(node, at)]
        while stack:
            part, place = stack.pop()
            if isinstance(part, list) and not _is_serialized(part):
                stack += [(part[index], place / index) for index in range(len(part) - 1, -1, -1)]
            elif isinstance(part, dict):
                stack += [(part[key], place / key) for key in sorted(part, reverse=True)]
            else:
                yield part, place

    def _reference(
        self, part: Any, at: Location, *, ends: bool
    ) -> tuple[Finding | None, list[tuple[Tensor, Location]]]:
        """The tensors that one input of a call names, those in its keywords too; or what is wrong with it."""
        lengths = (3,) if ends or self.reader == "keras-1" else (3, 4)
        if not isinstance(part, list) or len(part) not in lengths or not isinstance(part[0], str):
            message = "a reference to a tensor is a list of a layer's name, the number of its call and of that call's output"
            return rule.MALFORMED_NODE.finding(message, at), []
        if len(part) == 4 and not isinstance(part[3], dict):
            return rule.MALFORMED_NODE.finding("the keywords of a call must be an object", at / 3), []
        constant = part[0] == CONSTANT and self.reader == "tf"
        tensors = [] if constant else [(Tensor(part[0], part[1], part[2]), at)]
        if len(part) == 4 and self.reader == "tf":
            for inner, place in self._parts(part[3], at / 3):
                if _is_serialized(inner) and _is_index(inner[1]) and _is_index(inner[2]):
                    tensors.append((Tensor(inner[0], inner[1], inner[2]), place))
        return None, tensors

    def connect(self) -> Iterator[Finding]:
        """Make the calls whose inputs are there until none is left; those that are never made are findings."""
        counts: dict[str, int] = {}
        for layer, _ in self._pending:
            counts[layer.name] = counts.get(layer.name, 0) + 1
        waiting = []
        for layer, inputs in self._pending:
            found = next((f for tensor, at in inputs if (f := self._judge(tensor, at, counts)) is not None), None)
            if found is not None:
                yield found
            else:
                waiting.append((layer, [tensor for tensor, _ in inputs]))
        while True:
            later = []
            for layer, tensors in waiting:
                if all(self._is_made(tensor) for tensor in tensors):
                    layer.calls.append(tensors)
                else:
                    later.append((layer, tensors))
            if not later or len(later) == len(waiting):
                break
            waiting = later
        if later and len(later) == len(waiting) and not any(self._broken(tensors, counts) for _, tensors in later):
            names = " -> ".join(dict.fromkeys(layer.name for layer, _ in later[:8]))
            message = f"these layers wait for each other: {names}"
            yield rule.GRAPH_CYCLE.finding(message, later[0][0].at)

    def _broken(self, tensors: list[Tensor], counts: dict[str, int]) -> bool:
        """Whether one of these waits for a call that was found wanting by itself."""
        return any(len(self.layers[t.layer].calls) < counts.get(t.layer, 0) - 1 for t in tensors if t.layer in self.layers)

    def _judge(self, tensor: Tensor, at: Location, counts: dict[str, int]) -> Finding | None:
        """Whether there will ever be such a tensor."""
        layer = self.layers.get(tensor.layer)
        if layer is None:
            close = nearest(tensor.layer, list(self.layers))
            remedy = f"did you mean {close!r}?" if close else ""
            return rule.DANGLING_REFERENCE.finding(f"the model has no layer {tensor.layer!r}", at, remedy=remedy)
        calls = range(0 if self.reader != "tf" else layer.spare, layer.spare + counts.get(layer.name, 0))
        if layer.is_input:
            calls = range(1)
        if not (layer.is_input and self.reader == "tf") and not self._is_call(tensor.node, calls):
            message = f"call {tensor.node!r} of layer {layer.name!r} is wanted, but there are {len(calls)} (counted from 0)"
            return rule.DANGLING_REFERENCE.finding(message, at)
        if not _is_index(tensor.tensor) or (
            layer.outputs is not None and not -layer.outputs <= tensor.tensor < layer.outputs
        ):
            message = f"output {tensor.tensor!r} of layer {layer.name!r} is wanted, but a call of it gives {layer.outputs}"
            return rule.DANGLING_REFERENCE.finding(message, at)
        return None

    def _is_call(self, number: Any, calls: range) -> bool:
        if self.reader == "tf":
            # A key of a dict there: 0, 0.0 and False are the same.
            return isinstance(number, (int, float)) and number in calls
        return _is_index(number) and -len(calls) <= number < len(calls)

    def _is_made(self, tensor: Tensor) -> bool:
        layer = self.layers[tensor.layer]
        made = layer.spare + len(layer.calls)
        return layer.is_input or bool(layer.spare and self.reader != "tf") or (
            made > tensor.node if tensor.node >= 0 else made > 0)

    def ends(self, value: Any, at: Location) -> Generator[Finding, None, list[Tensor] | None]:
        """The tensors of ``input_layers`` or ``output_layers``; None if they are not sound."""
        counts = {name: len(layer.calls) for name, layer in self.layers.items()}
        tensors: list[Tensor] = []
        sound = True
        if self.reader == "tf" and _is_serialized(value):
            value = [value]
        if not isinstance(value, (list, dict)):
            return None
        for part, place in self._parts(value, at):
            finding, found = self._reference(part, place, ends=True)
            finding = finding or next((f for tensor, _ in found if (f := self._judge(tensor, place, counts))), None)
            if finding is not None:
                sound = False
                yield finding
            tensors += [tensor for tensor, _ in found]
        return tensors if sound else None

    def loose(self, inputs: list[Tensor], outputs: list[Tensor]) -> list[str]:
        """The input layers that the outputs depend on and that are none of the model's inputs."""
        given = {tensor.layer for tensor in inputs}
        seen: set[str] = set()
        loose: list[str] = []
        stack = [tensor.layer for tensor in outputs]
        while stack:
            name = stack.pop()
            if name in seen:
                continue
            seen.add(name)
            layer = self.layers[name]
            if layer.is_input and name not in given:
                loose.append(name)
            stack += [tensor.layer for call in layer.calls for tensor in call]
        return loose


def _is_serialized(value: Any) -> bool:
    """What tf.keras takes for a reference wherever it stands: a list of a text and two or three more entries."""
    return isinstance(value, list) and len(value) in (3, 4) and isinstance(value[0], str)


def _is_index(value: Any) -> bool:
    return isinstance(value, int)
