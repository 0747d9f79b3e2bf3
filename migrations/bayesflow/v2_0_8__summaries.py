"""``summarize()`` standardizes what it is given, as sampling did before: it gives other summaries, the posterior stays."""

from kerasarchive.migration import Log, Migration, Object, RewriteObject


def announce(obj: Object, log: Log) -> Object:
    """`summarize()` standardizes what it is given"""
    standardized = obj.get("standardize")
    concerned = standardized == "all" or (isinstance(standardized, list) and "summary_variables" in standardized)
    if concerned and isinstance(obj.get("summary_network"), Object):
        log.announce(
            obj, "inference_only", "`summarize()` standardizes its input from 2.0.8 on; samples and densities stay"
        )
    return obj


migration = Migration(
    library="bayesflow",
    release="2.0.8",
    evidence="bayesflow/approximators/continuous_approximator.py of 2.0.7 and 2.0.8: `summarize` calls `_prepare_data`",
    operations=(RewriteObject("bayesflow.approximators>ContinuousApproximator", announce),),
    tells=True,
)
