"""Shapes through a whole model: from its inputs, call by call, down into nested models and wrappers.

A config may be hostile: what is not understood is unknown, nesting and work are bounded, and nothing is raised.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from kerasarchive.layout.shapes import demands, operation, rules
from kerasarchive.layout.shapes.call import NOTHING, Call, Source, calls_of, sources_of
from kerasarchive.layout.shapes.setting import Shape, shape_of, shapes_of

MODELS = frozenset({"Sequential", "Functional", "Model"})
SHAPES = frozenset({"batch_shape", "batch_input_shape", "shape", "input_shape", "input_tensor", "type_spec"})
MAX_NESTING = 24
MAX_CALLS = 50_000
"""A nested model that is called twice in each of its parents is worked through 2**depth times."""

Path = tuple[str | int, ...]
Known = tuple[Shape | None, ...]

UNKNOWN: Known = tuple([None])
"""One output or several, of whatever shape: told from one output of an unknown shape by what it is."""


class Flow(NamedTuple):
    """What is known around one layer, from its first call: shapes that go in and come out, and where they come from."""

    inputs: Known = ()
    outputs: Known = ()
    named: Mapping[str, Shape | None] = NOTHING
    sources: tuple[Source, ...] = ()
    calls: int = 1
    positional: int = 0
    """How many of the inputs were given by position; the others are those of `named`."""

    @property
    def input_shape(self) -> Any:
        """As `layout.variables` takes it: one shape, or a tuple of several; None if unknown."""
        if not self.inputs or None in self.inputs:
            return self.inputs[0] if self.inputs and self.inputs[0] is not None else None
        return self.inputs[0] if len(self.inputs) == 1 else self.inputs


class Trace(NamedTuple):
    """What flows through a model's layers, and why some of them cannot be called as the config says."""

    flows: dict[Path, Flow]
    refusals: dict[Path, str]


def infer(model: Any) -> dict[Path, Flow]:
    """What flows through every layer of a serialized model, by its path below the model's own object.

    The model itself is at ``()``, its fourth layer at ``("config", "layers", 3)``, the layer that this one wraps at
    ``("config", "layers", 3, "config", "layer")``. A layer that no data are known to reach is missing.
    """
    return trace(model).flows


def trace(model: Any, *, recorded: bool = True) -> Trace:
    """`infer`, and by the same paths what layers refuse of the shapes that reach them.

    `recorded`: what ``build_config`` says counts, as it does for Keras 3 and for whoever wants to know the most.
    """
    run = _Inference(recorded)
    if isinstance(model, dict):
        run.layer(model, (), None, 0)
    return Trace(run.flows, run.refusals)


class _Inference:
    def __init__(self, recorded: bool) -> None:
        self.recorded = recorded
        self.flows: dict[Path, Flow] = {}
        self.refusals: dict[Path, str] = {}
        self.left = MAX_CALLS

    def layer(
        self, data: Mapping[str, Any], path: Path, inputs: Known | None, depth: int, call: Call | None = None
    ) -> Known:
        """Every output of one call; `inputs` None for a model that starts from its own inputs."""
        name, config = data.get("class_name"), data.get("config")
        self.left -= 1
        if not isinstance(name, str) or depth > MAX_NESTING or self.left < 0:
            return UNKNOWN
        if name in MODELS or (isinstance(config, dict) and isinstance(config.get("layers"), list)):
            found = self.model(data, path, inputs, depth)
        elif not isinstance(config, dict):
            found = UNKNOWN
        else:
            known = inputs if inputs is not None else ()
            if not is_custom(data) and not is_operation(data):
                reason = demands.refusal(name, config, known)
                if reason and not (reason is demands.OPEN_AXIS and (call is None or self.evidence(data))):
                    self.refusals.setdefault(path, reason)
            found = self.wrapper(name, config, path, known, depth) or self.plain(name, data, config, known, call)
        if call is None and path not in self.flows:
            self.flows[path] = Flow(inputs or (), found)
        return found

    def evidence(self, layer: Mapping[str, Any]) -> Known:
        """The input shapes that a layer's ``build_config`` records, where they count."""
        return evidence(layer) if self.recorded else ()

    def plain(
        self, name: str, data: Mapping[str, Any], config: Mapping[str, Any], inputs: Known, call: Call | None
    ) -> Known:
        if name == "InputLayer":
            return (input_shape(config),)
        options = call.options if call else {}
        if is_operation(data):
            return UNKNOWN if name in operation.SEVERAL else (operation.output(name, {**config, **options}, inputs),)
        if name == "TFOpLambda":
            function = config.get("function")
            if not isinstance(function, str) or function in operation.SEVERAL_IN_TENSORFLOW:
                return UNKNOWN
            return (operation.output(function, options, inputs),)
        if is_custom(data) or not inputs:
            return UNKNOWN
        backwards = name == "ReversibleEmbedding" and options.get("reverse")
        found = None if backwards else rules.outputs(name, config, inputs)
        if found is None:
            return (None,) if name in rules.SINGLE else UNKNOWN
        return (*found, None) if options.get("return_attention_scores") else found

    def wrapper(self, name: str, config: Mapping[str, Any], path: Path, inputs: Known, depth: int) -> Known | None:
        inner = config.get("layer")
        if name not in ("TimeDistributed", "Bidirectional", "SpectralNormalization") or not isinstance(inner, dict):
            return None
        shape = inputs[0] if inputs else None
        below = (*path, "config", "layer")
        if name == "SpectralNormalization":
            return self.layer(inner, below, (shape,), depth + 1)
        if name == "TimeDistributed":
            step = None if shape is None or len(shape) < 2 else (shape[0], *shape[2:])
            found = self.layer(inner, below, (step,), depth + 1)
            if not shape or len(shape) < 2:
                return (None,) * len(found)
            return tuple(None if output is None else (*output[:1], shape[1], *output[1:]) for output in found)
        found = self.layer(inner, below, (shape,), depth + 1)
        back = config.get("backward_layer")
        if isinstance(back, dict):
            self.layer(back, (*path, "config", "backward_layer"), (shape,), depth + 1)
        output, states = found[0], found[1:]
        mode = config.get("merge_mode", "concat")
        if mode is None:
            return (output, output, *states, *states)
        if output is not None and mode == "concat":
            last = output[-1] if output else None
            output = (*output[:-1], None if last is None else 2 * last)
        return (output, *states, *states)

    def model(self, data: Mapping[str, Any], path: Path, inputs: Known | None, depth: int) -> Known:
        config = data.get("config")
        layers = config if isinstance(config, list) else config.get("layers") if isinstance(config, dict) else None
        if not isinstance(layers, list):
            return UNKNOWN
        # Keras 1 and 2.2 wrote a Sequential's config as the bare list of its layers.
        below = (*path, "config") if isinstance(config, list) else (*path, "config", "layers")
        if data.get("class_name") == "Sequential" or not isinstance(config, dict) or "output_layers" not in config:
            return self.chain(data, layers, below, inputs, depth)
        return _Graph(self, config, layers, below, inputs, depth).run()

    def chain(self, data: Mapping[str, Any], layers: list[Any], path: Path, inputs: Known | None, depth: int) -> Known:
        """A Sequential: each layer's outputs are the next one's inputs."""
        current = inputs
        if not current or current == (None,):
            current = (_first_shape(data, layers),)
        for index, layer in enumerate(layers):
            if not isinstance(layer, dict):
                current = (None,)
            elif layer.get("class_name") == "InputLayer":
                self.flows.setdefault((*path, index), Flow((), current))
            else:
                known = current if current and current[0] is not None else self.evidence(layer)
                current = self.layer(layer, (*path, index), known, depth + 1)
        return current


class _Graph:
    """One run through the graph of a Functional model."""

    def __init__(
        self,
        run: _Inference,
        config: Mapping[str, Any],
        layers: list[Any],
        path: Path,
        inputs: Known | None,
        depth: int,
    ) -> None:
        self.parent, self.config, self.path, self.depth = run, config, path, depth
        self.places: dict[str, int] = {}
        self.layers: dict[str, Mapping[str, Any]] = {}
        self.calls: dict[str, tuple[Call, ...]] = {}
        for index, layer in enumerate(layers):
            if isinstance(layer, dict) and (name := layer_name(layer)) is not None and name not in self.layers:
                self.layers[name], self.places[name], self.calls[name] = layer, index, calls_of(layer)
        self.ends = sources_of(config.get("output_layers"))
        self.inner = self._shifts(s for calls in self.calls.values() for call in calls for s in call.sources)
        self.done: dict[tuple[str, int], Known] = {}
        starts = sources_of(config.get("input_layers"))
        for place, source in enumerate(starts):
            layer = self.layers.get(source.layer)
            if layer is None:
                continue
            given = inputs[place] if inputs is not None and place < len(inputs) else None
            inner = layer.get("config")
            shape = given if given is not None else input_shape(inner) if isinstance(inner, dict) else None
            if source.tensor not in (0, -1) and layer.get("class_name") == "InputLayer":
                reason = f"it takes output {source.tensor} of {source.layer!r}, which has 1 (counted from 0)"
                run.refusals.setdefault((*path[:-1], "input_layers"), reason)
            self.done[source.layer, 0] = (shape,)
            run.flows.setdefault((*path, self.places[source.layer]), Flow((), (shape,)))

    def _shifts(self, sources: Iterable[Source]) -> dict[str, int]:
        """A nested model's own graph counts as its call 0, so that its first call in the parent is 1.

        Keras 2 counts so everywhere, Keras 3 in ``output_layers`` of Functional models alone.
        """
        found: dict[str, list[int]] = {}
        for source in sources:
            found.setdefault(source.layer, []).append(source.node)
        return {
            name: 1
            for name, nodes in found.items()
            if name in self.layers
            and min(nodes) >= 1
            and (is_model(self.layers[name]) or max(nodes) >= len(self.calls[name]))
        }

    def key(self, source: Source) -> tuple[str, int]:
        """Which call a source of a call means, counted from 0. Negative numbers count from the end."""
        node = source.node - self.inner.get(source.layer, 0)
        return source.layer, node if node >= 0 else node + max(1, len(self.calls.get(source.layer, ())))

    def run(self) -> Known:
        waiting: dict[tuple[str, int], int] = {}
        users: dict[tuple[str, int], list[tuple[str, int]]] = {}
        ready: deque[tuple[str, int]] = deque()
        for name, calls in self.calls.items():
            if not calls and (name, 0) not in self.done:
                ready.append((name, 0))
            for index, call in enumerate(calls):
                needed = set()
                for source in call.sources:
                    key = self.key(source)
                    if key not in self.done and self.exists(key):
                        needed.add(key)
                waiting[name, index] = len(needed)
                for key in needed:
                    users.setdefault(key, []).append((name, index))
                if not needed:
                    ready.append((name, index))
        while ready:
            key = ready.popleft()
            if key not in self.done:
                self.done[key] = self.call(*key)
            for user in users.get(key, ()):
                waiting[user] -= 1
                if waiting[user] == 0:
                    ready.append(user)
        outer = self._shifts(self.ends)
        return tuple(
            self.shape(source, (source.layer, source.node - outer.get(source.layer, 0))) for source in self.ends
        ) or (None,)

    def exists(self, key: tuple[str, int]) -> bool:
        return key[0] in self.calls and 0 <= key[1] < max(1, len(self.calls[key[0]]))

    def shape(self, source: Source, key: tuple[str, int] | None = None, user: Path | None = None) -> Shape | None:
        """What was worked out for a tensor; else what the config records beside the reference, where `lower` writes no axes
        for a shape that nobody knows.
        """
        found = self.done.get(key or self.key(source), ())
        if found and found is not UNKNOWN and source.tensor >= len(found):
            reason = f"it takes output {source.tensor} of {source.layer!r}, which has {len(found)} (counted from 0)"
            self.parent.refusals.setdefault(user or (*self.path[:-1], "output_layers"), reason)
        shape = found[source.tensor] if -len(found) <= source.tensor < len(found) else None
        return shape if shape is not None else source.shape or None

    def is_input(self, source: Source) -> bool:
        """Whether a tensor comes from an input layer."""
        return self.layers.get(source.layer, NOTHING).get("class_name") == "InputLayer"

    def shapeless(self, source: Source) -> bool:
        """Whether a tensor is an input of which no shape is given."""
        layer = self.layers.get(source.layer, NOTHING)
        config = layer.get("config") or {}
        return layer.get("class_name") == "InputLayer" and isinstance(config, dict) and not SHAPES & config.keys()

    def call(self, name: str, index: int) -> Known:
        layer, place = self.layers[name], (*self.path, self.places[name])
        calls = self.calls[name]
        call = calls[index] if index < len(calls) else Call()
        inputs = tuple(self.shape(source, user=place) for source in call.sources)
        if inputs and inputs[0] is None:
            inputs = self.parent.evidence(layer) or inputs
            if inputs[0] is None and str(layer.get("class_name")) in demands.NEED_RANK and self.shapeless(call.sources[0]):
                self.parent.refusals.setdefault(place, f"its input {call.sources[0].layer!r} says nothing of its shape")
        found = self.parent.layer(layer, place, inputs if inputs or calls else None, self.depth + 1, call)
        if self.parent.refusals.get(place) is demands.OPEN_AXIS and not self.is_input(call.sources[0]):
            # Between layers an axis may be unknown here alone; an input says that it is open.
            del self.parent.refusals[place]
        if index == 0 and place not in self.parent.flows:
            named = {key: self.shape(group[0]) for key, group in call.named.items()} if call.named else NOTHING
            self.parent.flows[place] = Flow(inputs, found, named, call.sources, len(calls), len(call.args))
        return found


def is_custom(data: Mapping[str, Any]) -> bool:
    """Whether a layer is someone's own: registered under a package, or of a module that is not Keras's."""
    registered, module = data.get("registered_name"), data.get("module")
    return (isinstance(registered, str) and ">" in registered) or (
        isinstance(module, str) and not module.startswith(("keras", "tf_keras", "tensorflow"))
    )


def is_operation(data: Mapping[str, Any]) -> bool:
    """Whether a node of a graph is an operation of `keras.ops`."""
    module = data.get("module")
    return isinstance(module, str) and module.startswith(("keras.src.ops", "keras.ops"))


def is_model(layer: Mapping[str, Any]) -> bool:
    """Whether this is one of Keras's own models."""
    name = layer.get("class_name")
    return isinstance(name, str) and name in MODELS


def layer_name(layer: Mapping[str, Any]) -> str | None:
    """A layer's name in its graph: beside its config, or in it."""
    config = layer.get("config")
    name = layer.get("name") or (config.get("name") if isinstance(config, dict) else None)
    return name if isinstance(name, str) else None


def input_shape(config: Mapping[str, Any]) -> Shape | None:
    """The shape that an InputLayer (or a first layer of Keras 2) declares, batch included."""
    for key in ("batch_shape", "batch_input_shape"):
        if key in config:
            return shape_of(config[key])
    return None


def evidence(layer: Mapping[str, Any]) -> Known:
    """The input shapes that ``build_config`` records; empty if there are none."""
    build = layer.get("build_config")
    found = shapes_of(build.get("input_shape")) if isinstance(build, dict) and build.get("input_shape") else None
    return found or ()


def _first_shape(data: Mapping[str, Any], layers: Sequence[Any]) -> Shape | None:
    """What goes into a Sequential, from its first layer or from what was recorded when it was built."""
    for layer in layers[:1]:
        config = layer.get("config") if isinstance(layer, dict) else None
        shape = input_shape(config) if isinstance(config, dict) else None
        if shape is not None:
            return shape
        if isinstance(layer, dict) and is_model(layer) and isinstance(config, dict):
            return _declared(config)
    config = data.get("config")
    recorded = config.get("build_input_shape") if isinstance(config, dict) else None
    return shape_of(recorded) if recorded is not None else (evidence(data) or (None,))[0]


def _declared(config: Mapping[str, Any]) -> Shape | None:
    """The shape of a nested model's first InputLayer."""
    layers = config.get("layers")
    first = layers[0] if isinstance(layers, list) and layers else None
    inner = first.get("config") if isinstance(first, dict) else None
    return input_shape(inner) if isinstance(inner, dict) else None
