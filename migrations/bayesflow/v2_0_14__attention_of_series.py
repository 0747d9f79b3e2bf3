"""Attention blocks of the transformers for series have gates, a summary token, and no needless projections."""

from kerasarchive.migration import Log, Migration, Object, RewriteObject, later_series

NETWORKS = ("bayesflow.networks>TimeSeriesTransformer", "bayesflow.networks>FusionTransformer")


def graft(obj: Object, log: Log) -> Object:
    """its attention was made otherwise; a graph of Keras's own layers computes what it did"""
    return obj if "gate_attention" in obj.config else later_series(obj, log, spread=False)


migration = Migration(
    library="bayesflow",
    release="2.0.14",
    evidence="bayesflow/networks/summary/transformers/attention of 2.0.13 and 2.0.14",
    operations=(RewriteObject(NETWORKS, graft),),
    tells=True,
)
