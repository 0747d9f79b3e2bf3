"""A ``TimeSeriesTransformer`` counts its steps 0, 1, ... n - 1, no longer evenly from 0 to n: it would summarize otherwise.

Only where no feature of the series is its time (`time_axis`). The weights fit, so that nothing fails.
"""

from kerasarchive.migration import Log, Migration, Object, RewriteObject, later_series


def graft(obj: Object, log: Log) -> Object:
    """its steps are counted otherwise; a graph of Keras's own layers counts and computes as before"""
    if (
        obj.get("time_axis") is not None
        or obj.get("time_embedding", "time2vec") is None
        or "gate_attention" in obj.config
    ):
        return obj
    return later_series(obj, log, spread=True)


migration = Migration(
    library="bayesflow",
    release="2.0.13",
    evidence="bayesflow/networks/helpers/embeddings/time2vec.py of 2.0.13: `arange`; of 2.0.12: `linspace(0, n, n)`",
    operations=(RewriteObject("bayesflow.networks>TimeSeriesTransformer", graft, consequence="differs"),),
)
