"""Layers spell their dtype policy as an object; until 3.3 as its name."""

from typing import Any

from kerasarchive.migration import Log, Migration, Object, RewriteObject, unchanged

PLAIN = ("keras.DTypePolicy", "keras.FloatDTypePolicy", "keras.dtype_policies.FloatDTypePolicy")
QUANTIZED = ("keras.dtype_policies.QuantizedDTypePolicy", "keras.dtype_policies.QuantizedFloat8DTypePolicy")


def by_name(obj: Object, log: Log) -> Any:
    """a dtype policy is spelled by its name"""
    if obj.class_name.startswith("Quantized"):
        mode, source = obj.get("mode"), obj.get("source_name")
        return f"{mode}_from_{source}" if isinstance(mode, str) and isinstance(source, str) else obj
    name = obj.get("name")
    return name if isinstance(name, str) else obj


migration = Migration(
    library="keras",
    release="3.4.0",
    evidence="keras/src/layers/layer.py of 3.3.3 and 3.4.0: get_config; measured 3.15.1 -> 3.0.5, where no object is taken",
    operations=(RewriteObject((*PLAIN, *QUANTIZED), unchanged, back=by_name),),
)
