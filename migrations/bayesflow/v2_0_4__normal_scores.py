"""A ``MultivariateNormalScore`` estimates a Cholesky factor of the precision, no longer the covariance itself."""

from kerasarchive.migration import Log, Migration, Object, RewriteModel, descend

SCORES = ("bayesflow.scores>MultivariateNormalScore", "bayesflow.scoring_rules>MvNormalScore")


def refuse(model: Object, log: Log) -> Object:
    """its head for the covariance has no place any more"""
    for obj in descend(model):
        links = obj.get("links") if obj.key in SCORES else None
        if isinstance(links, dict) and "covariance" in links:
            reason = "it estimates a covariance, of which its class makes a Cholesky factor of the precision now"
            log.refuse(obj, reason, "keep the release that wrote it, or train it anew")
    return model


migration = Migration(
    library="bayesflow",
    release="2.0.4",
    evidence="bayesflow/scores/multivariate_normal_score.py of 2.0.3 and 2.0.4",
    operations=(RewriteModel(refuse),),
    tells=True,
)
