"""Random inputs for a model, shaped, typed and bounded by its config alone; the same seed gives the same arrays."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kerasarchive.errors import VerificationError
from kerasarchive.model.config import walk
from kerasarchive.model.location import Location

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

BATCH, LENGTH, SIDE = 2, 6, 64
"""Sizes for axes that the config leaves open: the batch, a sequence, an image."""
CONTAINERS = frozenset({"Sequential", "Functional", "Model"})
CARRIERS = CONTAINERS | {
    "InputLayer",
    "Reshape",
    "Flatten",
    "RepeatVector",
    "Permute",
    "Concatenate",
    "TimeDistributed",
    "Identity",
    "Dropout",
    "Masking",
    "Cast",
    "SlicingOpLambda",
    "GetItem",
    "ExpandDims",
    "Squeeze",
}
"""Layers that hand an index or a text on unchanged: what bounds their output bounds their input."""


@dataclass(frozen=True, slots=True)
class InputSpec:
    """One input: its layer's name, its shape (None: open) and its dtype as the config says."""

    name: str
    shape: tuple[int | None, ...]
    dtype: str


def _config(layer: Any) -> dict[str, Any]:
    config = layer.get("config") if isinstance(layer, dict) else None
    return config if isinstance(config, dict) else {}


def _layers(model: Any) -> list[dict[str, Any]]:
    layers = _config(model).get("layers")
    return [layer for layer in layers if isinstance(layer, dict)] if isinstance(layers, list) else []


def _name(layer: dict[str, Any]) -> str:
    return str(layer.get("name") or _config(layer).get("name"))


def _spec(layer: dict[str, Any]) -> InputSpec | None:
    config = _config(layer)
    build = layer.get("build_config")
    shape = config.get("batch_shape") or config.get("batch_input_shape") or (build or {}).get("input_shape")
    if not isinstance(shape, (list, tuple)) or not all(size is None or isinstance(size, int) for size in shape):
        return None
    dtype = config.get("dtype")
    return InputSpec(_name(layer), tuple(shape), dtype if isinstance(dtype, str) else "float32")


def describe(model: Any) -> tuple[str, dict[str, InputSpec]]:
    """(kind, {key: InputSpec}) of a model's config: kind is single, list, dict or nest (then keys are as in `probe.py`).

    Raises VerificationError where the config does not say what goes in (a subclassed model).
    """
    layers = _layers(model)
    if model.get("class_name") == "Sequential" or not layers:
        first = layers[0] if layers else model
        if first.get("class_name") in CONTAINERS and first is not model:
            return describe(first)
        spec = _spec(first) or _spec(model)
        if spec is None:
            msg = f"the config of {model.get('class_name')} does not say what goes into it"
            raise VerificationError(
                msg, hint="give the inputs with --inputs FILE.npz or recorded outputs with --expect FILE.npz"
            )
        return "single", {"": spec}
    specs = {
        _name(layer): spec for layer in layers if layer.get("class_name") == "InputLayer" and (spec := _spec(layer))
    }
    structure = _config(model).get("input_layers")
    try:
        return _arrange(structure, specs)
    except (KeyError, TypeError, IndexError):
        msg = "the config's input_layers name layers that are no inputs"
        raise VerificationError(msg, hint="give the inputs with --inputs FILE.npz") from None


def _is_reference(value: Any) -> bool:
    return isinstance(value, list) and len(value) == 3 and isinstance(value[0], str)


def _arrange(structure: Any, specs: dict[str, InputSpec]) -> tuple[str, dict[str, InputSpec]]:
    if _is_reference(structure):
        return "single", {"": specs[structure[0]]}
    if isinstance(structure, dict):
        return "dict", {key: specs[value[0]] for key, value in structure.items()}
    if all(_is_reference(value) for value in structure):
        if len(structure) == 1:
            return "single", {"": specs[structure[0][0]]}
        return "list", {str(index): specs[value[0]] for index, value in enumerate(structure)}
    if len(structure) == 2 and _is_reference(structure[0]):
        flat = [structure[0], *structure[1]]
        return "nest", {str(index): specs[value[0]] for index, value in enumerate(flat)}
    raise TypeError


def _sources(layer: dict[str, Any]) -> Iterator[str]:
    """Names of the layers whose outputs go into `layer`."""
    for value, _, _ in walk(layer.get("inbound_nodes"), Location()):
        if isinstance(value, list) and len(value) >= 3 and isinstance(value[0], str) and isinstance(value[1], int):
            yield value[0]


def consumers(model: Any, name: str) -> Iterator[dict[str, Any]]:
    """Every layer that the input `name` reaches unchanged, through nested models too."""
    todo: list[tuple[Any, str]] = [(model, name)]
    seen: set[tuple[int, str]] = set()
    while todo:
        container, source = todo.pop()
        if (id(container), source) in seen:
            continue
        seen.add((id(container), source))
        layers = _layers(container)
        if container.get("class_name") == "Sequential":
            start = next((i + 1 for i, layer in enumerate(layers) if _name(layer) == source), 0)
            reached = layers[start : start + 1]
        else:
            reached = [layer for layer in layers if source in set(_sources(layer))]
        for layer in reached:
            yield layer
            if layer.get("class_name") not in CARRIERS:
                continue
            todo.append((container, _name(layer)))
            inner = _config(layer).get("layer")
            if isinstance(inner, dict):
                yield inner
            if layer.get("class_name") in CONTAINERS:
                inside = [one for one in _layers(layer) if one.get("class_name") == "InputLayer"]
                todo.extend((layer, _name(one)) for one in inside)
                if not inside and _layers(layer):
                    yield _layers(layer)[0]


def _bounds(model: Any, spec: InputSpec) -> tuple[int | None, list[Any]]:
    """(exclusive upper bound of an index, words or keys of a vocabulary) of an input."""
    high: int | None = None
    words: list[Any] = []
    for layer in consumers(model, spec.name):
        config = _config(layer)
        size = {"Embedding": "input_dim", "CategoryEncoding": "num_tokens"}.get(str(layer.get("class_name")))
        bound = config.get(size) if size else None
        if isinstance(bound, int):
            high = bound if high is None else min(high, bound)
        vocabulary = config.get("vocabulary")
        if isinstance(vocabulary, dict):
            vocabulary = _config(vocabulary).get("value")
        if isinstance(vocabulary, list):
            words.extend(vocabulary)
    return high, words


def make(model: Any, *, seed: int = 0) -> tuple[str, dict[str, Array]]:
    """(kind, {key: array}) for a model's config. Indices stay within what an Embedding accepts."""
    kind, specs = describe(model)
    return kind, {key: _array(model, spec, seed) for key, spec in specs.items()}


def _array(model: Any, spec: InputSpec, seed: int) -> Array:
    import numpy as np

    open_size = SIDE if len(spec.shape) == 4 else LENGTH
    shape = tuple(
        size if size is not None else (BATCH if axis == 0 else open_size) for axis, size in enumerate(spec.shape)
    )
    # The name is part of the seed: two inputs of one shape get different values, so that a swap shows.
    random = np.random.default_rng([seed, zlib.crc32(spec.name.encode())])
    high, words = _bounds(model, spec)
    if spec.dtype == "string":
        choice = [str(word) for word in words[:50] if isinstance(word, str)] or ["kav", "keras", "archive", "model"]
        return np.asarray(random.choice([*choice, "out of vocabulary"], size=shape))
    if spec.dtype == "bool":
        return random.random(shape) < 0.7
    if high is not None or spec.dtype.startswith(("int", "uint")):
        keys = [word for word in words if isinstance(word, int)]
        values = (
            random.choice([*keys, max(keys) + 1], size=shape) if keys else random.integers(0, high or 8, size=shape)
        )
        return np.asarray(values).astype(spec.dtype if spec.dtype != "bfloat16" else "float32")
    return random.normal(size=shape).astype(spec.dtype if spec.dtype in ("float16", "float64") else "float32")
