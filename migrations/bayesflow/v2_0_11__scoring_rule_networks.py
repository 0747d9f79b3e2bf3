"""The shared MLP of a ``ScoringRuleNetwork`` is made of dense blocks: an old one becomes a graph that computes the same."""

from dataclasses import replace

from kerasarchive.migration import Graft, Log, Migration, Object, Refuse, RewriteObject, State, mlp_as_layers, new
from kerasarchive.migration import part as part_of

NETWORKS = ("bayesflow.networks>ScoringRuleNetwork", "bayesflow.networks>PointNetwork")
DEFAULTS = {"widths": [256, 256], "activation": "mish", "residual": True, "dropout": 0.05, "norm": None}
"""Of MLP from 2.0.0 to 2.0.10 (bayesflow/networks/mlp/mlp.py), for a network that names it alone."""


def graft(obj: Object, log: Log) -> Object:
    """its `subnet` was laid out otherwise; a graph of Keras's own layers stands for it"""
    state = obj.states.get("", State())
    inside = state.children.get("subnet")
    if obj.get("subnet") != "mlp" or inside is None or "layers" not in inside.children:
        return obj
    given = obj.get("subnet_kwargs") or {}
    mlp = new("bayesflow.networks>MLP", **{**DEFAULTS, **given})
    shape = (obj.extra.get("build_config") or {}).get("conditions_shape")
    if not isinstance(shape, list) or not shape or not isinstance(shape[-1], int):
        reason = "it does not say with which shapes it was built"
        raise Refuse(reason)
    made = Graft("mlp")
    x = made.input("conditions", (*[None] * (len(shape) - 1), shape[-1]))
    subnet = made.model([x], mlp_as_layers(made, mlp, part_of(inside, ""), x))
    config = {key: value for key, value in obj.config.items() if key != "subnet_kwargs"}
    rest = {name: child for name, child in state.children.items() if name != "subnet"}
    return replace(
        obj,
        config={**config, "subnet": subnet},
        states={**obj.states, "": replace(state, children=rest)},
        hung={**obj.hung, ("subnet",): "subnet"},
    )


migration = Migration(
    library="bayesflow",
    release="2.0.11",
    evidence="bayesflow/networks/subnets/mlp/mlp.py of 2.0.10 and 2.0.11; `find_network(subnet, **subnet_kwargs)`",
    operations=(RewriteObject(NETWORKS, graft),),
    tells=True,
)
