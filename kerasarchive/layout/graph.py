"""In which order Keras lists the layers of a Functional model once it has rebuilt its graph.

The order decides the weight paths (``layers/dense_1`` is the second Dense *in this order*) and the order of optimizer
slots. Keras 2 and 3 compute it alike: depth-first from the outputs, then by decreasing depth
(``keras/src/ops/function.py::map_graph``, ``keras/src/engine/functional.py::_map_graph_network``).
"""

from __future__ import annotations

from collections.abc import Mapping

from kerasarchive.model.objects import Object, Ref, leaves

Call = tuple[str, int]
"""A layer's name and the number of its call."""


class GraphError(ValueError):
    """The graph has a cycle, or refers to what it does not have. `layer` names the place."""

    def __init__(self, message: str, layer: str) -> None:
        super().__init__(message)
        self.layer = layer


def ordered(model: Object) -> tuple[Object, ...]:
    """The layers and operations of a lifted Functional model in Keras's own order.

    Those that no output needs are left out, as Keras leaves them out; inputs are kept. Raises GraphError.
    """
    members = (layer for layer in model.get("layers", ()) if isinstance(layer, Object) and layer.name)
    layers: Mapping[str | None, Object] = {layer.name: layer for layer in members}
    inputs = tuple(leaves(model.get("input_layers")))
    calls, first_seen = _depth_first(tuple(leaves(model.get("output_layers"))), layers)
    depths = _depths(calls, layers)
    for ref in inputs:
        calls_of(ref, layers)
        if ref.layer not in depths:
            depths[ref.layer] = 0
            first_seen[ref.layer] = -1
    names = sorted(depths, key=lambda name: (-depths[name], first_seen[name]))
    return tuple(layers[name] for name in names)


def calls_of(ref: Ref, layers: Mapping[str | None, Object]) -> tuple[Ref, ...]:
    """The tensors that the call behind `ref` takes; none for an input. Raises GraphError if there is no such call."""
    layer = layers.get(ref.layer)
    if layer is None:
        message = f"the graph refers to the layer '{ref.layer}', which it does not have"
        raise GraphError(message, ref.layer)
    if not layer.nodes:
        return ()
    if not 0 <= ref.node < len(layer.nodes):
        message = f"the graph refers to call {ref.node} of '{ref.layer}', which is called {len(layer.nodes)} time(s)"
        raise GraphError(message, ref.layer)
    return layer.nodes[ref.node].refs


def _depth_first(
    outputs: tuple[Ref, ...], layers: Mapping[str | None, Object]
) -> tuple[list[tuple[Call, tuple[Ref, ...]]], dict[str, int]]:
    finished: set[Call] = set()
    in_progress: set[Call] = set()
    calls: list[tuple[Call, tuple[Ref, ...]]] = []
    first_seen: dict[str, int] = {}
    for output in outputs:
        stack: list[tuple[Ref, tuple[Ref, ...], int]] = []
        _enter(output, stack, finished, in_progress, first_seen, layers)
        while stack:
            ref, inbound, index = stack.pop()
            if index < len(inbound):
                stack.append((ref, inbound, index + 1))
                _enter(inbound[index], stack, finished, in_progress, first_seen, layers)
                continue
            call = (ref.layer, ref.node)
            finished.add(call)
            in_progress.discard(call)
            calls.append((call, inbound))
    return calls, first_seen


def _enter(
    ref: Ref,
    stack: list[tuple[Ref, tuple[Ref, ...], int]],
    finished: set[Call],
    in_progress: set[Call],
    first_seen: dict[str, int],
    layers: Mapping[str | None, Object],
) -> None:
    call = (ref.layer, ref.node)
    if call in finished:
        return
    if call in in_progress:
        message = f"the graph has a cycle through '{ref.layer}'"
        raise GraphError(message, ref.layer)
    inbound = calls_of(ref, layers)
    first_seen.setdefault(ref.layer, len(first_seen))
    in_progress.add(call)
    stack.append((ref, inbound, 0))


def _depths(calls: list[tuple[Call, tuple[Ref, ...]]], layers: Mapping[str | None, Object]) -> dict[str, int]:
    by_call: dict[Call, int] = {}
    by_layer: dict[str, int] = {}
    for call, inbound in reversed(calls):
        depth = max(by_call.setdefault(call, 0), by_layer.get(call[0], 0))
        by_layer[call[0]] = by_call[call] = depth
        for ref in inbound:
            parent = (ref.layer, ref.node)
            by_call[parent] = max(depth + 1, by_call.get(parent, 0))
    return by_layer
