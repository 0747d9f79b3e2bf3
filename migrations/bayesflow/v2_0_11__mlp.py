"""An ``MLP`` is made of dense blocks, and has a projection beside a residual block only where the widths differ."""

from kerasarchive.migration import Graft, Log, Migration, Object, RewriteObject, State, blocks, members, mlp_as_layers
from kerasarchive.migration import part as part_of

MLP = "bayesflow.networks>MLP"


def layout(obj: Object, log: Log) -> Object:
    """its blocks are laid out anew; a residual one becomes Keras's own layers, which compute the same"""
    state = obj.states.get("", State())
    config = {key: value for key, value in obj.config.items() if key != "spectral_normalization"}
    layers = state.children.get("layers", State())
    if not members(layers, "sequential") and not members(layers, "residual"):
        return obj.with_config(config) if len(config) != len(obj.config) else obj
    if members(layers, "residual"):
        shape = (obj.extra.get("build_config") or {}).get("input_shape")
        graft = Graft(obj.own_name or "mlp")
        inner = next(iter(members(layers, "residual"))).children["layers"].children["dense"].variables["0"].shape[0]
        x = graft.input("x", (*[None] * (len(shape) - 1 if shape else 1), inner))
        return graft.model([x], mlp_as_layers(graft, obj, part_of(state, ""), x))
    return obj.with_config(config).with_state(lambda each: blocks(each, obj.get("norm")))


migration = Migration(
    library="bayesflow",
    release="2.0.11",
    evidence="bayesflow/networks/subnets/mlp/mlp.py of 2.0.10 and 2.0.11",
    operations=(RewriteObject(MLP, layout),),
    tells=True,
)
