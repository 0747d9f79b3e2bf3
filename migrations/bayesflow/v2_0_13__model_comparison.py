"""``ModelComparisonApproximator`` holds a scoring rule network in place of a classifier, and its adapter other keys."""

from kerasarchive.migration import Log, Migration, Object, Refuse, RewriteObject


def refuse(obj: Object, log: Log) -> Object:
    """its classifier became a scoring rule network"""
    if "classifier_network" not in obj.config:
        return obj
    reason = "its classifier has no place in the class of today"
    raise Refuse(reason, "keep the release that wrote it, or train it anew")


migration = Migration(
    library="bayesflow",
    release="2.0.13",
    evidence="bayesflow/approximators/model_comparison_approximator.py of 2.0.12 and 2.0.13",
    operations=(RewriteObject("bayesflow.approximators>ModelComparisonApproximator", refuse),),
    tells=True,
)
