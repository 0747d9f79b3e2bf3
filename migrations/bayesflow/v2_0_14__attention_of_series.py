"""Attention blocks of the transformers for series and sources have gates, a summary token, and no needless projections."""

from kerasarchive.migration import Log, Migration, Object, Refuse, RewriteObject

NETWORKS = ("bayesflow.networks>TimeSeriesTransformer", "bayesflow.networks>FusionTransformer")


def refuse(obj: Object, log: Log) -> Object:
    """its attention was made otherwise"""
    if "gate_attention" in obj.config:
        return obj
    reason = "its attention is computed otherwise: the weights of before have no place in it"
    raise Refuse(reason, "keep the release that wrote it, or train it anew")


migration = Migration(
    library="bayesflow",
    release="2.0.14",
    evidence="bayesflow/networks/summary/transformers/attention of 2.0.13 and 2.0.14",
    operations=(RewriteObject(NETWORKS, refuse),),
    tells=True,
)
