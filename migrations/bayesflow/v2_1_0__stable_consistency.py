"""``StableConsistencyModel`` was rewritten: other noise, other weighting, other steps of sampling."""

from kerasarchive.migration import Log, Migration, Object, Refuse, RewriteObject


def refuse(obj: Object, log: Log) -> Object:
    """it samples by other steps, and draws its noise otherwise"""
    if "mask_handler" in obj.config:
        return obj
    log.did(obj, "it samples by other steps", "differs")
    reason = "it was rewritten: what it samples with these weights is something else"
    raise Refuse(reason, "sample with the release that wrote it, or train it anew")


migration = Migration(
    library="bayesflow",
    release="2.1.0",
    evidence="bayesflow/networks/inference/consistency/stable_consistency_model.py of 2.0.14 and 2.1.0",
    operations=(RewriteObject("bayesflow.networks>StableConsistencyModel", refuse),),
    tells=True,
)
