"""Flow matching runs the other way: at t = 1 there is noise, at t = 0 data. Without a change it samples something else.

With v(x, t) what a network gave before, v'(x, t) = -v(x, 1 - t) gives the same samples and densities: the last
projection is negated, and what takes the time is given 1 - t.
"""

from dataclasses import replace

from kerasarchive.migration import (
    Log,
    Migration,
    Node,
    Object,
    Ref,
    Refuse,
    RewriteObject,
    State,
    TensorSource,
    new,
    scaled,
)
from kerasarchive.migration import part as part_of

NETWORK = "bayesflow.networks>FlowMatching"
ADVICE = "sample with the release that wrote it, or train it anew"
SEQUENTIAL = "bayesflow.networks>Sequential"


def minus(source: TensorSource) -> TensorSource:
    """The variable negated."""
    return scaled(source, -1.0, "negated: the flow runs the other way")


def negated(state: State) -> State:
    """The state with its last projection negated."""
    projector = part_of(state, "output_projector")
    if set(projector.variables) != {"0", "1"}:
        reason = "it has no projection after its subnet, which could be negated"
        raise Refuse(reason, ADVICE)
    new_ones = {key: minus(source) for key, source in projector.variables.items()}
    return state.with_child("output_projector", replace(projector, variables=new_ones))


def reflected() -> Object:
    """The layer that makes 1 - t of t."""
    return new("keras.layers.Rescaling", name="one_minus_t", scale=-1.0, offset=1.0)


def of_embedding(subnet: Object) -> Object:
    """A subnet with a time embedding, which gets 1 - t."""
    embedding = subnet.config["time_emb"]
    shape = (embedding.extra.get("build_config") or {}).get("input_shape", [None, 1])
    whole = replace(
        new(SEQUENTIAL, name="reversed_time", layers=[reflected(), embedding]),
        module="bayesflow.networks.helpers.sequential.sequential",
        extra={"build_config": {"input_shape": shape}},
        hung={("layers", 1): "layers/"},
        states={"": State()},
    )
    return subnet.with_config({**subnet.config, "time_emb": whole})


def of_graph(subnet: Object) -> Object:
    """A graph whose second input is the time."""
    time = subnet.config["input_layers"][1]
    layer = replace(reflected(), name="one_minus_t", nodes=(Node((time,)),))

    def follow(value: object) -> object:
        if isinstance(value, Ref):
            return Ref("one_minus_t", 0, 0, value.shape, value.dtype) if value == time else value
        if isinstance(value, (list, tuple)):
            return type(value)(follow(item) for item in value)
        return value

    layers = [
        replace(
            each, nodes=tuple(Node(tuple(follow(arg) for arg in node.args), node.kwargs) for node in each.nodes or ())
        )
        for each in subnet.config["layers"]
    ]
    place = next(index for index, each in enumerate(layers) if each.name == time.layer)
    return subnet.with_config({**subnet.config, "layers": [*layers[: place + 1], layer, *layers[place + 1 :]]})


def ending_negated(subnet: Object) -> Object:
    """A graph that ends in the projection itself, as v2_0_14__identity_projectors leaves it."""
    if subnet.class_name != "Functional":
        reason = "no projection follows its subnet, which could be negated"
        raise Refuse(reason, ADVICE)
    last = subnet.config["output_layers"].layer
    layers = [
        each.with_state(lambda state: replace(state, variables={k: minus(v) for k, v in state.variables.items()}))
        if each.name == last
        else each
        for each in subnet.config["layers"]
    ]
    if not any(each.name == last and each.class_name == "Dense" for each in layers):
        reason = "its subnet does not end in a projection, which could be negated"
        raise Refuse(reason, ADVICE)
    return subnet.with_config({**subnet.config, "layers": layers})


def reverse(obj: Object, log: Log) -> Object:
    """time runs the other way: the velocity is negated, and the subnet gets 1 - t"""
    if "mask_handler" in obj.config:
        return obj
    subnet = obj.get("subnet")
    plain = {key: value for key, value in obj.config.items() if key != "time_power_law_alpha"}
    if (
        isinstance(subnet, Object)
        and subnet.key == "bayesflow.networks>TimeMLP"
        and isinstance(subnet.get("time_emb"), Object)
    ):
        subnet = of_embedding(subnet)
    elif (
        isinstance(subnet, Object)
        and subnet.class_name == "Functional"
        and subnet.origin is None
        and isinstance(subnet.get("input_layers"), list)
        and len(subnet.config["input_layers"]) > 1
    ):
        subnet = of_graph(subnet)
    else:
        log.did(obj, "time runs the other way: it would sample something else", "differs")
        reason = "time runs the other way now, and kav does not know how its subnet takes the time"
        raise Refuse(reason, ADVICE)
    if obj.get("time_power_law_alpha", 0.0) not in (0, 0.0):
        log.announce(
            obj, "training_semantics", "`time_power_law_alpha` favours the other end of time now; it is left out as 0"
        )
    whole = obj.with_config({**plain, "subnet": subnet, "time_power_law_alpha": 0.0})
    if any("output_projector" in state.children for state in obj.states.values()):
        return whole.with_state(negated)
    return whole.with_config({**whole.config, "subnet": ending_negated(subnet)})


migration = Migration(
    library="bayesflow",
    release="2.1.0",
    evidence="bayesflow/networks/inference/flow_matching/flow_matching.py of 2.0.14 and 2.1.0: start_time, stop_time",
    operations=(RewriteObject(NETWORK, reverse, consequence="differs"),),
    tells=True,
)
