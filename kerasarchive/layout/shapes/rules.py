"""Which built-in class has which output shape: the table behind shape inference."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from kerasarchive.layout.shapes import dense, recurrent, windows
from kerasarchive.layout.shapes.einsum import analyze
from kerasarchive.layout.shapes.setting import Shape, integer, sequence, shape_of
from kerasarchive.layout.shapes.windows import Rule

_SAME = """Activation ELU LeakyReLU PReLU ReLU Softmax ThresholdedReLU Identity Masking ActivityRegularization
UnitNormalization BatchNormalization BatchNormalizationV1 BatchNormalizationV2 SyncBatchNormalization
LayerNormalization GroupNormalization RMSNormalization Normalization Rescaling
Dropout SpatialDropout1D SpatialDropout2D SpatialDropout3D AlphaDropout GaussianDropout GaussianNoise
AutoContrast AugMix ContrastLimitedAdaptiveHistogramEqualization CutMix Equalization MixUp RandAugment Solarization
RandomBrightness RandomColorDegeneration RandomColorJitter RandomContrast RandomElasticTransform RandomErasing
RandomFlip RandomGaussianBlur RandomGrayscale RandomHue RandomInvert RandomPerspective RandomPosterization
RandomRotation RandomSaturation RandomSharpness RandomShear RandomTranslation RandomZoom GroupQueryAttention
GroupedQueryAttention"""


def einsum(config: Mapping[str, Any], inputs: Sequence[Shape | None]) -> Shape | None:
    """What the equation says."""
    equation, asked = config.get("equation"), config.get("output_shape")
    partial = shape_of(asked if isinstance(asked, (list, tuple)) else [asked])
    if not isinstance(equation, str) or partial is None or inputs[0] is None:
        return None
    found = analyze(equation, None, inputs[0], partial)
    return found.output if found else None


def binned(config: Mapping[str, Any], inputs: Sequence[Shape | None]) -> Shape | None:
    """Hashing and Discretization keep the shape unless they encode: one-hot adds an axis, the rest replace the last."""
    shape, mode = inputs[0], config.get("output_mode", "int")
    if mode == "int" or not shape:
        return shape
    edges = sequence(config.get("bin_boundaries"))
    size = integer(config, "num_bins") if edges is None else len(edges) + 1
    return (*shape, size) if mode == "one_hot" and shape[-1] != 1 else (*shape[:-1], size)


RULES: dict[str, Rule] = {
    **dict.fromkeys(_SAME.split(), dense.same),
    "Dense": dense.dense,
    "EinsumDense": einsum,
    "Embedding": dense.embedding,
    "ReversibleEmbedding": dense.embedding,
    "Flatten": dense.flatten,
    "Reshape": dense.reshape,
    "Permute": dense.permute,
    "RepeatVector": dense.repeat_vector,
    "Concatenate": dense.concatenate,
    "Dot": dense.dot,
    **dict.fromkeys(("Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum"), dense.broadcast),
    "Attention": dense.attention,
    "AdditiveAttention": dense.attention,
    "MultiHeadAttention": dense.multi_head_attention,
    "CategoryEncoding": dense.category_encoding,
    "StringLookup": dense.lookup,
    "IntegerLookup": dense.lookup,
    "TextVectorization": dense.text_vectorization,
    "Hashing": binned,
    "Discretization": binned,
    **dict.fromkeys(("Resizing", "CenterCrop", "RandomCrop"), windows.resized),
}
for _rank in (1, 2, 3):
    for _name in ("Conv", "Convolution"):
        RULES[f"{_name}{_rank}D"] = windows.convolution(_rank)
        RULES[f"{_name}{_rank}DTranspose"] = windows.transposed(_rank)
        RULES[f"Separable{_name}{_rank}D"] = windows.convolution(_rank)
    RULES[f"LocallyConnected{_rank}D"] = windows.convolution(_rank)
    RULES[f"DepthwiseConv{_rank}D"] = windows.depthwise(_rank)
    for _kind in ("Average", "Max"):
        for _name in ("Pooling", "Pool"):
            _short = "Avg" if _kind == "Average" and _name == "Pool" else _kind
            RULES[f"{_short}{_name}{_rank}D"] = windows.pooling(_rank)
            RULES[f"Global{_short}{_name}{_rank}D"] = windows.everywhere(_rank)
        RULES[f"Adaptive{_kind}Pooling{_rank}D"] = windows.adaptive(_rank)
    RULES[f"ZeroPadding{_rank}D"] = windows.bordered(_rank, "padding", 1)
    RULES[f"Cropping{_rank}D"] = windows.bordered(_rank, "cropping", -1)
    RULES[f"UpSampling{_rank}D"] = windows.repeated(_rank)


_SINGLE = """HashedCrossing MelSpectrogram STFTSpectrogram MaxNumBoundingBoxes RandomPerspective RandomWidth RandomHeight
RandomFourierFeatures"""
SINGLE = frozenset(_SINGLE.split())
"""Layers without a rule here that give one tensor."""


def outputs(
    class_name: str, config: Mapping[str, Any], inputs: Sequence[Shape | None]
) -> tuple[Shape | None, ...] | None:
    """Every output of a built-in layer on those inputs; None if its class has no rule here."""
    rule = RULES.get(class_name)
    if rule is not None:
        return (rule(config, inputs) if inputs else None,)
    return recurrent.outputs(class_name, config, inputs[0] if inputs else None)
