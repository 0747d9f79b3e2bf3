"""``BatchNormalization`` takes a single axis as a number, and neither virtual batches nor renormalization."""

from typing import Any

from kerasarchive.migration import Migration, Refuse, RemoveKey, ReplaceClass, RewriteConfig

CLS = "keras.layers.BatchNormalization"
SYNC = "keras.layers.experimental.SyncBatchNormalization"


def single_axis(config: dict[str, Any]) -> dict[str, Any]:
    """`axis` was written as a list and is a number now."""
    axis = config.get("axis")
    if not isinstance(axis, list):
        return config
    if len(axis) != 1:
        reason = f"`axis` is {axis}: several axes at once are no longer supported"
        raise Refuse(reason, "reshape around the layer so that one axis is normalized")
    return config | {"axis": axis[0]}


def as_it_is(config: dict[str, Any]) -> dict[str, Any]:
    """either release takes a number"""
    return config


def synchronized(config: dict[str, Any]) -> dict[str, Any]:
    """A BatchNormalization with `synchronized=True` is the same layer."""
    return config | {"synchronized": True}


RENORM = "renormalization was removed in Keras 3.0 (3.14 has it again, in another form): load and save without it"

migration = Migration(
    library="keras",
    release="3.0.0",
    evidence="https://github.com/keras-team/keras/issues/19063",
    operations=(
        ReplaceClass(SYNC, CLS, synchronized),
        RewriteConfig(CLS, single_axis, back=as_it_is),
        RemoveKey(CLS, "virtual_batch_size", default=None, advice="virtual batches were removed in Keras 3.0"),
        RemoveKey(CLS, "adjustment", default=None),
        RemoveKey(CLS, "fused"),
        RemoveKey(CLS, "renorm", default=False, advice=RENORM),
        RemoveKey(CLS, "renorm_clipping", default=None, also=({},), advice=RENORM),
        RemoveKey(CLS, "renorm_momentum"),
    ),
)
