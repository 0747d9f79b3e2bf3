"""``EnsembleApproximator`` calls its ``approximators`` ``estimators``."""

from dataclasses import replace

from kerasarchive.migration import Log, Migration, Object, RewriteObject


def rename(obj: Object, log: Log) -> Object:
    """`approximators` is spelled `estimators`; their weights stay where they are"""
    if "approximators" not in obj.config:
        return obj
    config = {"estimators" if key == "approximators" else key: value for key, value in obj.config.items()}
    hung = {
        ("estimators", *path[1:]) if path[0] == "approximators" else path: place for path, place in obj.hung.items()
    }
    return replace(obj, config=config, hung=hung)


migration = Migration(
    library="bayesflow",
    release="2.1.0",
    evidence="bayesflow/approximators/ensemble_approximator.py of 2.0.14 and 2.1.0",
    operations=(RewriteObject("bayesflow.approximators>EnsembleApproximator", rename, consequence="harmless"),),
    tells=True,
)
