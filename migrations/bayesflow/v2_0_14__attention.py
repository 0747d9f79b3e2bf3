"""Attention blocks have gates, no projection of inputs that are wide enough, and pooling adds to what it refines."""

from kerasarchive.migration import Log, Migration, Object, Refuse, RewriteObject

NETWORKS = tuple(
    f"bayesflow.networks>{name}" for name in ("SetTransformer", "TimeSeriesTransformer", "FusionTransformer", "DeepSet")
)


def refuse(obj: Object, log: Log) -> Object:
    """its attention was made otherwise"""
    if "gate_attention" in obj.config or obj.class_name == "Functional":
        return obj
    if obj.class_name == "DeepSet" and any(
        "pre_ffn_norm" in pooling.children or "../pre_ffn_scale" in pooling.variables or pooling.variables.get("1")
        for state in obj.states.values()
        for pooling in (state.children.get("pooling_by_attention"),)
        if pooling is not None
    ):
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
