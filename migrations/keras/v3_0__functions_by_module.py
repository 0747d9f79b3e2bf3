"""A function of Keras's own is serialized as one of ``builtins``; tf.keras 2.12 named the module that exports it."""

from dataclasses import replace

from kerasarchive.migration import Log, Migration, Object, RewriteModel, transform, unchanged


def among_builtins(model: Object, log: Log) -> Object:
    """functions of Keras itself are found by name"""

    def renamed(obj: Object) -> Object:
        own = obj.class_name == "function" and (obj.module or "").startswith("keras.") and isinstance(obj.config, str)
        return replace(obj, module="builtins") if own else obj

    return transform(model, renamed)


migration = Migration(
    library="keras",
    release="3.0.0",
    evidence="keras/saving/serialization_lib.py of 2.12.0 and 3.15.1: a function of keras.losses is refused",
    operations=(RewriteModel(among_builtins, back=unchanged),),
)
