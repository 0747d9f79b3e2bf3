"""Models of Keras 1 and 2, as each generation's `from_config` puts them together: layers by name, then their calls."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from kerasarchive.model.config import ObjectNode
from kerasarchive.model.finding import Finding
from kerasarchive.model.location import Location
from kerasarchive.schema import ClassSchema, ReleaseSchema
from kerasarchive.validation import rule
from kerasarchive.validation.rebuilding import Rebuilt, Tensor


def check_root(config: Any, at: Location) -> Iterator[Finding]:
    """Findings about the outermost object: the reader wants a class by name and its config."""
    if not isinstance(config, dict) or not isinstance(config.get("class_name"), str) or "config" not in config:
        yield rule.MALFORMED_OBJECT.finding("a model is an object with its class_name and its config", at)


def check_container(config: Any, at: Location, cls: ClassSchema, schema: ReleaseSchema) -> Iterator[Finding]:
    """Findings about the layers of a model's config and what joins them; each layer's own config is judged elsewhere."""
    reader = cls.raw.get("x-kav-reader")
    bare = isinstance(config, list)
    layers = config if bare else config.get("layers")
    if not isinstance(layers, list) or (reader is None and cls.class_name != "Sequential"):
        return
    place = at if bare else at / "layers"
    sound = True
    for index, layer in enumerate(layers):
        for finding in _envelope(layer, place / index, named=reader is not None, old=schema.release.major < 2):
            sound = False
            yield finding
    if not sound:
        return
    if "object" not in cls.raw.get("x-kav-config", ("object",)) and "x-kav-starts" in cls.raw:
        yield from _start(layers, place, schema)
    yield from _twice(layers, place)
    if reader is not None and isinstance(config, dict):
        yield from _joined(config, at, reader, schema)


def _envelope(layer: Any, at: Location, *, named: bool, old: bool) -> Iterator[Finding]:
    """What stands for a layer: an object of a class with a config; in a graph with a name and its calls."""
    if not isinstance(layer, dict):
        yield rule.MALFORMED_OBJECT.finding("a layer must be an object", at)
        return
    if old and not named and "class_name" not in layer and isinstance(layer.get("name"), str):
        # Keras 0.3: {"name": "Dense", "custom_name": "dense_1", ...}
        return
    if not isinstance(layer.get("class_name"), str):
        message = "this layer does not say its class" if "class_name" not in layer else "a layer's class must be text"
        yield rule.MALFORMED_OBJECT.finding(message, at)
    if "config" not in layer:
        yield rule.MALFORMED_OBJECT.finding(f"this layer of class {layer.get('class_name')} has no config", at)
    if named and not isinstance(layer.get("name"), str):
        yield rule.MALFORMED_OBJECT.finding("a layer of a model with calls must have a name", at)
    if named and not isinstance(layer.get("inbound_nodes"), list):
        yield rule.MALFORMED_NODE.finding("the calls of a layer, `inbound_nodes`, must be a list", at)


SHAPES = ("batch_input_shape", "input_shape", "input_dim", "input_length")
"""What tells a layer how its input looks."""


def _start(layers: list[Any], at: Location, schema: ReleaseSchema) -> Iterator[Finding]:
    """Keras before 2.2 makes the first layer's input at once, from what the layer says of its shape."""
    if not layers:
        yield rule.MALFORMED_OBJECT.finding(f"a Sequential model of {schema.release} needs a layer", at)
        return
    cls = schema.find(ObjectNode(layers[0], at / 0), "layer") if "class_name" in layers[0] else None
    config = layers[0].get("config")
    if cls is None or cls.role != "layer" or cls.class_name in ("InputLayer", "Merge") or not isinstance(config, dict):
        return
    if not any(config.get(key) for key in SHAPES):
        message = f"the first layer of a Sequential model of {schema.release} must say the shape of its input"
        yield rule.MISSING_ARGUMENT.finding(message, at.at(0, "config"))


def _twice(layers: list[Any], at: Location) -> Iterator[Finding]:
    """Two layers that go by one name; the reader of a graph takes two of the same entry for one layer."""
    taken: dict[str, tuple[int, Any]] = {}
    for index, layer in enumerate(layers):
        config = layer.get("config")
        name = config.get("name") if isinstance(config, dict) else None
        if not isinstance(name, str) or not name:
            continue
        first, entry = taken.setdefault(name, (index, layer.get("name")))
        if first != index and (entry is None or entry != layer.get("name")):
            message = f"the layer name {name!r} is taken already by layer {first}"
            yield rule.DUPLICATE_NAME.finding(message, at.at(index, "config", "name"), remedy="rename one of them")


def _joined(config: dict[str, Any], at: Location, reader: str, schema: ReleaseSchema) -> Iterator[Finding]:
    rebuilt = Rebuilt(reader)
    for index, layer in enumerate(config["layers"]):
        place = at.at("layers", index)
        cls = schema.find(ObjectNode(layer, place), "layer")
        yield from rebuilt.add(layer, place, _outputs(layer, cls), spare=cls is not None and cls.role == "model")
        yield from _keywords(layer, place, cls, schema, reader)
    yield from rebuilt.connect()
    inputs = yield from rebuilt.ends(config.get("input_layers"), at / "input_layers")
    outputs = yield from rebuilt.ends(config.get("output_layers"), at / "output_layers")
    if inputs is not None and outputs is not None:
        yield from _reached(rebuilt, inputs, outputs, at)


def _reached(rebuilt: Rebuilt, inputs: list[Tensor], outputs: list[Tensor], at: Location) -> Iterator[Finding]:
    """Every output must follow from the inputs alone."""
    if rebuilt.reader != "tf" and len(set(inputs)) < len(inputs):
        yield rule.MALFORMED_NODE.finding("an input of the model is listed twice", at / "input_layers")
    for layer in rebuilt.loose(inputs, outputs):
        message = f"the outputs depend on {layer!r}, which is none of the model's inputs"
        yield rule.DANGLING_REFERENCE.finding(message, at / "input_layers")


SEVERAL = frozenset({
    "AdditiveAttention", "Attention", "ClassMethod", "DenseFeatures", "InstanceMethod", "InstanceProperty", "Lambda",
    "MultiHeadAttention", "SlicingOpLambda", "TFOpLambda", "TensorFlowOp", "TensorFlowOpLayer", "TimeDistributed", "Wrapper",
})  # fmt: skip
"""Built-in layers that may put out more than one tensor, beside those that return their states."""


def _outputs(layer: dict[str, Any], cls: ClassSchema | None) -> int | None:
    """How many tensors a call of the layer gives; None where that cannot be told."""
    config = layer["config"]
    if cls is None or cls.class_name in SEVERAL or not isinstance(config, dict):
        return None if not isinstance(config, list) else 1
    if cls.role == "model":
        ends = config.get("output_layers")
        flat = isinstance(ends, list) and all(isinstance(end, list) and len(end) == 3 for end in ends)
        return len(ends) if flat and isinstance(ends, list) else 1 if cls.class_name == "Sequential" else None
    inner = config.get("layer")
    settings = [config, inner["config"]] if isinstance(inner, dict) and isinstance(inner.get("config"), dict) else [config]
    apart = "merge_mode" in config and config["merge_mode"] is None
    return None if apart or any(one.get("return_state") for one in settings) else 1


def _keywords(
    layer: dict[str, Any], at: Location, cls: ClassSchema | None, schema: ReleaseSchema, reader: str
) -> Iterator[Finding]:
    """Keywords of the recorded calls that the layer's `call` does not take, and those that it cannot do without."""
    call = cls.call if cls is not None else None
    if cls is None or call is None or call.more or reader == "keras-1":
        return
    accepted = call.arguments[1:]
    needed = [key for key in call.required if key in accepted]
    for number, node in enumerate(layer["inbound_nodes"]):
        last, path = _last(node, ())
        keywords = last[3] if last is not None and len(last) == 4 else {}
        place = at.at("inbound_nodes", number, *path)
        for key in keywords if isinstance(keywords, dict) else ():
            if key not in accepted:
                message = f"{layer['name']}: a call of {cls.name} of {schema.release} does not accept {key!r}"
                yield rule.UNKNOWN_ARGUMENT.finding(message, place.at(3, key))
        for key in needed:
            if last is not None and isinstance(keywords, dict) and key not in keywords:
                message = f"{layer['name']}: a call of {cls.name} of {schema.release} needs {key!r}"
                yield rule.MISSING_ARGUMENT.finding(message, place)


def _last(node: Any, path: tuple[Any, ...]) -> tuple[list[Any] | None, tuple[Any, ...]]:
    """The last input of a call, whose keywords are the call's, and where it stands."""
    while isinstance(node, list) and node and not isinstance(node[0], str):
        path, node = (*path, len(node) - 1), node[-1]
    if isinstance(node, list) and len(node) in (3, 4) and isinstance(node[0], str):
        return node, path
    return None, path
