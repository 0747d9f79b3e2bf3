"""The attention blocks of the transformers for series are called by another name: ``MultiHeadAttention``."""

from dataclasses import replace

from kerasarchive.migration import Migration, Object, State, TransformTensor

TRANSFORMERS = tuple(f"bayesflow.networks>{name}Transformer" for name in ("TimeSeries", "Fusion"))
BLOCK = "multi_head_attention_block"


def rename(obj: Object, state: State) -> State:
    """its blocks lie under `multi_head_attention`, no longer `multi_head_attention_block`"""
    blocks = state.children.get("attention_blocks")
    if blocks is None or not any(name.startswith(BLOCK) for name in blocks.children):
        return state
    children = {name.replace(BLOCK, "multi_head_attention", 1): child for name, child in blocks.children.items()}
    return state.with_child("attention_blocks", replace(blocks, children=children))


migration = Migration(
    library="bayesflow",
    release="2.0.9",
    evidence="bayesflow/networks/transformers/mab.py of 2.0.8; .../summary/transformers/attention of 2.0.9",
    operations=(TransformTensor(TRANSFORMERS, rename),),
    tells=True,
)
