"""The MLPs of BayesFlow up to 2.0.10, whose blocks are sequences of layers, in the two forms that took their place.

Old: ``layers/sequential_k/layers/dense`` or, residual, ``layers/residual_k`` with a ``projector`` beside: it adds
projector(x) and norm(activation(dense(x))). New: ``blocks/dense_block_k``, which adds before it normalizes, and has a
projector only where the widths differ (bayesflow/networks/mlp/mlp.py of 2.0.7, .../dense_block.py of 2.0.11).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from kerasarchive.migration.grafting import Graft, changed, has, members, part
from kerasarchive.migration.operations.operation import Refuse
from kerasarchive.model.objects import Object, Ref, State

NORMS = {"layer": "LayerNormalization", "batch": "BatchNormalization"}


def _key(name: str, index: int) -> str:
    return f"{name}_{index}" if index else name


def blocks(state: State, norm: Any) -> State:
    """The state of an MLP without residual blocks in the new layout."""
    _saved(state)
    layers = part(state, "layers")
    found = {}
    for index, block in enumerate(members(layers, "sequential")):
        inside = part(block, "layers")
        children = {"dense": _dense_of(inside)}
        for name in ("layer_normalization", "batch_normalization"):
            if name in inside.children:
                children["norm_layer"] = inside.children[name]
        if len(children) != sum(any(True for _ in child.all_variables()) for child in inside.children.values()):
            _unknown()
        found[_key("dense_block", index)] = State(children=children)
    if not found:
        _unknown()
    rest = {name: child for name, child in state.children.items() if name != "layers"}
    return replace(state, children={**rest, "blocks": State(children=found)})


def _saved(state: State) -> None:
    if not any(True for _ in state.all_variables()):
        reason = "the release that wrote it did not save its weights, which nothing can bring back (bayesflow#506)"
        raise Refuse(reason, "train it anew, or save it anew from the session that has it")


def _unknown() -> None:
    reason = "its blocks hold layers that kav does not know in them"
    raise Refuse(reason)


def padded(state: State, after: State) -> tuple[State, State, tuple[int, ...]]:
    """A residual MLP without normalization, the dense layer `after` it, and its widths: exact in the new layout.

    A block that is as wide as its input gets one more unit, which is always zero where the activation keeps zero, so
    that its projector exists again; what follows gives that unit no weight.
    """
    found, widths, extra = {}, [], 0
    for index, block in enumerate(members(part(state, "layers"), "residual")):
        parts = {"dense": part(block, "layers/dense"), "projector": part(block, "projector")}
        rows, units = parts["dense"].variables["0"].shape
        more = 1 if rows + extra == units else 0
        found[_key("dense_block", index)] = State(
            children={name: _grown(each, extra, more) for name, each in parts.items()}
        )
        widths.append(units + more)
        extra = more
    if not found:
        _unknown()
    rest = {name: child for name, child in state.children.items() if name != "layers"}
    return replace(state, children={**rest, "blocks": State(children=found)}), _grown(after, extra, 0), tuple(widths)


def _grown(state: State, rows: int, units: int) -> State:
    """A dense layer with so many more rows and units of zeros."""
    if not rows and not units:
        return state
    import numpy as np

    kernel, bias = state.variables["0"], state.variables["1"]
    what = "zeros for a unit that lets the projector exist"
    larger = changed(
        kernel,
        lambda array: np.pad(array, ((0, rows), (0, units))),
        (kernel.shape[0] + rows, kernel.shape[1] + units),
        what,
    )
    longer = changed(bias, lambda array: np.pad(array, (0, units)), (bias.shape[0] + units,), what) if units else bias
    return replace(state, variables={**state.variables, "0": larger, "1": longer})


def mlp_as_layers(graft: Graft, mlp: Object, state: State, x: Ref, prefix: str = "") -> Ref:
    """What the MLP computes of `x`, by Keras's own layers."""
    _saved(state)
    layers = part(state, "layers")
    activation, norm = mlp.get("activation", "mish"), mlp.get("norm")
    by_name = isinstance(activation, str) or is_plain_layer(activation)
    if not by_name or not (norm is None or isinstance(norm, str) and norm in NORMS):
        reason = "its activation or normalization is an object, which kav does not take apart"
        raise Refuse(reason)
    return dense_blocks(graft, layers, x, activation, mlp.get("dropout"), norm, prefix)


def is_plain_layer(value: Any) -> bool:
    """Whether it is one of Keras's own layers that has no weights."""
    return isinstance(value, Object) and value.module == "keras.layers" and not value.has_variables


def dense_blocks(
    graft: Graft, layers: State, x: Ref, activation: Any, dropout: Any = None, norm: Any = None, prefix: str = ""
) -> Ref:
    """What the blocks under `layers` compute of `x`."""
    for name, block in _blocks(layers):
        name = f"{prefix}{name}"
        dense = _dense_of(part(block, "layers"))
        h = graft.dense(f"{name}_dense", x, dense.variables["0"], dense.variables["1"])
        if dropout:
            h = graft.layer("keras.layers.Dropout", f"{name}_dropout", h, h.shape or (), rate=float(dropout))
        h = graft.activation(f"{name}_activation", h, activation)
        if norm is not None:
            inside = part(block, f"layers/{norm}_normalization")
            weights = list(inside.variables.values())
            h = graft.layer(
                f"keras.layers.{NORMS[norm]}", f"{name}_norm", h, h.shape or (), weights, axis=-1, epsilon=1e-3
            )
        if has(block, "projector"):
            beside = part(block, "projector")
            skip = graft.dense(f"{name}_projector", x, beside.variables["0"], beside.variables["1"])
            h = graft.add(f"{name}_sum", skip, h)
        x = h
    return x


def _dense_of(block: State) -> State:
    if "spectral_normalization" in block.children:
        reason = "its dense layers have spectral normalization, which its class has no more"
        raise Refuse(reason)
    return part(block, "dense")


def later_blocks(graft: Graft, state: State, x: Ref, activation: Any, dropout: float, name: str) -> Ref:
    """What a residual MLP in the layout of 2.0.11 computes of `x`, without normalization."""
    for index, block in enumerate(members(part(state, "blocks"), "dense_block")):
        title = f"{name}_{index}"
        dense = part(block, "dense").variables
        h = graft.dense(f"{title}_dense", x, dense["0"], dense.get("1"))
        h = graft.activation(f"{title}_activation", h, activation)
        if dropout:
            h = graft.layer("keras.layers.Dropout", f"{title}_dropout", h, h.shape or (), rate=dropout)
        beside = block.children["projector"].variables if "projector" in block.children else {}
        skip = graft.dense(f"{title}_projector", x, beside["0"], beside.get("1")) if beside else x
        x = graft.add(title, skip, h)
    return x


def _blocks(layers: State) -> Iterator[tuple[str, State]]:
    for name in ("residual", "sequential"):
        for index, block in enumerate(members(layers, name)):
            yield f"block_{index}", block
