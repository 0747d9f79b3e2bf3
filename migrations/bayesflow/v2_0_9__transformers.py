"""The transformers for series and for several sources were rewritten: no class computes what they did any more."""

from kerasarchive.migration import Log, Migration, Object, Refuse, RewriteObject

TRANSFORMERS = tuple(f"bayesflow.networks>{name}Transformer" for name in ("TimeSeries", "Fusion"))


def refuse(obj: Object, log: Log) -> Object:
    """it was rewritten, and the weights no longer fit"""
    reason = "the class was rewritten: its weights of before have no place in it"
    raise Refuse(reason, "keep the release that wrote it, or train it anew")


migration = Migration(
    library="bayesflow",
    release="2.0.9",
    evidence="bayesflow/networks/summary of 2.0.9; bayesflow/networks/time_series_network of 2.0.8",
    operations=(RewriteObject(TRANSFORMERS, refuse),),
)
