"""Give layers other names: in the graph, in every call that refers to them, and where compile names outputs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from kerasarchive.layout.parts import is_model
from kerasarchive.model.objects import Object, map_leaves, transform

Choose = Callable[[Object], str]
"""The name that a layer or model should have; its own where that may stay."""


def rename_layers(root: Object, choose: Choose) -> tuple[Object, dict[str, str]]:
    """`root` with every layer and nested model called as `choose` says, and what was renamed (old -> new).

    Names stay unique within a model. Nothing to rename: the very same object.
    """
    renamed: dict[str, str] = {}
    changed = transform(root, lambda obj: _members(obj, choose, renamed) if is_model(obj) else obj)
    changed = _called(changed, choose(changed), renamed)
    return (_outputs(changed, renamed), renamed) if renamed else (root, renamed)


def _members(model: Object, choose: Choose, renamed: dict[str, str]) -> Object:
    layers = model.config["layers"] if isinstance(model.config, dict) else None
    if not isinstance(layers, list) or not all(isinstance(layer, Object) for layer in layers):
        return model
    taken = {layer.own_name for layer in layers}
    names: dict[str | None, str] = {}
    for layer in layers:
        wanted = choose(layer)
        if wanted == layer.own_name:
            continue
        while wanted in taken:
            wanted += "_"
        taken.add(wanted)
        names[layer.own_name] = wanted
    if not names:
        return model

    def follow(value: Any) -> Any:
        return map_leaves(lambda ref: replace(ref, layer=names.get(ref.layer, ref.layer)), value)

    new = []
    for layer in layers:
        nodes = layer.nodes
        if nodes:
            nodes = tuple(replace(node, args=follow(node.args), kwargs=follow(dict(node.kwargs))) for node in nodes)
        layer = replace(layer, nodes=nodes, name=names.get(layer.name, layer.name))
        new.append(_called(layer, names.get(layer.own_name, layer.own_name or ""), renamed))
    ends = {key: follow(model.config[key]) for key in ("input_layers", "output_layers") if key in model.config}
    return replace(model, config=model.config | {"layers": new} | ends)


def _called(obj: Object, name: str, renamed: dict[str, str]) -> Object:
    old = obj.own_name
    if old is None or not name or name == old or not isinstance(obj.config, dict):
        return obj
    renamed[old] = name
    return obj.with_config(obj.config | {"name": name})


def _outputs(model: Object, renamed: dict[str, str]) -> Object:
    """Losses and metrics may be given by the name of an output, which is a layer's."""
    compiled = model.extra.get("compile_config")
    if not isinstance(compiled, dict):
        return model
    by_output = ("loss", "metrics", "weighted_metrics", "loss_weights")
    changed = {
        key: {renamed.get(name, name): item for name, item in value.items()}
        if key in by_output and isinstance(value, dict)
        else value
        for key, value in compiled.items()
    }
    return replace(model, extra={**model.extra, "compile_config": changed})
