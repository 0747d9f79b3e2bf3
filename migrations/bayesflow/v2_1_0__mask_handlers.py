"""What a network leaves out in training is its mask handler's matter, and no longer three arguments of its own."""

from dataclasses import replace

from kerasarchive.migration import Log, Migration, Object, RewriteObject, new

NETWORKS = tuple(
    f"bayesflow.networks>{name}"
    for name in ("FlowMatching", "DiffusionModel", "ConsistencyModel", "StableConsistencyModel")
)
KEYS = ("fixed_target_prob", "missing_target_prob", "missing_conditions_prob")


def gather(obj: Object, log: Log) -> Object:
    """`fixed_target_prob` and its like are the mask handler's"""
    if not any(key in obj.config for key in KEYS) or "mask_handler" in obj.config:
        return obj
    given = {key: obj.config.get(key, 0.0) for key in KEYS}
    handler = replace(new("bayesflow.masking>MaskHandler", **given, seed=None), module="bayesflow.masking.mask_handler")
    config = {key: value for key, value in obj.config.items() if key not in KEYS}
    return obj.with_config({**config, "mask_handler": handler})


migration = Migration(
    library="bayesflow",
    release="2.1.0",
    evidence="bayesflow/masking/mask_handler.py, new in 2.1.0",
    operations=(RewriteObject(NETWORKS, gather, consequence="harmless"),),
    tells=True,
)
