"""``SetTransformer`` was rewritten: an old one becomes a graph of Keras's own layers that computes the same.

Old: a block adds attention to a projection of its queries, normalizes, adds an MLP's projection, and normalizes again.
"""

from typing import Any

from kerasarchive.migration import (
    Attention,
    EarlyAttention,
    Graft,
    Log,
    Migration,
    Object,
    Refuse,
    RewriteObject,
    State,
    members,
)
from kerasarchive.migration import part as part_of

ADVICE = "keep the release that wrote it, or train it anew"


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
    counted = isinstance(heads, (list, tuple)) and all(isinstance(each, int) for each in heads)
    if (
        not isinstance(shape, list)
        or len(shape) != 3
        or not found
        or not counted
        or len(found) != len(heads)
        or plain
        and induced
    ):
        reason = "the class was rewritten, and these parts are not those of an old one that kav takes apart"
        raise Refuse(reason, ADVICE)
    made = Graft(obj.own_name or "set_transformer")
    attention = EarlyAttention.of(made, obj)
    start = x = made.input("set", (None, None, shape[-1]))
    for index, each in enumerate(found):
        name, count = f"block_{index}", int(heads[index])
        if plain:
            x = attention.block(name, each, x, x, count)
            continue
        points = Attention.vectors(made, f"{name}_points", x, each.variables["0"])
        h = attention.block(f"{name}_inner", part_of(each, "mab0"), points, x, count)
        x = attention.block(f"{name}_outer", part_of(each, "mab1"), x, h, count)
    pooling = part_of(state, "pooling_by_attention")
    refined = attention.mlp("pooling_refined", part_of(pooling, "feedforward"), x)
    seeds = Attention.vectors(made, "pooling_seeds", x, pooling.variables["0"])
    h = attention.block("pooling_mab", part_of(pooling, "mab"), seeds, refined, int(heads[-1]))
    size = (pooling.variables["0"].shape[0]) * ((h.shape or ())[-1] or 0)
    flat = made.layer("keras.layers.Reshape", "pooling_flat", h, (None, size), target_shape=[size])
    log.announce(
        obj, "inference_only", "stands as a graph: it summarizes as before, and brings no loss of its own to training"
    )
    return made.model([start], attention.dense("summary", state, "output_projector", flat))


migration = Migration(
    library="bayesflow",
    release="2.0.12",
    evidence="bayesflow/networks/transformers/set_transformer.py of 2.0.8, .../summary/transformers of 2.0.11 and 2.0.12",
    operations=(RewriteObject("bayesflow.networks>SetTransformer", graft),),
    tells=True,
)
