"""Layers can be quantized: int8 from 3.2 on (3.1 could not load its own), float8 from 3.3 on."""

from typing import Any

from kerasarchive.migration import Migration, Refuse, RewriteConfig

LAYERS = tuple(f"keras.layers.{name}" for name in ("Dense", "EinsumDense", "Embedding"))


def same(config: dict[str, Any]) -> dict[str, Any]:
    """quantized layers are new"""
    return config


def refuse_quantized(config: dict[str, Any]) -> dict[str, Any]:
    """no layer is quantized"""
    policy = config.get("dtype")
    if isinstance(policy, str) and "_from_" in policy:
        reason = f"its dtype policy is {policy!r}, and no layer can be quantized before Keras 3.2"
        raise Refuse(reason, "name a target from 3.2 on, or save the model again before it is quantized")
    return config


migration = Migration(
    library="keras",
    release="3.2.0",
    evidence="keras/src/dtype_policies/dtype_policy.py of 3.0.5, 3.1.1 and 3.2.1; measured 3.15.1 -> 3.0.5 and 3.1.1",
    operations=(RewriteConfig(LAYERS, same, back=refuse_quantized),),
)
