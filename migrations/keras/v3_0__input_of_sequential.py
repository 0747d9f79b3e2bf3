"""A ``Sequential`` knows its input by an ``InputLayer``; the first layer no longer takes ``batch_input_shape``."""

from dataclasses import replace
from typing import Any

from kerasarchive.migration import Log, Migration, Object, RewriteObject, new, unchanged

MODELS = ("Sequential", "Functional", "Model")
RANKS = {
    **dict.fromkeys(("Conv1D", "SeparableConv1D", "LocallyConnected1D", "Conv1DTranspose"), 3),
    **dict.fromkeys(("Conv2D", "SeparableConv2D", "DepthwiseConv2D", "Conv2DTranspose", "LocallyConnected2D"), 4),
    **dict.fromkeys(("Conv3D", "Conv3DTranspose"), 5),
    **dict.fromkeys(("LSTM", "GRU", "SimpleRNN", "RNN", "Bidirectional", "CuDNNLSTM", "CuDNNGRU"), 3),
    **dict.fromkeys(("MaxPooling1D", "AveragePooling1D", "GlobalMaxPooling1D", "GlobalAveragePooling1D"), 3),
    **dict.fromkeys(("MaxPooling2D", "AveragePooling2D", "GlobalMaxPooling2D", "GlobalAveragePooling2D"), 4),
    "RepeatVector": 2,
}
SAME_RANK = ("Dense", "Activation", "Dropout", "BatchNormalization", "LeakyReLU", "PReLU", "ELU", "ReLU", "Softmax")
"""Layers whose output has the rank of their input."""
TAKEN = "the archive does not say the shape of this model's input; its rank and its features are taken from its layers"


def with_input(obj: Object, log: Log) -> Object:
    """the input of a Sequential is an InputLayer of its own"""
    layers = obj.get("layers")
    if not isinstance(layers, list) or not layers or not all(isinstance(layer, Object) for layer in layers):
        return obj
    first = layers[0]
    if first.class_name == "InputLayer":
        return obj
    shape = _shape(first) or obj.get("build_input_shape")
    if not isinstance(shape, list):
        shape = _taken(layers)
        if shape is None:
            return obj
        log.announce(obj, "lost_at_save", TAKEN)
    names = {layer.own_name for layer in layers}
    name = f"{first.own_name or 'sequential'}_input"
    while name in names:
        name += "_"
    dtype = _dtype(first)
    given = new("keras.layers.InputLayer", name=name, batch_shape=list(shape), dtype=dtype, sparse=False)
    return replace(obj, config={**obj.config, "layers": [given, *layers]})


def _shape(layer: Object) -> Any:
    """The input shape that a layer's config has, or that of the first layer inside."""
    for key in ("batch_input_shape", "batch_shape"):
        if isinstance(layer.get(key), list):
            return layer.get(key)
    inside = layer.get("layers")
    if layer.class_name in MODELS and isinstance(inside, list):
        inputs = [one for one in inside if isinstance(one, Object) and one.class_name == "InputLayer"]
        return _shape(inputs[0]) if len(inputs) == 1 else None
    wrapped = layer.get("layer")
    if isinstance(wrapped, Object) and layer.class_name == "Bidirectional":
        return _shape(wrapped)
    return None


def _dtype(layer: Object) -> str:
    while layer.class_name in MODELS and isinstance(layer.get("layers"), list) and layer.get("layers"):
        layer = layer.get("layers")[0]
    dtype = layer.get("dtype")
    return dtype if isinstance(dtype, str) and not dtype.startswith("mixed") else "float32"


def _taken(layers: list[Object]) -> list[int | None] | None:
    """The shape that the first layer with a kernel asks for, of the rank that the first layer with a rank has."""
    first = layers[0]
    state = first.states.get("")
    sources = list(state.variables.values()) if state is not None else []
    if first.class_name in ("LSTM", "GRU", "SimpleRNN") and state is not None and "cell" in state.children:
        sources = list(state.children["cell"].variables.values())
    if not sources or first.get("data_format") == "channels_first" or first.get("groups", 1) != 1:
        return None
    kernel = sources[0].shape
    rank = RANKS.get(first.class_name)
    if first.class_name == "Dense":
        others = (layer for layer in layers[1:] if layer.class_name not in SAME_RANK)
        rank = RANKS.get(getattr(next(others, None), "class_name", ""), 2)
        return [*[None] * (rank - 1), kernel[0]]
    if (
        rank is None
        or len(kernel) < 2
        or first.class_name in ("Bidirectional", "RNN")
        or "Transpose" in first.class_name
    ):
        return None
    features = kernel[0] if rank == 3 and len(kernel) == 2 else kernel[-2]
    return [*[None] * (rank - 1), features]


migration = Migration(
    library="keras",
    release="3.0.0",
    evidence="https://github.com/keras-team/keras/issues/20106; keras/engine/sequential.py of 2.3.1: get_config",
    operations=(RewriteObject("keras.Sequential", with_input, back=unchanged),),
)
