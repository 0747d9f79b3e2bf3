"""Which sublayers the built-in layers make or hold, in the order in which they create them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from kerasarchive.layout.shapes.setting import Shape, flag, integer, sequence, shape_of
from kerasarchive.layout.variables.variable import Child, Given

CELLS = {
    "LSTM": "LSTMCell",
    "LSTMV2": "LSTMCell",
    "GRU": "GRUCell",
    "GRUV2": "GRUCell",
    "SimpleRNN": "SimpleRNNCell",
    "ConvLSTM1D": "ConvLSTMCell",
    "ConvLSTM2D": "ConvLSTMCell",
    "ConvLSTM3D": "ConvLSTMCell",
}
MAX_ATTENDED = 16
LETTERS = "abcdefghijklmnopqrstuvwxyz"


def children(class_name: str, config: Any, *, input_shape: Any = None, major: int = 3) -> tuple[Child, ...]:
    """The sublayers of a built-in layer that are stored with it. Models' ``layers`` are not among them.

    Keras 2's unbuilt `layer` of a Bidirectional and the random layers inside RandAugment and its like, which store
    nothing, are left out.
    """
    if not isinstance(config, Mapping):
        return ()
    given = Given(config, input_shape, major)
    if class_name in CELLS:
        return (Child("cell", CELLS[class_name], config, None, step(given.shape)),)
    maker = MAKERS.get(class_name)
    made = maker(given) if maker else ()
    return (
        tuple(_of_policy_map(child, config["dtype"]) for child in made) if is_policy_map(config.get("dtype")) else made
    )


NAMES = {"query_dense": "query", "key_dense": "key", "value_dense": "value", "output_dense": "attention_output"}
"""What an attention calls the projections that it makes; a map of policies finds them by that."""


def is_policy_map(policy: Any) -> bool:
    """Whether a ``dtype`` gives each layer below its own policy, by path."""
    return isinstance(policy, Mapping) and policy.get("class_name") == "DTypePolicyMap"


def _of_policy_map(child: Child, policy: Mapping[str, Any]) -> Child:
    config = policy.get("config")
    table = config.get("policy_map") if isinstance(config, Mapping) else None
    name = NAMES.get(child.attribute.lstrip("_"))
    if child.key is not None or name is None or not isinstance(table, Mapping) or not isinstance(config, Mapping):
        return child
    # Patterns of an archive are not run: only a name at the end of one is looked for.
    found = next(
        (item for pattern, item in table.items() if pattern.endswith(f"/{name}")), config.get("default_policy")
    )
    return replace(child, config={**child.config, "dtype": found})


def implicit(class_name: str, config: Any, major: int = 3) -> tuple[str, ...]:
    """The attributes of the sublayers that a built-in layer makes itself (no config has them), in creation order."""
    return tuple(child.attribute for child in children(class_name, config, major=major) if child.key is None)


def step(shape: Shape | None) -> Shape | None:
    """One time step of a sequence: the shape without its axis 1."""
    return None if shape is None or len(shape) < 2 else (shape[0], *shape[2:])


def held(config: Mapping[str, Any], attribute: str, key: tuple[str | int, ...], input_shape: Any) -> tuple[Child, ...]:
    """The sublayer whose object stands at `key` of the config; none if no object stands there."""
    value: Any = config
    for part in key:
        value = value[part]
    if not isinstance(value, dict) or not isinstance(value.get("class_name"), str):
        return ()
    inner, module, registered = value.get("config"), value.get("module"), value.get("registered_name")
    build = value.get("build_config")
    own = shape_of(build.get("input_shape")) if isinstance(build, dict) and isinstance(module, str) else None
    if own and own != () and not _is_like(own, input_shape):
        # Keras 3 builds a part from what is recorded beside it, before whatever holds it is called.
        input_shape = own
    return (
        Child(
            attribute,
            value["class_name"],
            inner if isinstance(inner, dict) else {},
            key,
            input_shape,
            module if isinstance(module, str) else None,
            registered if isinstance(registered, str) else None,
        ),
    )


def _is_like(own: Shape, computed: Any) -> bool:
    """Whether a recorded shape says nothing that the computed one does not say."""
    other = shape_of(computed)
    return (
        other is not None
        and len(other) == len(own)
        and all(a is None or a == b for a, b in zip(own, other, strict=True))
    )


def _wrapper(given: Given) -> tuple[Child, ...]:
    return held(given.config, "layer", ("layer",), given.input_shape) if "layer" in given.config else ()


def _time_distributed(given: Given) -> tuple[Child, ...]:
    return held(given.config, "layer", ("layer",), step(given.shape)) if "layer" in given.config else ()


def _bidirectional(given: Given) -> tuple[Child, ...]:
    if "layer" not in given.config:
        return ()
    back = "backward_layer" if isinstance(given.config.get("backward_layer"), dict) else "layer"
    return (
        *held(given.config, "forward_layer", ("layer",), given.shape),
        *held(given.config, "backward_layer", (back,), given.shape),
    )


def _rnn(given: Given) -> tuple[Child, ...]:
    return held(given.config, "cell", ("cell",), step(given.shape)) if "cell" in given.config else ()


def _stacked(given: Given) -> tuple[Child, ...]:
    cells = given.config.get("cells")
    found: list[Child] = []
    shape = given.shape
    for index in range(len(cells) if isinstance(cells, list) else 0):
        found.extend(held(given.config, "cells", ("cells", index), shape))
        units = integer(found[-1].config, "units") if found and found[-1].class_name in CELLS.values() else None
        shape = (shape[0], units) if shape else (None, units)
    return tuple(found)


def _text_vectorization(given: Given) -> tuple[Child, ...]:
    return (Child("_lookup_layer", "StringLookup", given.config, None, given.shape),)


def _multi_head(given: Given) -> tuple[Child, ...]:
    """Query, key, (gate,) value, softmax, dropout, output; Keras 3 offers the projections under public names."""
    config, prefix = given.config, "_" if given.major < 3 else ""
    heads, key_dim = integer(config, "num_heads"), integer(config, "key_dim")
    value_dim = integer(config, "value_dim") or key_dim
    query, value, keys = _attended(given)
    policy, biased = config.get("dtype"), flag(config, "use_bias", True)

    def projection(attribute: str, shape: Shape | None, width: int | None) -> Child:
        rank = len(shape) if shape else 3
        free, bound = LETTERS[: rank - 1], LETTERS[rank - 1]
        out = LETTERS[rank : rank + 2]
        output = [None] * (rank - 2) + [heads, width]
        inner = _einsum(f"{free}{bound},{bound}{out}->{free}{out}", output, out if biased else None, policy)
        return Child(attribute, "EinsumDense", inner, None, shape)

    rank = len(query) if query else 3
    free, bound, asked = LETTERS[: rank - 1], LETTERS[rank - 1 : rank + 1], config.get("output_shape")
    listed = sequence(asked)
    # Keras falls back to the query's features for null and for an empty list.
    out_dims = list(listed or ()) if listed is not None else [asked] if asked else []
    out_dims = list(shape_of(out_dims[:8]) or ()) or [query[-1] if query else None]
    out = LETTERS[rank + 1 : rank + 1 + len(out_dims)]
    output = [None] * (rank - 2) + out_dims
    last = _einsum(f"{free}{bound},{bound}{out}->{free}{out}", output, out if biased else None, policy)
    inside = None if query is None else (*query[:-1], heads, value_dim)
    gate = (projection("_gate_dense", query, value_dim),) if flag(config, "use_gate", False) else ()
    return (
        projection(f"{prefix}query_dense", query, key_dim),
        projection(f"{prefix}key_dense", keys, key_dim),
        *gate,
        projection(f"{prefix}value_dense", value, value_dim),
        Child("_softmax", "Softmax", {}),
        Child("_dropout_layer", "Dropout", {}),
        Child(f"{prefix}output_dense", "EinsumDense", last, None, inside),
    )


def _grouped(given: Given) -> tuple[Child, ...]:
    config = given.config
    size, queries, groups = (integer(config, key) for key in ("head_dim", "num_query_heads", "num_key_value_heads"))
    query, value, keys = _attended(given)
    biased, policy = flag(config, "use_bias", True), config.get("dtype")
    wide = _einsum("bqm,muh->bquh", [None, queries, size], "uh" if biased else None, policy)
    narrow = _einsum("bkm,mvh->bkvh", [None, groups, size], "vh" if biased else None, policy)
    last = _einsum("bquh,uhm->bqm", [None, query[-1] if query else None], "m" if biased else None, policy)
    gate = (Child("_gate_dense", "EinsumDense", wide, None, query),) if flag(config, "use_gate", False) else ()
    return (
        Child("_query_dense", "EinsumDense", wide, None, query),
        Child("_key_dense", "EinsumDense", narrow, None, keys),
        *gate,
        Child("_value_dense", "EinsumDense", narrow, None, value),
        Child("_softmax", "Softmax", {}),
        Child("_dropout_layer", "Dropout", {}),
        Child("_output_dense", "EinsumDense", last, None, (None, None, queries, size)),
    )


def _attended(given: Given) -> tuple[Shape | None, Shape | None, Shape | None]:
    """Shapes of query, value and key; ranks beyond what an equation's letters can tell apart are left unknown."""
    shapes = [given.named(name, place) for place, name in enumerate(("query_shape", "value_shape", "key_shape"))]
    query, value, key = (shape if shape and len(shape) <= MAX_ATTENDED else None for shape in shapes)
    return query, value, key or value


def _einsum(equation: str, output: list[int | None], bias: str | None, dtype: Any) -> dict[str, Any]:
    return {"equation": equation, "output_shape": output, "bias_axes": bias, "dtype": dtype}


MAKERS: dict[str, Callable[[Given], tuple[Child, ...]]] = {
    "Wrapper": _wrapper,
    "SpectralNormalization": _wrapper,
    "TimeDistributed": _time_distributed,
    "Bidirectional": _bidirectional,
    "RNN": _rnn,
    "StackedRNNCells": _stacked,
    "TextVectorization": _text_vectorization,
    "MultiHeadAttention": _multi_head,
    "GroupQueryAttention": _grouped,
    "GroupedQueryAttention": _grouped,
}

PARENTS = frozenset(MAKERS) | frozenset(CELLS)
"""Classes that can have sublayers."""
