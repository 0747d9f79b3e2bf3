"""``MultiHeadAttention`` stores no input shapes, and its projections are saved under their public names."""

from typing import Any

from kerasarchive.migration import (
    Log,
    Migration,
    Object,
    Refuse,
    Release,
    RemoveKey,
    RenameAttribute,
    RewriteConfig,
    RewriteObject,
    unchanged,
)

CLS = "keras.layers.MultiHeadAttention"

READ_SINCE = Release("keras", "3.7.0")
SHAPES = ("query_shape", "key_shape", "value_shape")


def same(config: dict[str, Any]) -> dict[str, Any]:
    """the shapes of its inputs are not needed"""
    return config


def left_open(config: dict[str, Any]) -> dict[str, Any]:
    """the shapes of its inputs are left open: it is built when it is called"""
    return {**dict.fromkeys(SHAPES), **config}


def readable(obj: Object, log: Log) -> Object:
    """no release from 3.0 to 3.6 reads an output shape of its own back"""
    if obj.get("output_shape") and log.target is not None and log.target.library == "keras" and log.target < READ_SINCE:
        reason = "before Keras 3.7 an attention with an `output_shape` can be saved and not loaded"
        raise Refuse(reason, "name a target from 3.7 on")
    return obj


migration = Migration(
    library="keras",
    release="3.0.0",
    evidence="keras/src/layers/attention/multi_head_attention.py of 3.0.0: get_config, query_dense ... output_dense",
    operations=(
        *(RemoveKey(CLS, key) for key in SHAPES),
        RewriteConfig(CLS, same, back=left_open),
        RewriteObject(CLS, readable, back=unchanged),
        *(RenameAttribute(CLS, f"_{part}_dense", f"{part}_dense") for part in ("query", "key", "value", "output")),
    ),
)
