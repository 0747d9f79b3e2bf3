"""``MultiHeadAttention`` stores no input shapes, and its projections are saved under their public names."""

from typing import Any

from kerasarchive.migration import Migration, RemoveKey, RenameAttribute, RewriteConfig

CLS = "keras.layers.MultiHeadAttention"

SHAPES = ("query_shape", "key_shape", "value_shape")


def same(config: dict[str, Any]) -> dict[str, Any]:
    """the shapes of its inputs are not needed"""
    return config


def left_open(config: dict[str, Any]) -> dict[str, Any]:
    """the shapes of its inputs are left open: it is built when it is called"""
    return {**dict.fromkeys(SHAPES), **config}


migration = Migration(
    library="keras",
    release="3.0.0",
    evidence="keras/src/layers/attention/multi_head_attention.py of 3.0.0: get_config, query_dense ... output_dense",
    operations=(
        *(RemoveKey(CLS, key) for key in SHAPES),
        RewriteConfig(CLS, same, back=left_open),
        *(RenameAttribute(CLS, f"_{part}_dense", f"{part}_dense") for part in ("query", "key", "value", "output")),
    ),
)
