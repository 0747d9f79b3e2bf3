"""A coupling layer keeps ``subnet`` and ``output_projector``, not a list of both; its MLP is made of dense blocks."""

from dataclasses import replace
from typing import Any

from kerasarchive.migration import Log, Migration, Object, Refuse, RewriteObject, State, blocks, padded

COUPLING = "bayesflow.networks>CouplingFlow"


def layout(obj: Object, log: Log) -> Object:
    """each coupling's `dense` is its `output_projector`, and its `mlp` the `subnet`"""
    given = obj.get("subnet_kwargs")
    options = {key: value for key, value in (given or {}).items() if key != "spectral_normalization"}
    state = obj.states.get("", State())
    widths: list[tuple[int, ...]] = []
    children: dict[str, State] = {}
    inside = state.children.get("invertible_layers", State())
    for name, layer in inside.children.items():
        sides = {side: single(each, options, widths, obj) for side, each in layer.children.items()}
        same = all(sides[side] is layer.children[side] for side in sides)
        children[name] = layer if same else replace(layer, children=sides)
    if all(children[name] is layer for name, layer in inside.children.items()):
        return obj.with_config({**obj.config, "subnet_kwargs": options}) if options != (given or {}) else obj
    if widths and options.get("residual"):
        options["widths"] = list(widths[0])
    new = state.with_child("invertible_layers", replace(inside, children=children))
    kwargs = options if given is not None or options else given
    return replace(obj, config={**obj.config, "subnet_kwargs": kwargs}, states={**obj.states, "": new})


def single(state: State, options: dict[str, Any], widths: list[tuple[int, ...]], obj: Object) -> State:
    """One side of a coupling in the new layout."""
    layers = state.children.get("layers")
    if layers is None or not isinstance(layers, State) or "dense" not in layers.children:
        return state
    mlp = layers.children.get("mlp")
    if mlp is None:
        reason = f"its subnet ({obj.get('subnet')!r}) is not an MLP, whose new layout alone is known"
        raise Refuse(reason)
    if not options.get("residual"):
        subnet, projector = blocks(mlp, options.get("norm")), layers.children["dense"]
    elif options.get("norm") is not None:
        reason = "a residual subnet with normalization is summed up in another order now, which cannot be undone"
        raise Refuse(reason, "keep the release that wrote it, or train it anew")
    else:
        subnet, projector, wide = padded(mlp, layers.children["dense"])
        widths.append(wide)
    rest = {name: child for name, child in state.children.items() if name != "layers"}
    return replace(state, children={**rest, "output_projector": projector, "subnet": subnet})


migration = Migration(
    library="bayesflow",
    release="2.0.11",
    evidence="bayesflow/networks/inference/coupling/layers/single_coupling.py of 2.0.10 and 2.0.11",
    operations=(RewriteObject(COUPLING, layout),),
    tells=True,
)
