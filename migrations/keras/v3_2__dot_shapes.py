"""``Dot`` is built from shapes that are lists, as archives have them; before, its own archives failed on loading."""

from dataclasses import replace

from kerasarchive.migration import Log, Migration, Object, RewriteObject, unchanged


def built_by_call(obj: Object, log: Log) -> Object:
    """a Dot is built when it is called, not from the shapes in the archive"""
    if "build_config" not in obj.extra:
        return obj
    return replace(obj, extra={key: value for key, value in obj.extra.items() if key != "build_config"})


migration = Migration(
    library="keras",
    release="3.2.0",
    evidence="keras/src/layers/merging/dot.py of 3.1.1 (build wants tuples) and 3.2.0; measured 3.15.1 -> 3.0.5, 3.1.1, 3.2.1",
    operations=(RewriteObject("keras.layers.Dot", unchanged, back=built_by_call),),
)
