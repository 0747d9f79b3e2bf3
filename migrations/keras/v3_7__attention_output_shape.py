"""``MultiHeadAttention`` is rebuilt with an ``output_shape``; before, its own archives failed on loading."""

from kerasarchive.migration import Log, Migration, Object, Refuse, RewriteObject, unchanged


def refuse_shape(obj: Object, log: Log) -> Object:
    """an attention with an output shape of its own could be saved, but not loaded"""
    if obj.get("output_shape") and not log.to_keras_2:
        reason = "before Keras 3.7 an attention with an `output_shape` can be saved and not loaded"
        raise Refuse(reason, "name a target from 3.7 on")
    return obj


migration = Migration(
    library="keras",
    release="3.7.0",
    evidence="keras/src/layers/attention/multi_head_attention.py of 3.6.0 (a tuple and a list are added) and 3.7.0",
    operations=(RewriteObject("keras.layers.MultiHeadAttention", unchanged, back=refuse_shape),),
)
