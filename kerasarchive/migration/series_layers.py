"""The summary networks for series of BayesFlow up to 2.0.13, whose attention blocks a step supplies, by Keras's layers.

Source: bayesflow/networks/summary/transformers of 2.0.12, bayesflow/networks/transformers of 2.0.8.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kerasarchive.migration.attention_layers import Attention
from kerasarchive.migration.grafting import Graft, changed, members, nothing, part
from kerasarchive.migration.operations.operation import Log, Refuse
from kerasarchive.model.objects import Object, Ref, State
from kerasarchive.model.weights import TensorSource

RECURRENT = {"lstm": "keras.layers.LSTM", "gru": "keras.layers.GRU"}
OPS = "keras.src.ops.numpy"

Blocks = Callable[[int, Ref, Ref], Ref]
"""What the attention block of that index gives for queries and keys."""


def of_series(graft: Graft, obj: Object, state: State, x: Ref, blocks: Blocks, *, spread: bool) -> Ref:
    """A TimeSeriesTransformer's summary of `x`; `spread` if its steps are counted from 0 up to their number itself."""
    if obj.get("return_sequences", False):
        reason = "it gives a series and no summary, which kav does not take apart"
        raise Refuse(reason)
    x = _with_time(graft, obj, state, x, spread)
    for index in range(len(state.children["attention_blocks"].children)):
        x = blocks(index, x, x)
    width = (x.shape or ())[-1]
    pooled = graft.layer(
        "keras.layers.GlobalAveragePooling1D",
        "pooling",
        x,
        (None, width),
        keepdims=False,
        data_format="channels_last",
    )
    return _dense(graft, "summary", part(state, "output_projector"), pooled)


def of_fusion(graft: Graft, obj: Object, state: State, x: Ref, blocks: Blocks) -> Ref:
    """A FusionTransformer's summary of `x`: a recurrent template attends to what the blocks before make of the series."""
    template = _template(graft, obj, part(state, "template_net"), x)
    width = (template.shape or ())[-1]
    query = graft.layer(
        "keras.layers.Reshape", "template_as_series", template, (None, 1, width), target_shape=[1, width]
    )
    last = len(state.children["attention_blocks"].children) - 1
    for index in range(last):
        x = blocks(index, x, x)
    h = blocks(last, query, x)
    size = (h.shape or ())[-1]
    flat = graft.layer("keras.layers.Reshape", "template_flat", h, (None, size), target_shape=[size])
    return _dense(graft, "summary", part(state, "output_projector"), flat)


def _template(graft: Graft, obj: Object, state: State, x: Ref) -> Ref:
    kind = _kind(obj.get("template_type", "lstm"))
    size, dropout = int(obj.get("template_dim", 128)), float(obj.get("dropout", 0.05) or 0.0)
    if not obj.get("bidirectional", True):
        return graft.held(kind, "template", (x,), (None, size), state, units=size, dropout=dropout)
    return graft.both_ways(kind, "template", x, state, units=size // 2, dropout=dropout)


def _kind(name: Any) -> str:
    if str(name).lower() not in RECURRENT:
        reason = f"it is made of layers of the kind {name!r}"
        raise Refuse(reason)
    return RECURRENT[str(name).lower()]


def _dense(graft: Graft, name: str, state: State, x: Ref) -> Ref:
    return graft.dense(name, x, state.variables["0"], state.variables.get("1"))


def _with_time(graft: Graft, obj: Object, state: State, x: Ref, spread: bool) -> Ref:
    """The series with an embedding of its time behind each step."""
    width, axis = (x.shape or ())[-1] or 0, obj.get("time_axis")
    time = None
    if axis is not None:
        if not isinstance(axis, int) or not -width <= axis < width:
            reason = f"it takes its time from {axis!r}, which is no place in what it was built for"
            raise Refuse(reason)
        place = axis % width
        time = graft.dense("time", x, _picked(width, [place]), None)
        x = graft.dense("without_time", x, _picked(width, [each for each in range(width) if each != place]), None)
    kind = obj.get("time_embedding", "time2vec")
    if kind is None:
        return x
    inside = part(state, "time_embedding")
    time = time or _steps(graft, x, spread)
    if kind == "time2vec":
        found = [_linear(graft, "time_linear", time, inside, "0", "1")]
        waves = _linear(graft, "time_angle", time, inside, "2", "3")
        found.append(graft.layer(f"{OPS}.Sin", "time_periodic", waves, waves.shape or ()))
    else:
        size = int(obj.get("time_embed_dim", 8))
        cell = part(inside, "embedder")
        found = [
            graft.held(
                _kind(kind), "time_embedding", (time,), (None, None, size), cell, units=size, return_sequences=True
            )
        ]
    total = sum((each.shape or ())[-1] or 0 for each in (x, *found))
    return graft.layer("keras.layers.Concatenate", "series_and_time", [x, *found], (None, None, total), axis=-1)


def _linear(graft: Graft, name: str, time: Ref, state: State, factor: str, offset: str) -> Ref:
    """The time, of one feature, by each factor and with each offset."""
    factors = state.variables[factor]
    kernel = changed(factors, lambda array: array.reshape(1, -1), (1, factors.shape[0]), "the factors as a kernel")
    return graft.dense(name, time, kernel, state.variables[offset])


def _picked(width: int, places: list[int]) -> TensorSource:
    """A kernel that lets some features through."""
    import numpy as np

    return TensorSource(
        None,
        value=np.eye(width, dtype="float32")[:, places],
        what="picks features of the series",
        shape=(width, len(places)),
    )


def _steps(graft: Graft, x: Ref, spread: bool) -> Ref:
    """0, 1, ... for every step of the series; `spread`: the numbers from 0 to n, of which there are n."""
    import numpy as np

    width, shape = (x.shape or ())[-1] or 0, (None, None, 1)
    one = TensorSource(None, value=np.ones(1, "float32"), what="one for every step", shape=(1,))
    ones = graft.dense("time_ones", x, nothing(width, 1), one)
    counted = graft.layer(f"{OPS}.Cumsum", "time_count", ones, shape, axis=1, dtype=None)
    index = graft.layer("keras.layers.Rescaling", "time_index", counted, shape, scale=1.0, offset=-1.0)
    if not spread:
        return index
    total = graft.layer(
        "keras.layers.GlobalMaxPooling1D",
        "time_total",
        counted,
        (None, 1, 1),
        keepdims=True,
        data_format="channels_last",
    )
    # n - 1, and 1 for a series of a single step: relu(n - 2) + 1.
    fewer = graft.layer("keras.layers.Rescaling", "time_total_less_two", total, (None, 1, 1), scale=1.0, offset=-2.0)
    kept = graft.activation("time_total_kept", fewer, "relu")
    gaps = graft.layer("keras.layers.Rescaling", "time_gaps", kept, (None, 1, 1), scale=1.0, offset=1.0)
    far = graft.layer("keras.layers.Multiply", "time_far", [index, total], shape)
    return graft.held(f"{OPS}.Divide", "time_steps", (far, gaps), shape, None)


def later_series(obj: Object, log: Log, *, spread: bool) -> Object:
    """A transformer for series of 2.0.12 or 2.0.13, config and all, as a graph. Raises Refuse."""
    state = obj.states.get("", State())
    shape, dims, heads = (
        (obj.extra.get("build_config") or {}).get("input_shape"),
        obj.get("embed_dims"),
        obj.get("num_heads"),
    )
    found = members(state.children.get("attention_blocks", State()), "multi_head_attention")
    both = (dims, heads)
    known = all(isinstance(each, list) and len(each) == len(found) for each in both)
    known = known and all(isinstance(value, int) and value > 0 for each in both for value in each)
    if not known or not isinstance(shape, list) or len(shape) != 3:
        reason = "its attention is computed otherwise, and these parts are not those of an old one that kav takes apart"
        raise Refuse(reason, "keep the release that wrote it, or train it anew")
    graft = Graft(obj.own_name or "transformer")
    attentions = [Attention.of(graft, obj, int(heads[index]), int(dims[index])) for index in range(len(found))]

    def block(index: int, x: Ref, y: Ref) -> Ref:
        return attentions[index].block(f"block_{index}", found[index], x, y)

    start = graft.input("series", (None, None, shape[-1]))
    if obj.class_name == "FusionTransformer":
        out = of_fusion(graft, obj, state, start, block)
    else:
        out = of_series(graft, obj, state, start, block, spread=spread)
    log.announce(
        obj, "inference_only", "stands as a graph: it summarizes as before, and brings no loss of its own to training"
    )
    return graft.model([start], out)
