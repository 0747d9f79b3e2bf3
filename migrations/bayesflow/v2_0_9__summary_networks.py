"""Transformers and ``TimeSeriesNetwork`` were rewritten: what they computed before no class computes any more."""

from kerasarchive.migration import Log, Migration, Object, Refuse, RewriteObject

TRANSFORMERS = tuple(f"bayesflow.networks>{name}Transformer" for name in ("Set", "TimeSeries", "Fusion"))
RECURRENT = "bayesflow.networks>TimeSeriesNetwork"


def refuse(obj: Object, log: Log) -> Object:
    """it was rewritten, and the weights no longer fit"""
    reason = "the class was rewritten: its weights of before have no place in it"
    raise Refuse(reason, "keep the release that wrote it, or train it anew")


migration = Migration(
    library="bayesflow",
    release="2.0.9",
    evidence="bayesflow/networks/summary of 2.0.9; bayesflow/networks/time_series_network of 2.0.8",
    operations=(RewriteObject((*TRANSFORMERS, RECURRENT), refuse),),
)
