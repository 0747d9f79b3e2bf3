"""Inference networks drop no conditions or targets in training: ``drop_cond_prob`` and ``drop_target_prob`` are gone."""

from kerasarchive.migration import Log, Migration, Object, RewriteObject

NETWORKS = tuple(
    f"bayesflow.networks>{name}"
    for name in ("FlowMatching", "DiffusionModel", "ConsistencyModel", "StableConsistencyModel")
)
GONE = ("drop_cond_prob", "drop_target_prob")


def drop(obj: Object, log: Log) -> Object:
    """`drop_cond_prob` and `drop_target_prob` are gone, which matter in training alone"""
    if not any(key in obj.config for key in GONE):
        return obj
    if any(obj.config.get(key) for key in GONE):
        log.announce(obj, "training_semantics", "conditions and targets are no longer dropped in training")
    return obj.with_config({key: value for key, value in obj.config.items() if key not in GONE})


migration = Migration(
    library="bayesflow",
    release="2.0.13",
    evidence="bayesflow/networks/inference/flow_matching/flow_matching.py of 2.0.12 and 2.0.13",
    operations=(RewriteObject(NETWORKS, drop, consequence="harmless"),),
    tells=True,
)
