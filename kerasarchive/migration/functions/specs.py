"""Shape and dtype of what the layers of a graph give, as far as their configs tell."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from kerasarchive.layout.parts import is_graph, is_model
from kerasarchive.layout.shapes import rules
from kerasarchive.layout.shapes.setting import shape_of, shapes_of
from kerasarchive.migration.functions.tensor import FLOATS, Shape
from kerasarchive.model.objects import Object, Ref, leaves

_OWN_NAMES = """
Dense EinsumDense Embedding Conv1D Conv2D Conv3D Conv1DTranspose Conv2DTranspose Conv3DTranspose DepthwiseConv1D
DepthwiseConv2D SeparableConv1D SeparableConv2D LSTM GRU SimpleRNN ConvLSTM1D ConvLSTM2D ConvLSTM3D
LocallyConnected1D LocallyConnected2D MultiHeadAttention Rescaling Normalization
"""
_OWN = frozenset(_OWN_NAMES.split())
"""Layers that compute with weights (or numbers) of their own dtype, whatever comes in."""
_KEEPING_NAMES = """
Flatten Reshape Permute RepeatVector Concatenate Identity Add Subtract Multiply Maximum Minimum Dropout
SpatialDropout1D SpatialDropout2D SpatialDropout3D ZeroPadding1D ZeroPadding2D ZeroPadding3D Cropping1D Cropping2D
Cropping3D MaxPooling1D MaxPooling2D MaxPooling3D GlobalMaxPooling1D GlobalMaxPooling2D GlobalMaxPooling3D
"""
_KEEPING = frozenset(_KEEPING_NAMES.split())
"""Layers that give what comes in in the same dtype: floats in their own, others as they are."""
_FLOATING_NAMES = """
Activation ELU LeakyReLU PReLU ReLU ThresholdedReLU Softmax Average Dot Attention AdditiveAttention
AveragePooling1D AveragePooling2D AveragePooling3D GlobalAveragePooling1D GlobalAveragePooling2D
GlobalAveragePooling3D BatchNormalization SyncBatchNormalization LayerNormalization GroupNormalization
UnitNormalization UpSampling1D UpSampling2D UpSampling3D Masking GaussianNoise GaussianDropout AlphaDropout
ActivityRegularization SpectralNormalization Resizing CenterCrop
"""
_FLOATING = frozenset(_FLOATING_NAMES.split())
"""Layers that give floats of their own dtype for floats."""
_DEPTH = 20


@dataclass(frozen=True, slots=True)
class Spec:
    """Shape and dtype; None for what is not known."""

    shape: Shape | None = None
    dtype: str | None = None


def recorded(model: Object, op_layers: Iterable[str]) -> dict[Ref, Shape]:
    """The shapes that op layers recorded of what they were called on: each was made by its one call."""
    found: dict[Ref, Shape] = {}
    for layer in model.config["layers"]:
        if layer.class_name not in op_layers or len(layer.nodes or ()) != 1 or not layer.nodes[0].args:
            continue
        build = layer.extra.get("build_config")
        given = build.get("input_shape") if isinstance(build, Mapping) else None
        first = layer.nodes[0].args[0]
        if isinstance(first, Ref) and (shape := shape_of(given)) is not None:
            found[first] = shape
        elif isinstance(first, list) and all(isinstance(item, Ref) for item in first):
            found |= dict(zip(first, shapes_of(given) or (), strict=False))
    return found


def of_layer(layer: Object, inputs: list[Spec], depth: int = 0) -> list[Spec]:
    """What a call of a layer gives on those inputs; empty where nothing is known."""
    config = layer.config if isinstance(layer.config, Mapping) else {}
    if layer.class_name == "InputLayer":
        shape = config.get("batch_shape", config.get("batch_input_shape"))
        dtype = config.get("dtype")
        return [Spec(shape_of(shape), dtype if isinstance(dtype, str) else None)]
    if (layer.registered_name or "").count(">") or depth > _DEPTH:
        return []
    if is_model(layer):
        return _of_model(layer, inputs, depth + 1)
    name = layer.class_name
    if name in ("TimeDistributed", "Bidirectional"):
        inner = config.get("layer")
        return [Spec(None, _dtype(inner, inputs))] if isinstance(inner, Object) else []
    shapes = rules.outputs(name, config, [spec.shape for spec in inputs]) or (None,)
    return [Spec(shape, _dtype(layer, inputs)) for shape in shapes]


def _dtype(layer: Object, inputs: list[Spec]) -> str | None:
    own = _computes_in(layer)
    kinds = {spec.dtype for spec in inputs}
    if layer.class_name in _OWN:
        return own
    if layer.class_name not in _KEEPING | _FLOATING or not kinds or None in kinds:
        return None
    if kinds <= FLOATS:
        return own
    return next(iter(kinds)) if layer.class_name in _KEEPING and len(kinds) == 1 else None


def _computes_in(layer: Object) -> str | None:
    policy = layer.get("dtype")
    if isinstance(policy, Object):
        policy = policy.get("name")
    if not isinstance(policy, str):
        return None
    policy = policy.removeprefix("mixed_")
    return policy if policy in FLOATS else None


def _of_model(model: Object, inputs: list[Spec], depth: int) -> list[Spec]:
    if not is_graph(model):
        current = inputs
        for layer in model.get("layers", ()):
            if isinstance(layer, Object) and layer.class_name != "InputLayer":
                current = of_layer(layer, current, depth)
        return current
    return [_end(model, ref, depth) for ref in leaves(model.config["output_layers"])]


def _end(model: Object, ref: Ref, depth: int) -> Spec:
    """An output of a nested graph: what a step noted of it, or what its last layer gives whatever comes in."""
    if ref.dtype is not None:
        return Spec(ref.shape, ref.dtype)
    for layer in model.config["layers"]:
        if layer.name == ref.layer:
            specs = of_layer(layer, [], depth)
            return replace(specs[ref.tensor], shape=None) if ref.tensor < len(specs) else Spec()
    return Spec()
