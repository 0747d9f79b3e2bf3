"""The operation ``RMSNorm`` is called with its scale, which was an argument of the operation."""

from dataclasses import replace

from kerasarchive.migration import Log, Migration, Node, Object, RewriteObject


def scale_in_call(obj: Object, log: Log) -> Object:
    """the scale is an argument of the call"""
    if "scale" not in obj.config:
        return obj
    scale = obj.config["scale"]
    config = {key: value for key, value in obj.config.items() if key != "scale"}
    given = {} if scale is None else {"scale": scale}
    return replace(obj, config=config, nodes=tuple(Node(node.args, {**node.kwargs, **given}) for node in obj.nodes or ()))


def scale_in_operation(obj: Object, log: Log) -> Object:
    """the scale is an argument of the operation"""
    scales = [node.args[1] if len(node.args) > 1 else node.kwargs.get("scale") for node in obj.nodes or ()]
    nodes = tuple(
        Node(node.args[:1], {key: value for key, value in node.kwargs.items() if key != "scale"}) for node in obj.nodes or ()
    )
    return replace(obj, config={**obj.config, "scale": scales[0] if scales else None}, nodes=nodes)


migration = Migration(
    library="keras",
    release="3.11.0",
    evidence="keras/src/ops/nn.py of 3.10.0 and 3.11.0: RMSNorm",
    operations=(RewriteObject("keras.src.ops.nn.RMSNorm", scale_in_call, back=scale_in_operation),),
)
