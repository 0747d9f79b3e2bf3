"""The operation ``BatchNorm`` can be called; before, a graph that had one could not be run."""

from kerasarchive.migration import Log, Migration, Object, Refuse, RewriteObject, unchanged


def refuse_call(obj: Object, log: Log) -> Object:
    """the operation cannot be called"""
    reason = "before Keras 3.11 `keras.ops.batch_normalization` cannot be called in a graph"
    raise Refuse(reason, "name a target from 3.11 on, or use a BatchNormalization layer")


migration = Migration(
    library="keras",
    release="3.11.0",
    evidence="keras/src/ops/nn.py of 3.10.0 (BatchNorm has no `call`) and 3.11.0",
    operations=(RewriteObject("keras.src.ops.nn.BatchNorm", unchanged, back=refuse_call),),
)
