"""A Functional model of Keras's own layers, built by a step to compute what a class of a library no longer does."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from kerasarchive.migration.making import new
from kerasarchive.migration.operations.operation import Refuse
from kerasarchive.model.objects import Node, Object, Ref, State
from kerasarchive.model.weights import TensorSource

Shape = tuple[int | None, ...]


@dataclass(slots=True)
class Graft:
    """Layers in the making. Every method that adds one gives the tensor that comes of it."""

    name: str
    layers: list[Object] = field(default_factory=list)

    def input(self, name: str, shape: Shape, dtype: str = "float32") -> Ref:
        """An input of `shape`, the batch's dimension included."""
        config = {"name": name, "batch_shape": list(shape), "dtype": dtype, "sparse": False}
        self.layers.append(replace(new("keras.layers.InputLayer", **config), name=name, nodes=()))
        return Ref(name, 0, 0, shape, dtype)

    def layer(
        self,
        cls: str,
        name: str,
        inputs: Ref | list[Ref],
        shape: Shape,
        weights: Sequence[TensorSource] = (),
        **config: Any,
    ) -> Ref:
        """A layer of class `cls` called on `inputs`, whose output has `shape`."""
        return self.held(cls, name, (inputs,), shape, State().numbered(weights) if weights else None, **config)

    def held(
        self, cls: str, name: str, arguments: tuple[Any, ...], shape: Shape, state: State | None, **config: Any
    ) -> Ref:
        """A layer called with several arguments, which has all that `state` holds."""
        made = new(cls, name=name, **config)
        states = {} if state is None else {"": state}
        self.layers.append(replace(made, name=name, nodes=(Node(arguments),), states=states))
        return Ref(name, 0, 0, shape, "float32")

    def both_ways(self, cls: str, name: str, x: Ref, state: State, *, units: int, **config: Any) -> Ref:
        """A recurrent layer in both directions, each of `units`, whose last outputs stand side by side."""
        states = {role: part(state, role) for role in ("forward_layer", "backward_layer")}
        one = replace(new(cls, name=f"{name}_one_way", units=units, **config), states=states)
        return self.held(
            "keras.layers.Bidirectional", name, (x,), (None, 2 * units), State(), layer=one, merge_mode="concat"
        )

    def dense(
        self, name: str, x: Ref, kernel: TensorSource, bias: TensorSource | None, activation: Any = "linear"
    ) -> Ref:
        """A Dense layer with these weights."""
        units = kernel.shape[-1]
        weights = [kernel] if bias is None else [kernel, bias]
        config = {"units": units, "use_bias": bias is not None, "activation": activation}
        return self.layer("keras.layers.Dense", name, x, (*(x.shape or ())[:-1], units), weights, **config)

    def activation(self, name: str, x: Ref, activation: Any) -> Ref:
        """An activation by name, or a layer without weights in a config that stands for one."""
        if isinstance(activation, Object):
            config = {**activation.config, "name": name}
            layer = new(f"{activation.module}.{activation.class_name}", **config)
            self.layers.append(replace(layer, name=name, nodes=(Node((x,)),)))
            return Ref(name, 0, 0, x.shape, x.dtype)
        return self.layer("keras.layers.Activation", name, x, x.shape or (), activation=activation)

    def add(self, name: str, *terms: Ref) -> Ref:
        """The sum, broadcast."""
        longest = max((term.shape or () for term in terms), key=lambda shape: sum(size != 1 for size in shape))
        return self.layer("keras.layers.Add", name, list(terms), longest)

    def model(self, inputs: Ref | Sequence[Ref], output: Ref, **config: Any) -> Object:
        """The whole; of a single input that is given as such no list is made."""
        ends = {"input_layers": inputs if isinstance(inputs, Ref) else list(inputs), "output_layers": output}
        return new(
            "keras.src.models.functional.Functional",
            name=self.name,
            trainable=True,
            layers=self.layers,
            **ends,
            **config,
        )


def rows(source: TensorSource, start: int, stop: int | None, what: str) -> TensorSource:
    """Some rows of a kernel."""
    length = len(range(source.shape[0])[start:stop])
    return changed(source, lambda array: array[start:stop], (length, *source.shape[1:]), what)


def changed(source: TensorSource, function: Callable[[Any], Any], shape: Iterable[int], what: str) -> TensorSource:
    """A variable in another form, in its own dtype."""
    return source.then(lambda array: function(array).astype(array.dtype), shape, what)


def part(state: State, path: str) -> State:
    """The state of a part that no config spells. Raises Refuse."""
    for name in path.split("/") if path else ():
        if name not in state.children:
            reason = f"the archive does not hold {path!r}, which it should"
            raise Refuse(reason)
        state = state.children[name]
    return state


def has(state: State, path: str) -> bool:
    """Whether there is such a part."""
    for name in path.split("/"):
        if name not in state.children:
            return False
        state = state.children[name]
    return True


def members(state: State, name: str) -> list[State]:
    """The members of a container that are of one class, in order: ``dense``, ``dense_1``, ..."""
    found: list[State] = []
    while (key := f"{name}_{len(found)}" if found else name) in state.children:
        found.append(state.children[key])
    return found


def nothing(rows: int, units: int) -> TensorSource:
    """A kernel of zeros: what passes through it adds nothing but its shape."""
    import numpy as np

    return TensorSource(None, value=np.zeros((rows, units), "float32"), what="zeros", shape=(rows, units))
