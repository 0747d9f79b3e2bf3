"""Initializers take no ``dtype``: they did in tf.keras of TensorFlow 1, as an argument beside the one of the call."""

from kerasarchive.migration import Migration, RemoveKey

migration = Migration(
    library="keras",
    release="2.4.0",
    evidence="tensorflow/python/ops/init_ops.py and init_ops_v2.py of TensorFlow 1.15 and 2.0: get_config",
    operations=(RemoveKey("keras.initializers.*", "dtype"),),
)
