"""The plain object tree: what `lift` makes of an archive's JSON and `lower` writes back, independent of any spelling.

Serialized objects are `Object` values embedded in the config where the JSON had them, with the weights they own bound
to them, so that a step may move, rename or replace an object without ever seeing a weight path.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, overload

from kerasarchive.model.location import Location
from kerasarchive.model.weights import TensorSource


@dataclass(frozen=True, slots=True)
class Ref:
    """One output of one call of one layer: what Keras calls the history of a Keras tensor. Counted from 0.

    `shape` and `dtype` are what the archive says of it, if it does; they take no part in comparisons.
    """

    layer: str
    node: int
    tensor: int
    shape: tuple[int | None, ...] | None = field(default=None, compare=False)
    dtype: str | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True, eq=False)
class Node:
    """One call of a layer in a graph. `args` and `kwargs` are JSON with `Ref` leaves in place of tensors."""

    args: tuple[Any, ...]
    kwargs: Mapping[str, Any] = field(default_factory=dict)

    @property
    def refs(self) -> tuple[Ref, ...]:
        """Every tensor that the call takes, in the order in which Keras flattens arguments (dicts by sorted key)."""
        return tuple(leaves((*self.args, dict(self.kwargs))))


def leaves(value: Any) -> Iterator[Ref]:
    """Every `Ref` in nested lists, tuples and dicts; dicts by sorted key, as Keras's tree module flattens them."""
    if isinstance(value, Ref):
        yield value
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from leaves(item)
    elif isinstance(value, Mapping):
        for key in sorted(value):
            yield from leaves(value[key])


def map_leaves(change: Callable[[Ref], Any], value: Any) -> Any:
    """`value` with every `Ref` replaced by what `change` makes of it."""
    if isinstance(value, Ref):
        return change(value)
    if isinstance(value, list):
        return [map_leaves(change, item) for item in value]
    if isinstance(value, tuple):
        return tuple(map_leaves(change, item) for item in value)
    if isinstance(value, Mapping):
        return {key: map_leaves(change, item) for key, item in value.items()}
    return value


@dataclass(frozen=True, slots=True, eq=False)
class State:
    """The weights bound to one object: its own variables, those of parts that its config does not spell, and assets.

    `variables` is keyed as the file keys them (``"0"``, ``"1"``, ...), `children` by attribute (``cell``,
    ``query_dense``), `assets` maps a file name to the archive's member. `group` is the input's group, None if new;
    `stored` whether it has a ``vars`` group, which may be empty: Keras 3.3 and before fail without the model's own.
    """

    variables: Mapping[str, TensorSource] = field(default_factory=dict)
    children: Mapping[str, State] = field(default_factory=dict)
    assets: Mapping[str, str] = field(default_factory=dict)
    group: str | None = None
    stored: bool = False

    def with_child(self, name: str, state: State) -> State:
        """This state with `state` as the child `name`."""
        return replace(self, children={**self.children, name: state})

    def renamed(self, old: str, new: str) -> State:
        """This state with the child `old` called `new`, in its place."""
        return replace(self, children={new if key == old else key: child for key, child in self.children.items()})

    def all_variables(self, path: str = "") -> Iterator[tuple[str, TensorSource]]:
        """(path below this state, source) of every variable, own ones first."""
        for key, source in self.variables.items():
            yield f"{path}vars/{key}", source
        for name, child in self.children.items():
            yield from child.all_variables(f"{path}{name}/")

    def numbered(self, variables: Iterable[TensorSource]) -> State:
        """This state with these as its own variables, keyed as Keras keys them: ``"0"``, ``"1"``, ..."""
        return replace(self, variables={str(index): source for index, source in enumerate(variables)})


@dataclass(frozen=True, slots=True, eq=False)
class Object:
    """One Keras object in the plain tree.

    `config` is JSON in which serialized objects are `Object` values; a function's config is its name. `extra` holds the
    other keys that stood beside it (``build_config``, ``compile_config``, ``shared_object_id``). In a graph, `name` is
    the layer's name there and `nodes` its calls. `states` are its bound weights by role: ``""`` for its own, and the
    attribute where one config stands for several objects (a Bidirectional's layer: ``forward_layer``, ``backward_layer``).
    `origin` is where it stood in the input; None if a step made it. `hung` says for a library's object under which
    attribute each object of its config keeps its weights; with a slash at the end (``layers/``) it is a container's member.
    """

    class_name: str
    module: str | None
    config: Any
    registered_name: str | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)
    name: str | None = None
    nodes: tuple[Node, ...] | None = None
    states: Mapping[str, State] = field(default_factory=dict)
    origin: Location | None = None
    hung: Mapping[tuple[str | int, ...], str] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """What operations match on: ``labpkg>Scale`` for a registered custom object, else ``keras.layers.Dense``."""
        if self.registered_name and ">" in self.registered_name:
            return self.registered_name
        return f"{self.module}.{self.class_name}" if self.module else self.class_name

    @property
    def at(self) -> Location:
        """Where it stood in the input, for messages."""
        return self.origin or Location()

    @property
    def title(self) -> str:
        """The object as messages name it: ``Dense 'dense_1'``."""
        name = self.own_name
        return f"{self.class_name} '{name}'" if name else self.class_name

    @property
    def own_name(self) -> str | None:
        """The name in the config, or in the graph."""
        name = self.config.get("name") if isinstance(self.config, Mapping) else None
        return name if isinstance(name, str) else self.name

    @property
    def optimizer(self) -> Object | None:
        """The optimizer that a model was compiled with; None where it was not compiled, or with a mere name."""
        compiled = self.extra.get("compile_config")
        found = compiled.get("optimizer") if isinstance(compiled, Mapping) else None
        return found if isinstance(found, Object) else None

    def with_optimizer(self, optimizer: Object) -> Object:
        """This compiled model with another optimizer."""
        return replace(self, extra={**self.extra, "compile_config": {**self.extra["compile_config"], "optimizer": optimizer}})

    @property
    def has_variables(self) -> bool:
        """Whether variables are bound to it, or to an object in its config."""
        return any(any(state.all_variables()) for obj in descend(self) for state in obj.states.values())

    def get(self, key: str, default: Any = None) -> Any:
        """A config value; `default` where there is none."""
        return self.config.get(key, default) if isinstance(self.config, Mapping) else default

    def with_config(self, config: Any) -> Object:
        """This object with another config; itself if it is the same."""
        return self if config is self.config else replace(self, config=config)

    def with_state(self, change: Callable[[State], State]) -> Object:
        """This object with `change` made to each of its states."""
        return replace(self, states={role: change(state) for role, state in self.states.items()})

    def without(self, *extra: str) -> Object:
        """This object without some of the keys beside its config."""
        if not any(key in self.extra for key in extra):
            return self
        return replace(self, extra={key: value for key, value in self.extra.items() if key not in extra})


def embedded(value: Any, location: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], Object]]:
    """(path, object) of every `Object` directly in `value`: those inside an object that is found are not looked for."""
    if isinstance(value, Object):
        yield location, value
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from embedded(item, (*location, key))
    elif isinstance(value, (list, tuple)):
        for index, item in enumerate(value):
            yield from embedded(item, (*location, index))


def descend(root: Object) -> Iterator[Object]:
    """`root` and every object below it, parents first."""
    yield root
    for _, child in embedded((root.config, dict(root.extra), *((node.args, dict(node.kwargs)) for node in root.nodes or ()))):
        yield from descend(child)


@overload
def transform(value: Object, change: Callable[[Object], Object]) -> Object: ...
@overload
def transform(value: Any, change: Callable[[Object], Any]) -> Any: ...
def transform(value: Any, change: Callable[[Object], Any]) -> Any:
    """`value` with every `Object` at any depth replaced by ``change(object)``, children before parents.

    What does not change is the very same value as before, so that a step that matches nothing returns its input.
    """
    if isinstance(value, Object):
        config = transform(value.config, change)
        extra = transform(value.extra, change)
        nodes = value.nodes
        if nodes:
            new = tuple(_transform_node(node, change) for node in nodes)
            nodes = nodes if all(a is b for a, b in zip(new, nodes, strict=True)) else new
        if config is not value.config or extra is not value.extra or nodes is not value.nodes:
            value = replace(value, config=config, extra=extra, nodes=nodes)
        return change(value)
    if isinstance(value, Mapping):
        items = {key: transform(item, change) for key, item in value.items()}
        return items if any(items[key] is not item for key, item in value.items()) else value
    if isinstance(value, (list, tuple)):
        sequence = [transform(item, change) for item in value]
        if all(a is b for a, b in zip(sequence, value, strict=True)):
            return value
        return sequence if isinstance(value, list) else tuple(sequence)
    return value


def _transform_node(node: Node, change: Callable[[Object], Any]) -> Node:
    args, kwargs = transform(node.args, change), transform(node.kwargs, change)
    return node if args is node.args and kwargs is node.kwargs else Node(args, kwargs)
