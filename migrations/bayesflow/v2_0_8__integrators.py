"""The integrator ``rk45`` is Dormand and Prince's, of order 5; before, it was the classic one of order 4."""

from kerasarchive.migration import Log, Migration, Object, RewriteObject

NETWORKS = ("bayesflow.networks>FlowMatching", "bayesflow.networks>DiffusionModel")


def announce(obj: Object, log: Log) -> Object:
    """`rk45` takes other steps"""
    settings = obj.get("integrate_kwargs")
    if isinstance(settings, dict) and settings.get("method") == "rk45":
        log.announce(
            obj,
            "inference_only",
            "`rk45` is of order 5 from 2.0.8 on: samples differ by the error of integration alone",
        )
    return obj


migration = Migration(
    library="bayesflow",
    release="2.0.8",
    evidence="bayesflow/utils/integrate.py of 2.0.7; bayesflow/utils/integrate of 2.0.8: rk45_step",
    operations=(RewriteObject(NETWORKS, announce),),
    tells=True,
)
