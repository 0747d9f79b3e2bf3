"""Subnets of flow matching, diffusion and consistency models take x, t and conditions, not one vector: an old one is wrapped."""

from dataclasses import replace

from kerasarchive.migration import Graft, Log, Migration, Object, Ref, Refuse, RewriteObject, State, mlp_as_layers
from kerasarchive.migration import part as part_of

CONSISTENCY = "bayesflow.networks>ConsistencyModel"
NETWORKS = (
    CONSISTENCY,
    *(f"bayesflow.networks>{name}" for name in ("FlowMatching", "DiffusionModel", "StableConsistencyModel")),
)
ADVICE = "train it anew, or keep the release that wrote it"


def wrap(obj: Object, log: Log) -> Object:
    """the subnet took x, t and conditions as one vector: a graph that joins them stands for it"""
    subnet = obj.get("subnet")
    joined = obj.get("concatenate_subnet_input", True)
    config = {key: value for key, value in obj.config.items() if key != "concatenate_subnet_input"}
    if not isinstance(subnet, Object) or subnet.key != "bayesflow.networks>MLP" or not joined:
        if joined and "concatenate_subnet_input" in obj.config:
            reason = "its subnet takes x, t and conditions as one vector, which no release from 2.0.9 on gives it"
            raise Refuse(reason, ADVICE)
        return obj.with_config(config) if len(config) != len(obj.config) else obj
    shapes = (obj.extra.get("build_config") or {}).get("shapes_dict")
    if not isinstance(shapes, dict) or "xz_shape" not in shapes:
        reason = "it does not say with which shapes it was built"
        raise Refuse(reason)
    wide, conditions = shapes["xz_shape"][-1], (shapes.get("conditions_shape") or [None])[-1]
    if len(shapes["xz_shape"]) != 2:
        reason = f"it was built for targets of the shape {shapes['xz_shape']}, not for vectors"
        raise Refuse(reason, ADVICE)
    if not conditions:
        # Keras does not call a graph of two inputs with x, t and None.
        reason = "its subnet takes x and t as one vector, without conditions, and a graph cannot be given none"
        raise Refuse(reason, ADVICE)
    graft = Graft(subnet.own_name or "mlp")
    inputs = [
        graft.input("x", (None, wide)),
        graft.input("t", (None, 1)),
        graft.input("conditions", (None, conditions)),
    ]
    time: Ref = inputs[1]
    if obj.key == CONSISTENCY:
        if obj.get("s0", 10) != 10:
            log.announce(
                obj, "inference_only", "samples in s0 + 1 steps by default, no longer in 10: say `steps` when sampling"
            )
        # The subnet is given t / max_time now.
        time = graft.layer(
            "keras.layers.Rescaling", "time", time, (None, 1), scale=float(obj.get("max_time", 200)), offset=0.0
        )
    width = wide + 1 + conditions
    x = graft.layer("keras.layers.Concatenate", "joined", [inputs[0], time, inputs[2]], (None, width), axis=-1)
    model = graft.model(inputs, mlp_as_layers(graft, subnet, part_of(subnet.states.get("", State()), ""), x))
    return replace(obj, config={**config, "subnet": model})


migration = Migration(
    library="bayesflow",
    release="2.0.9",
    evidence="bayesflow/networks/inference/flow_matching/flow_matching.py of 2.0.9: `self.subnet((x, t, conditions))`",
    operations=(RewriteObject(NETWORKS, wrap),),
    tells=True,
)
