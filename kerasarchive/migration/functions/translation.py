"""The op layers of one Functional model, call by call, as operations of Keras 3."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from kerasarchive.layout.graph import GraphError, calls_of, ordered
from kerasarchive.layout.parts import is_operation
from kerasarchive.migration.functions import (
    activation,
    arithmetic,
    arrangement,
    backend,
    elementwise,
    filling,
    images,
    indexing,
    linear,
    nodes,
    raw,
    reduction,
    sizes,
    specs,
)
from kerasarchive.migration.functions.call import ADVICE, Call, Function
from kerasarchive.migration.functions.tensor import Broken, Sizes, Tensor, Value
from kerasarchive.migration.operations.operation import Log, Refuse
from kerasarchive.model.objects import Node, Object, Ref, map_leaves

NODE_LAYER = "TensorFlowOpLayer"
"""The op layer of TensorFlow 2.0 to 2.3, which holds a node of a graph."""
LAYERS = frozenset({"TFOpLambda", "SlicingOpLambda", NODE_LAYER})
"""Op layers whose functions the table lists."""
REFUSED = {
    "ClassMethod": "a method of a TensorFlow class",
    "InstanceMethod": "a method of a TensorFlow object",
    "InstanceProperty": "a property of a TensorFlow object",
}
"""Op layers that nothing in Keras 3 expresses, and what they call."""
OP_LAYERS = LAYERS | set(REFUSED)

_TENSORFLOW = {
    **arithmetic.FUNCTIONS,
    **elementwise.FUNCTIONS,
    **reduction.FUNCTIONS,
    **activation.FUNCTIONS,
    **arrangement.FUNCTIONS,
    **sizes.FUNCTIONS,
    **indexing.FUNCTIONS,
    **images.FUNCTIONS,
    **filling.FUNCTIONS,
    **linear.FUNCTIONS,
}
_OF_SIZES: Mapping[str, Callable[[int, int], int]] = {
    "math.add": int.__add__,
    "__operators__.add": int.__add__,
    "math.subtract": int.__sub__,
    "math.multiply": int.__mul__,
    "math.floordiv": int.__floordiv__,
    "compat.v1.floor_div": int.__floordiv__,
    "math.floormod": int.__mod__,
    "math.maximum": max,
    "math.minimum": min,
}

_WITH_SIZES = {
    **_TENSORFLOW,
    **{name: sizes.arithmetic_of_sizes(compute, _TENSORFLOW[name]) for name, compute in _OF_SIZES.items()},
}
FUNCTIONS: Mapping[str, Function] = {
    **_WITH_SIZES,
    **backend.table(_TENSORFLOW),
    **raw.table(_WITH_SIZES),
}
"""Every function that kav translates, by its name below ``tf.``."""

LOST = {
    "einsum": "tf.keras does not save the tensors that it multiplies",
    "__operators__.eq": "tf.keras does not save what it compares with",
    "__operators__.ne": "tf.keras does not save what it compares with",
}
"""Functions whose calls cannot be read back, not even by the release that wrote them."""


def translate(model: Object, log: Log) -> Object:
    """`model` with an operation, or several, in place of each op layer; itself if it has none, or one is refused."""
    if not any(layer.class_name in OP_LAYERS for layer in model.config["layers"]):
        return model
    return _Translation(model, log).run()


class _Translation:
    def __init__(self, model: Object, log: Log) -> None:
        self.model, self.log = model, log
        self.layers: dict[str | None, Object] = {layer.name: layer for layer in model.config["layers"]}
        self.used = {str(name) for name in self.layers}
        self.values: dict[tuple[str, int], list[Value]] = {}
        self.made: dict[str | None, list[Object]] = {}
        self.shapes = specs.recorded(model, OP_LAYERS)
        self.refused = False

    def run(self) -> Object:
        for layer in self.model.config["layers"]:
            if layer.class_name == "InputLayer" and (layer.get("sparse") or layer.get("ragged")):
                self.refuse(layer, "functions of TensorFlow on sparse or ragged tensors are not those on dense ones")
                return self.model
        for name, index in _calls(self.layers):
            layer = self.layers[name]
            if layer.class_name in OP_LAYERS:
                self.values[name, index] = self.operation(layer, index)
            else:
                inputs = [self.spec(ref) for ref in layer.nodes[index].refs] if layer.nodes else []
                found = specs.of_layer(layer, inputs)
                self.values[name, index] = [
                    Tensor(Ref(name, index, i, spec.shape, spec.dtype), spec.shape, spec.dtype)
                    for i, spec in enumerate(found)
                ]
        if self.refused:
            return self.model
        layers = [new for layer in self.model.config["layers"] for new in self.replacement(layer)]
        ends = {key: self.mapped(self.model, self.model.config[key]) for key in ("input_layers", "output_layers")}
        if self.refused:
            return self.model
        result = replace(self.model, config={**self.model.config, "layers": layers, **ends})
        return self.model if self.cut_off(result) else result

    def refuse(self, layer: Object, reason: str, advice: str = ADVICE) -> None:
        self.refused = True
        self.log.refuse(layer, reason, advice)

    def value(self, ref: Ref) -> Value:
        """What a reference of the old graph stands for."""
        found = self.values.get((ref.layer, ref.node), [])
        value = found[ref.tensor] if ref.tensor < len(found) else Tensor(ref)
        if isinstance(value, Tensor) and value.shape is None and ref in self.shapes:
            value = replace(value, shape=self.shapes[ref], ref=replace(value.ref, shape=self.shapes[ref]))
        return value

    def spec(self, ref: Ref) -> specs.Spec:
        value = self.value(ref)
        return specs.Spec(value.shape, value.dtype) if isinstance(value, Tensor) else specs.Spec()

    def operation(self, layer: Object, index: int) -> list[Value]:
        """Translate one call of an op layer."""
        name = str(layer.name)
        assert layer.nodes is not None
        node = layer.nodes[index]
        call = Call(layer, str(layer.get("function")), name.replace("/", "_"), set(self.used))
        try:
            if layer.class_name in REFUSED:
                reason = f"it calls {REFUSED[layer.class_name]}, which no layer of Keras 3 does"
                raise Refuse(reason, ADVICE)
            if layer.class_name == NODE_LAYER:
                found = nodes.graph_node(layer, node)
                call.function, node = f"raw_ops.{found.op}", raw.as_call(found)
            outputs = self.outputs(call, node)
        except Refuse as refusal:
            self.refuse(layer, refusal.reason, refusal.advice)
            return [Broken()]
        except (ArithmeticError, LookupError, TypeError, ValueError) as error:
            # Axes that are not there, lists that are no arrays: what TensorFlow would never have saved.
            self.refuse(
                layer, f"a call of tf.{call.function} has arguments that do not fit what it is called on ({error})"
            )
            return [Broken()]
        except _Depends:
            self.refused = True
            return [Broken()]
        return self.named(call, outputs, self.own_name(name) if index == 0 else None)

    def outputs(self, call: Call, node: Node) -> list[Value]:
        function = FUNCTIONS.get(call.function)
        if function is None or (call.function in LOST and not node.kwargs):
            why = LOST.get(call.function, "it has no exact counterpart in Keras 3 that kav knows")
            reason = f"it calls tf.{call.function}: {why}"
            raise Refuse(reason, ADVICE)
        result = function.translate(call, *call.bind(function, node, lambda value: self.resolved(value, function)))
        return list(result) if isinstance(result, list) else [result]

    def resolved(self, value: Any, function: Function) -> Value:
        """A value of the old graph with what its references stand for."""
        if isinstance(value, Ref):
            found = self.value(value)
            if isinstance(found, Broken):
                raise _Depends
            if isinstance(found, Sizes) and not function.sizes:
                if not found.known:
                    reason = "it computes with the size of a tensor, which is only known at run time"
                    raise Refuse(reason, ADVICE)
                return found.value
            return found
        if isinstance(value, (list, tuple)):
            return [self.resolved(item, function) for item in value]
        if isinstance(value, Mapping) and not isinstance(value, Object):
            return {key: self.resolved(item, function) for key, item in value.items()}
        return value

    def named(self, call: Call, outputs: list[Value], name: str | None) -> list[Value]:
        """The outputs once the operation that is computed last has the op layer's own name."""
        if not call.operations:
            return outputs
        self.used |= call.used
        last = call.operations[-1].name
        if name is None or last is None:
            self.made.setdefault(call.layer.name, []).extend(call.operations)
            return outputs

        def renamed(ref: Ref) -> Ref:
            return replace(ref, layer=name) if ref.layer == last else ref

        self.used.discard(last)
        for operation in call.operations:
            nodes = tuple(
                Node(map_leaves(renamed, n.args), map_leaves(renamed, dict(n.kwargs))) for n in operation.nodes or ()
            )
            own = name if operation.name == last else operation.name
            config = operation.config | {"name": own} if "name" in operation.config else operation.config
            self.made.setdefault(call.layer.name, []).append(replace(operation, name=own, config=config, nodes=nodes))
        return [replace(value, ref=renamed(value.ref)) if isinstance(value, Tensor) else value for value in outputs]

    def own_name(self, name: str) -> str:
        """The op layer's name as an operation may have it: graph nodes have scopes (``norm/mul``)."""
        if "/" not in name:
            return name
        name = name.replace("/", "_")
        while name in self.used:
            name += "_"
        self.used.add(name)
        return name

    def replacement(self, layer: Object) -> list[Object]:
        if layer.class_name in OP_LAYERS:
            return self.made.get(layer.name, [])
        nodes = tuple(
            Node(self.mapped(layer, node.args), self.mapped(layer, dict(node.kwargs))) for node in layer.nodes or ()
        )
        return [replace(layer, nodes=nodes)]

    def mapped(self, layer: Object, value: Any) -> Any:
        """References of a layer that stays, to what takes the place of the op layers."""

        def change(ref: Ref) -> Ref:
            if self.layers.get(ref.layer) is None or self.layers[ref.layer].class_name not in OP_LAYERS:
                return ref
            found = self.value(ref)
            if not isinstance(found, Tensor):
                self.refuse(layer, "it takes the size of a tensor, which no operation of Keras 3 gives")
                return ref
            return found.ref

        return map_leaves(change, value)

    def cut_off(self, result: Object) -> bool:
        """Refuse a graph in which a layer with weights is no longer needed: Keras would not load them."""
        left = {layer.name for layer in ordered(result)}
        for layer in ordered(self.model):
            if layer.name not in left and layer.class_name not in OP_LAYERS and not is_operation(layer):
                self.refuse(layer, "nothing but the shape of its output is used")
        return self.refused


class _Depends(Exception):  # noqa: N818 - no error, but the way out of a call that depends on a refused one
    """The call takes the result of one that was refused."""


def _calls(layers: Mapping[str | None, Object]) -> Iterator[tuple[str, int]]:
    """Every call of every layer, after those whose tensors it takes. Raises GraphError."""
    done: set[tuple[str, int]] = set()
    open_calls: set[tuple[str, int]] = set()
    for name, layer in layers.items():
        for index in range(max(1, len(layer.nodes or ()))):
            stack: list[tuple[tuple[str, int], list[Ref]]] = []
            _enter((str(name), index), stack, done, open_calls, layers)
            while stack:
                call, left = stack.pop()
                if left:
                    ref = left.pop()
                    stack.append((call, left))
                    _enter((ref.layer, ref.node), stack, done, open_calls, layers)
                    continue
                open_calls.discard(call)
                done.add(call)
                yield call


def _enter(
    call: tuple[str, int],
    stack: list[tuple[tuple[str, int], list[Ref]]],
    done: set[tuple[str, int]],
    open_calls: set[tuple[str, int]],
    layers: Mapping[str | None, Object],
) -> None:
    if call in done:
        return
    if call in open_calls:
        message = f"the graph has a cycle through '{call[0]}'"
        raise GraphError(message, call[0])
    open_calls.add(call)
    stack.append((call, list(calls_of(Ref(*call, 0), layers))))
