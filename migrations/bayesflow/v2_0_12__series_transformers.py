"""The transformers for series were rewritten: an old one becomes a graph of Keras's own layers that computes the same."""

from typing import Any

from kerasarchive.migration import (
    EarlyAttention,
    Graft,
    Log,
    Migration,
    Object,
    Ref,
    Refuse,
    RewriteObject,
    State,
    members,
    of_fusion,
    of_series,
)

SERIES, FUSION = (f"bayesflow.networks>{name}Transformer" for name in ("TimeSeries", "Fusion"))


def counts(heads: Any, blocks: int) -> bool:
    """Whether there is a number of heads for every block."""
    return isinstance(heads, (list, tuple)) and len(heads) == blocks and all(isinstance(each, int) for each in heads)


def graft(obj: Object, log: Log) -> Object:
    """the class was rewritten; a graph of Keras's own layers computes what it did"""
    if "glu_variant" in obj.config or "expansion_factor" in obj.config:
        return obj
    state = obj.states.get("", State())
    shape = (obj.extra.get("build_config") or {}).get("input_shape")
    found = members(state.children.get("attention_blocks", State()), "multi_head_attention")
    heads: Any = obj.get("num_heads", [4, 4])
    if not isinstance(shape, list) or len(shape) != 3 or not found or not counts(heads, len(found)):
        reason = "the class was rewritten, and these parts are not those of an old one that kav takes apart"
        raise Refuse(reason, "keep the release that wrote it, or train it anew")
    made = Graft(obj.own_name or "transformer")
    attention = EarlyAttention.of(made, obj)

    def block(index: int, x: Ref, y: Ref) -> Ref:
        return attention.block(f"block_{index}", found[index], x, y, int(heads[index]))

    start = made.input("series", (None, None, shape[-1]))
    if obj.key == SERIES:
        out = of_series(made, obj, state, start, block, spread=True)
    else:
        out = of_fusion(made, obj, state, start, block)
    log.announce(
        obj, "inference_only", "stands as a graph: it summarizes as before, and brings no loss of its own to training"
    )
    return made.model([start], out)


migration = Migration(
    library="bayesflow",
    release="2.0.12",
    evidence="bayesflow/networks/transformers of 2.0.8, .../summary/transformers of 2.0.11 and 2.0.12",
    operations=(RewriteObject((SERIES, FUSION), graft),),
    tells=True,
)
