"""Keras 3 has activations that tf.keras does not know."""

from kerasarchive.migration import Log, Migration, Object, Refuse, RewriteObject, unchanged

NEW = frozenset({
    "celu", "glu", "hard_shrink", "hard_silu", "hard_swish", "hard_tanh", "log_sigmoid", "soft_shrink", "sparse_plus",
    "sparse_sigmoid", "sparsemax", "squareplus", "tanh_shrink", "threshold",
})  # fmt: skip
"""Names of 3.15.1 for which ``Dense.from_config`` of 2.15.0 raises; it takes leaky_relu, log_softmax, relu6 and silu."""


def known(obj: Object, log: Log) -> Object:
    """every activation is one that tf.keras has"""
    for key, value in obj.config.items():
        name = value.config if isinstance(value, Object) and value.class_name == "function" else value
        if key.endswith("activation") and isinstance(name, str) and name in NEW:
            reason = f"its `{key}` is {name!r}, which tf.keras does not have"
            raise Refuse(reason, "no layer of tf.keras computes it: stay with Keras 3")
    return obj


migration = Migration(
    library="keras",
    release="3.0.0",
    evidence="keras/src/activations/__init__.py of 3.15.1; keras/src/activations.py of 2.15.0",
    operations=(RewriteObject("keras.layers.*", unchanged, consequence="harmless", back=known),),
)
