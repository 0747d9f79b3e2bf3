"""The attention of ``DeepSet`` and ``SetTransformer`` is computed otherwise: an old one becomes a graph of Keras's layers."""

from typing import Any

from kerasarchive.migration import (
    Attention,
    Graft,
    Log,
    Migration,
    Object,
    Ref,
    Refuse,
    RewriteObject,
    State,
    later_blocks,
    members,
    nothing,
)
from kerasarchive.migration import part as part_of

POOLING = {"mean": "keras.layers.GlobalAveragePooling1D", "max": "keras.layers.GlobalMaxPooling1D"}
ADVICE = "keep the release that wrote it, or train it anew"


def start(obj: Object) -> tuple[Graft, Ref]:
    """A graph whose input is a set of vectors. Raises Refuse."""
    shape = (obj.extra.get("build_config") or {}).get("input_shape")
    if not isinstance(shape, list) or len(shape) != 3:
        reason = "it does not say that it was built for sets of vectors, for which alone kav can take it apart"
        raise Refuse(reason, ADVICE)
    graft = Graft(obj.own_name or "summary")
    return graft, graft.input("set", (None, None, shape[-1]))


def mlp(attention: Attention, obj: Object, name: str, state: State, x: Ref) -> Ref:
    """A residual MLP."""
    return later_blocks(attention.graft, state, x, obj.get("activation"), attention.dropout, name)


def equivariant(attention: Attention, obj: Object, name: str, state: State, x: Ref) -> Ref:
    """Every member of the set, with what is known of the others."""
    graft = attention.graft
    x = attention.dense(f"{name}_input", state, "input_projector", x)
    h = attention.norm(f"{name}_norm", state, "ln", x)
    inside = part_of(state, "invariant_module")
    width = (x.shape or ())[-1] or 0
    s = attention.norm(f"{name}_norm_inner", inside, "ln_inner", h)
    s = mlp(attention, obj, f"{name}_inner", part_of(inside, "inner_fc"), s)
    pool = POOLING[str(obj.get("inner_pooling", "mean"))]
    s = graft.layer(pool, f"{name}_pooling", s, (None, 1, width), keepdims=True, data_format="channels_last")
    s = attention.norm(f"{name}_norm_outer", inside, "ln_outer", s)
    s = mlp(attention, obj, f"{name}_outer", part_of(inside, "outer_fc"), s)
    # One summary for every member: nothing of each member, and the summary added to it.
    s = graft.add(f"{name}_for_each", graft.dense(f"{name}_nothing", h, nothing(width, width), None), s)
    joined = graft.layer("keras.layers.Concatenate", f"{name}_joined", [h, s], (None, None, 2 * width), axis=-1)
    joined = attention.norm(f"{name}_norm_joined", state, "ln_fc", joined)
    return graft.add(f"{name}_sum", x, mlp(attention, obj, f"{name}_mlp", part_of(state, "equivariant_fc"), joined))


def pooled(attention: Attention, obj: Object, state: State, inputs: Ref, x: Ref, log: Log) -> Object:
    """The graph from its input to the summary."""
    x = attention.pooling("pooling", part_of(state, "pooling_by_attention"), x)
    out = attention.dense("summary", state, "output_projector", x)
    log.announce(
        obj, "inference_only", "stands as a graph: it summarizes as before, and brings no loss of its own to training"
    )
    return attention.graft.model([inputs], out)


def deep_set(obj: Object, log: Log) -> Object:
    """its attention is computed otherwise; a graph of Keras's own layers computes what it did"""
    state = obj.states.get("", State())
    pooling = state.children.get("pooling_by_attention")
    if pooling is None or "1" in pooling.variables:
        return obj
    if not isinstance(obj.get("activation"), str) or str(obj.get("inner_pooling", "mean")) not in POOLING:
        reason = "its activation or its pooling is one that kav does not take apart"
        raise Refuse(reason, ADVICE)
    graft, x = start(obj)
    attention = Attention.of(graft, obj, int(obj.get("num_heads", 4)), widths(pooling))
    inputs = x
    for index, each in enumerate(members(state.children.get("equivariant_modules", State()), "equivariant_layer")):
        x = equivariant(attention, obj, f"layer_{index}", each, x)
    return pooled(attention, obj, state, inputs, x, log)


def widths(pooling: State) -> int:
    """How wide the attention is."""
    return int(part_of(pooling, "mab/input_projector").variables["0"].shape[-1])


def set_transformer(obj: Object, log: Log) -> Object:
    """its attention is computed otherwise; a graph of Keras's own layers computes what it did"""
    state = obj.states.get("", State())
    pooling = state.children.get("pooling_by_attention")
    if pooling is None or "1" in pooling.variables or "gate_attention" in obj.config:
        return obj
    dims, heads = obj.get("embed_dims"), obj.get("num_heads")
    blocks = state.children.get("attention_blocks", State())
    plain, induced = members(blocks, "set_attention"), members(blocks, "induced_set_attention")
    found = plain or induced
    if not isinstance(dims, list) or not isinstance(heads, list) or len(found) != len(dims) or (plain and induced):
        reason = "its parts are not those of a SetTransformer that kav knows"
        raise Refuse(reason, ADVICE)
    graft, x = start(obj)
    inputs = x
    for index, each in enumerate(found):
        attention = Attention.of(graft, obj, int(heads[index]), int(dims[index]))
        name = f"block_{index}"
        if plain:
            inner: Any = each if "input_projector" in each.children else part_of(each, "mab")
            x = attention.block(name, inner, x, x)
            continue
        first, second = part_of(each, "mab0"), part_of(each, "mab1")
        points = attention.constant(f"{name}_points", x, each.variables["0"], part_of(first, "input_projector"))
        x = attention.block(
            f"{name}_outer", second, x, attention.block(f"{name}_inner", first, points, x, projected=True)
        )
    last = Attention.of(graft, obj, int(heads[-1]), widths(pooling))
    return pooled(last, obj, state, inputs, x, log)


migration = Migration(
    library="bayesflow",
    release="2.0.14",
    evidence="bayesflow/networks/summary/transformers/attention of 2.0.13 and 2.0.14",
    operations=(
        RewriteObject("bayesflow.networks>DeepSet", deep_set, consequence="fails"),
        RewriteObject("bayesflow.networks>SetTransformer", set_transformer, consequence="fails"),
    ),
    tells=True,
)
