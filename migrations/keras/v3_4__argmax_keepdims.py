"""``Argmax`` and ``Argmin`` keep their dimension; under TensorFlow the releases before failed where they were to."""

from kerasarchive.migration import Log, Migration, Object, Refuse, RewriteObject, unchanged


def refuse_keepdims(obj: Object, log: Log) -> Object:
    """argmax cannot keep its dimension"""
    if obj.get("keepdims"):
        reason = "before Keras 3.4 it fails where it is to keep its dimension"
        raise Refuse(reason, "name a target from 3.4 on")
    return obj


migration = Migration(
    library="keras",
    release="3.4.0",
    evidence="keras/src/backend/tensorflow/numpy.py of 3.3.3 (`tf.shape[i]`) and 3.4.0: _keepdims",
    operations=(
        RewriteObject(tuple(f"keras.src.ops.numpy.{name}" for name in ("Argmax", "Argmin")), unchanged, back=refuse_keepdims),
    ),
)
