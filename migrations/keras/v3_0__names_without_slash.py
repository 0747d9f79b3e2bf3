"""Names of layers and models must not contain ``/``."""

from dataclasses import replace
from typing import Any

from kerasarchive.migration import Log, Migration, Object, Ref, RewriteModel, transform

MODELS = ("Sequential", "Functional", "Model")


def without_slashes(model: Object, log: Log) -> Object:
    """a `/` in a name is written `_`"""
    renamed: dict[str, str] = {}

    def rename(obj: Object) -> Object:
        if obj.class_name in MODELS and isinstance(obj.config, dict) and isinstance(obj.config.get("layers"), list):
            return _model(obj, renamed)
        return obj

    changed = transform(model, rename)
    changed = _own(changed, _plain(changed.own_name or ""), renamed)
    if not renamed:
        return model
    for old, new in renamed.items():
        log.did(model, f"the name '{old}' is written '{new}'", "fails")
    return _outputs(changed, renamed)


def _model(model: Object, renamed: dict[str, str]) -> Object:
    layers = model.config["layers"]
    taken = {layer.own_name for layer in layers}
    names: dict[str, str] = {}
    for layer in layers:
        old = layer.name or layer.own_name
        if isinstance(old, str) and "/" in old:
            new = _plain(old)
            while new in taken:
                new += "_"
            taken.add(new)
            names[old] = new
    if not names:
        return model

    def follow(value: Any) -> Any:
        if isinstance(value, Ref):
            return replace(value, layer=names.get(value.layer, value.layer))
        if isinstance(value, (list, tuple)):
            return type(value)(follow(item) for item in value)
        if isinstance(value, dict):
            return {key: follow(item) for key, item in value.items()}
        return value

    new_layers = []
    for layer in layers:
        layer = _own(layer, names.get(layer.name or layer.own_name, layer.own_name), renamed)
        nodes = layer.nodes
        if nodes:
            nodes = tuple(replace(node, args=follow(node.args), kwargs=follow(dict(node.kwargs))) for node in nodes)
        new_layers.append(replace(layer, name=names.get(layer.name, layer.name), nodes=nodes))
    ends = {key: follow(model.config[key]) for key in ("input_layers", "output_layers") if key in model.config}
    return replace(model, config=model.config | {"layers": new_layers} | ends)


def _own(obj: Object, name: str | None, renamed: dict[str, str]) -> Object:
    old = obj.own_name
    if name is None or not isinstance(old, str) or name == old or not isinstance(obj.config, dict):
        return obj
    renamed[old] = name
    return obj.with_config(obj.config | {"name": name})


def _plain(name: str) -> str:
    return name.replace("/", "_")


def _outputs(model: Object, renamed: dict[str, str]) -> Object:
    """Losses and metrics may be given by the name of an output, which is a layer's."""
    compiled = model.extra.get("compile_config")
    if not isinstance(compiled, dict):
        return model
    changed = {
        key: {renamed.get(name, name): item for name, item in value.items()} if _by_output(key, value) else value
        for key, value in compiled.items()
    }
    return replace(model, extra={**model.extra, "compile_config": changed})


def _by_output(key: str, value: Any) -> bool:
    return key in ("loss", "metrics", "weighted_metrics", "loss_weights") and isinstance(value, dict)


migration = Migration(
    library="keras",
    release="3.0.0",
    evidence="keras/src/ops/operation.py of 3.0.0: 'Argument `name` must be a string and cannot contain character `/`'",
    operations=(RewriteModel(without_slashes, consequence="fails"),),
)
