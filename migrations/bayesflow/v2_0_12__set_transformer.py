"""``SetTransformer`` was rewritten: an old one becomes a graph of Keras's own layers that computes the same.

Old: a block adds attention to a projection of its queries, normalizes, adds an MLP's projection, and normalizes again.
"""

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
    dense_blocks,
    members,
)
from kerasarchive.migration import part as part_of

ADVICE = "keep the release that wrote it, or train it anew"


def dense(graft: Graft, name: str, state: State, place: str, x: Ref) -> Ref:
    """A dense layer."""
    variables = part_of(state, place).variables
    return graft.dense(name, x, variables["0"], variables.get("1"))


def norm(graft: Graft, name: str, state: State, place: str, x: Ref) -> Ref:
    """Layer normalization; `x` itself where there is none."""
    if place not in state.children:
        return x
    weights = list(state.children[place].variables.values())
    return graft.layer("keras.layers.LayerNormalization", name, x, x.shape or (), weights, axis=-1, epsilon=1e-3)


def mlp(graft: Graft, obj: Object, name: str, state: State, x: Ref) -> Ref:
    """A residual MLP of up to 2.0.10."""
    activation = obj.get("mlp_activation", "gelu")
    if "layers" not in state.children or not isinstance(activation, str):
        reason = "its MLPs are laid out otherwise, or their activation is an object"
        raise Refuse(reason, ADVICE)
    return dense_blocks(graft, state.children["layers"], x, activation, obj.get("dropout", 0.05), None, f"{name}_")


def block(graft: Graft, obj: Object, name: str, state: State, x: Ref, y: Ref, heads: int) -> Ref:
    """Queries `x` attend to `y`."""
    attention = part_of(state, "attention")
    width = int(part_of(attention, "output_dense").variables["0"].shape[-1])
    projected = dense(graft, f"{name}_projector", state, "input_projector", x)
    attended = graft.held(
        "keras.layers.MultiHeadAttention", f"{name}_attention", (x, y), projected.shape or (), attention,
        num_heads=heads, key_dim=width, dropout=float(obj.get("dropout", 0.05) or 0.0),
        use_bias=bool(obj.get("use_bias", True)), output_shape=[width],
    )  # fmt: skip
    h = norm(graft, f"{name}_norm_before", state, "ln_pre", graft.add(f"{name}_attended", projected, attended))
    beside = mlp(graft, obj, f"{name}_mlp", part_of(state, "mlp"), h)
    out = graft.add(f"{name}_sum", h, dense(graft, f"{name}_output", state, "output_projector", beside))
    return norm(graft, f"{name}_norm_after", state, "ln_post", out)


def graft(obj: Object, log: Log) -> Object:
    """the class was rewritten; a graph of Keras's own layers computes what it did"""
    state = obj.states.get("", State())
    if "glu_variant" in obj.config or "expansion_factor" in obj.config:
        return obj
    shape = (obj.extra.get("build_config") or {}).get("input_shape")
    blocks = state.children.get("attention_blocks", State()).children.get("layers", State())
    plain, induced = members(blocks, "set_attention_block"), members(blocks, "induced_set_attention_block")
    heads: Any = obj.get("num_heads", [4, 4])
    found = plain or induced
    if not isinstance(shape, list) or len(shape) != 3 or not found or len(found) != len(heads) or plain and induced:
        reason = "the class was rewritten, and these parts are not those of an old one that kav takes apart"
        raise Refuse(reason, ADVICE)
    made = Graft(obj.own_name or "set_transformer")
    start = x = made.input("set", (None, None, shape[-1]))
    for index, each in enumerate(found):
        name, count = f"block_{index}", int(heads[index])
        if plain:
            x = block(made, obj, name, each, x, x, count)
            continue
        points = Attention.vectors(made, f"{name}_points", x, each.variables["0"])
        h = block(made, obj, f"{name}_inner", part_of(each, "mab0"), points, x, count)
        x = block(made, obj, f"{name}_outer", part_of(each, "mab1"), x, h, count)
    pooling = part_of(state, "pooling_by_attention")
    refined = mlp(made, obj, "pooling_refined", part_of(pooling, "feedforward"), x)
    seeds = Attention.vectors(made, "pooling_seeds", x, pooling.variables["0"])
    h = block(made, obj, "pooling_mab", part_of(pooling, "mab"), seeds, refined, int(heads[-1]))
    size = (pooling.variables["0"].shape[0]) * ((h.shape or ())[-1] or 0)
    flat = made.layer("keras.layers.Reshape", "pooling_flat", h, (None, size), target_shape=[size])
    log.announce(
        obj, "inference_only", "stands as a graph: it summarizes as before, and brings no loss of its own to training"
    )
    return made.model([start], dense(made, "summary", state, "output_projector", flat))


migration = Migration(
    library="bayesflow",
    release="2.0.12",
    evidence="bayesflow/networks/transformers/set_transformer.py of 2.0.8, .../summary/transformers of 2.0.11 and 2.0.12",
    operations=(RewriteObject("bayesflow.networks>SetTransformer", graft),),
    tells=True,
)
