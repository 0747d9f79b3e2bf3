"""No projection follows a subnet as wide as the targets: what stood there would be dropped silently, and joins the subnet."""

from kerasarchive.migration import Log, Migration, Object, Refuse, RewriteObject, SubnetGraph, projector

NETWORKS = tuple(
    f"bayesflow.networks>{name}"
    for name in ("FlowMatching", "DiffusionModel", "ConsistencyModel", "StableConsistencyModel")
)


def join(obj: Object, log: Log) -> Object:
    """its projection is as wide as its subnet, so that there is none any more"""
    found = projector(obj)
    if found is None or "mask_handler" in obj.config:
        return obj
    kernel, bias = found.variables.get("0"), found.variables.get("1")
    if kernel is None or len(kernel.shape) != 2 or kernel.shape[0] != kernel.shape[1]:
        return obj
    log.did(obj, "its projection is as wide as its subnet, so that there is none any more", "differs")
    graph = SubnetGraph.of(obj)
    if graph is None:
        reason = "its projection is as wide as its subnet; there is none any more, and kav has no other place for it"
        raise Refuse(reason, "keep the release that wrote it, or train it anew")
    return graph.put(obj, graph.graft.dense("projected", graph.out, kernel, bias))


migration = Migration(
    library="bayesflow",
    release="2.0.14",
    evidence="bayesflow/networks/inference/flow_matching/flow_matching.py of 2.0.14: `keras.layers.Identity()`",
    operations=(RewriteObject(NETWORKS, join, consequence="differs"),),
    tells=True,
)
