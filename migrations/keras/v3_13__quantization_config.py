"""Quantized layers say how they were quantized; before, there was one way for each dtype policy."""

from typing import Any

from kerasarchive.migration import Log, Migration, Object, Refuse, RewriteObject, unchanged

LAYERS = ("Dense", "EinsumDense", "Embedding", "ReversibleEmbedding")
KINDS = ("Int8QuantizationConfig", "Float8QuantizationConfig")
USUAL = {"value_range": [-127, 127], "epsilon": 1e-07, "output_dtype": "int8"}


def only_way(obj: Object, log: Log) -> Object:
    """there is one way to quantize for each dtype policy"""
    if not isinstance(obj.config, dict) or "quantization_config" not in obj.config:
        return obj
    given = obj.get("quantization_config")
    if given is not None and not (isinstance(given, Object) and given.class_name in KINDS and _usual(given)):
        reason = "it is quantized in a way of its own, which no release before Keras 3.13 can express"
        raise Refuse(reason, "name a target from 3.13 on")
    return obj.with_config({key: value for key, value in obj.config.items() if key != "quantization_config"})


def _usual(config: Object) -> bool:
    quantizers = (config.get("weight_quantizer"), config.get("activation_quantizer"))
    return all(one is None or (isinstance(one, Object) and _same(one)) for one in quantizers)


def _same(quantizer: Object) -> bool:
    known: dict[str, Any] = {key: value for key, value in dict(quantizer.config).items() if key not in ("axis", "name")}
    return quantizer.class_name == "AbsMaxQuantizer" and USUAL | known == USUAL


migration = Migration(
    library="keras",
    release="3.13.0",
    evidence="keras/src/layers/core/dense.py of 3.12.4 (quantize) and 3.13.0; keras/src/quantizers/quantization_config.py",
    operations=(RewriteObject(tuple(f"keras.layers.{name}" for name in LAYERS), unchanged, back=only_way),),
)
