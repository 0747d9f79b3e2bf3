"""Every operation takes a ``name``: before, those with arguments of their own were named anew on loading."""

import re

from kerasarchive.migration import Log, Migration, Object, RewriteObject, unchanged

MODULES = ("numpy", "core", "nn", "math", "image", "linalg")


def own_name(obj: Object, log: Log) -> Object:
    """an operation that bears a name of its own in the graph keeps it"""
    if obj.nodes is None or not obj.name or not isinstance(obj.config, dict) or "name" in obj.config:
        return obj
    words = re.sub("([a-z])([A-Z])", r"\1_\2", obj.class_name).lower()
    if re.fullmatch(rf"{re.escape(words)}(_\d+)?", obj.name):
        # A name that Keras gives by itself.
        return obj
    return obj.with_config({"name": obj.name} | obj.config)


migration = Migration(
    library="keras",
    release="3.11.0",
    evidence="keras/src/ops/numpy.py of 3.10.0 and 3.11.0: Mean.__init__",
    operations=(
        RewriteObject(
            tuple(f"keras.src.ops.{name}.*" for name in MODULES), own_name, consequence="harmless", back=unchanged
        ),
    ),
)
