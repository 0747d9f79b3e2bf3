"""Which built-in class creates which variables: the table behind `own`."""

from __future__ import annotations

from collections.abc import Callable

from kerasarchive.layout.variables import convolution, core, normalization, other, recurrent
from kerasarchive.layout.variables.variable import Given, Variable

Maker = Callable[[Given], tuple[Variable, ...]]


def _spatial(maker: Callable[[Given, int], tuple[Variable, ...]], prefix: str, suffix: str = "") -> dict[str, Maker]:
    def of(rank: int) -> Maker:
        return lambda given: maker(given, rank)

    return {f"{prefix}{rank}D{suffix}": of(rank) for rank in (1, 2, 3)}


MAKERS: dict[str, Maker] = {
    "Dense": core.dense,
    "EinsumDense": core.einsum_dense,
    "Embedding": core.embedding,
    "ReversibleEmbedding": core.embedding,
    **_spatial(convolution.convolution, "Conv"),
    **_spatial(convolution.convolution, "Convolution"),
    **_spatial(convolution.transposed, "Conv", "Transpose"),
    **_spatial(convolution.transposed, "Convolution", "Transpose"),
    **_spatial(convolution.depthwise, "DepthwiseConv"),
    **_spatial(convolution.separable, "SeparableConv"),
    **_spatial(convolution.separable, "SeparableConvolution"),
    **_spatial(convolution.locally_connected, "LocallyConnected"),
    "BatchNormalization": normalization.batch,
    "BatchNormalizationV1": normalization.batch,
    "BatchNormalizationV2": normalization.batch,
    "SyncBatchNormalization": normalization.batch,
    "LayerNormalization": normalization.layer,
    "GroupNormalization": normalization.group,
    "RMSNormalization": normalization.root_mean_square,
    "SpectralNormalization": lambda given: (),  # `own` looks into the layer that it wraps
    "Normalization": normalization.preprocessing,
    "SimpleRNNCell": lambda given: recurrent.gated(given, 1),
    "LSTMCell": lambda given: recurrent.gated(given, 4),
    "GRUCell": recurrent.gru,
    "ConvLSTMCell": recurrent.convolutional,
    "CuDNNLSTM": lambda given: recurrent.cudnn(given, 4),
    "CuDNNGRU": lambda given: recurrent.cudnn(given, 3),
    "Attention": other.attention,
    "AdditiveAttention": other.additive_attention,
    "PReLU": other.prelu,
    "StringLookup": other.lookup,
    "IntegerLookup": other.lookup,
    "TextVectorization": other.text_vectorization,
    "Discretization": other.discretization,
    "STFTSpectrogram": other.spectrogram,
    "RandomFourierFeatures": other.random_fourier_features,
}

_NAMES = """
InputLayer Sequential Functional Model
Activation ELU LeakyReLU ReLU Softmax ThresholdedReLU Identity Lambda Masking ActivityRegularization
Add Subtract Multiply Average Maximum Minimum Concatenate Dot
Flatten Reshape Permute RepeatVector UnitNormalization
Cropping1D Cropping2D Cropping3D UpSampling1D UpSampling2D UpSampling3D ZeroPadding1D ZeroPadding2D ZeroPadding3D
AveragePooling1D AveragePooling2D AveragePooling3D AvgPool1D AvgPool2D AvgPool3D
MaxPooling1D MaxPooling2D MaxPooling3D MaxPool1D MaxPool2D MaxPool3D
GlobalAveragePooling1D GlobalAveragePooling2D GlobalAveragePooling3D
GlobalAvgPool1D GlobalAvgPool2D GlobalAvgPool3D
GlobalMaxPooling1D GlobalMaxPooling2D GlobalMaxPooling3D GlobalMaxPool1D GlobalMaxPool2D GlobalMaxPool3D
AdaptiveAveragePooling1D AdaptiveAveragePooling2D AdaptiveAveragePooling3D
AdaptiveMaxPooling1D AdaptiveMaxPooling2D AdaptiveMaxPooling3D
Dropout SpatialDropout1D SpatialDropout2D SpatialDropout3D AlphaDropout GaussianDropout GaussianNoise
RNN StackedRNNCells SimpleRNN LSTM GRU ConvLSTM1D ConvLSTM2D ConvLSTM3D LSTMV2 GRUV2
Wrapper TimeDistributed Bidirectional MultiHeadAttention GroupQueryAttention GroupedQueryAttention
CategoryEncoding HashedCrossing Hashing Rescaling Resizing CenterCrop MelSpectrogram Pipeline MaxNumBoundingBoxes
AugMix AutoContrast ContrastLimitedAdaptiveHistogramEqualization CutMix Equalization MixUp RandAugment Solarization
RandomBrightness RandomColorDegeneration RandomColorJitter RandomContrast RandomCrop RandomElasticTransform
RandomErasing RandomFlip RandomGaussianBlur RandomGrayscale RandomHeight RandomHue RandomInvert RandomPerspective
RandomPosterization RandomRotation RandomSaturation RandomSharpness RandomShear RandomTranslation RandomWidth
RandomZoom
TensorFlowOpLayer TFOpLambda SlicingOpLambda ClassMethod InstanceMethod InstanceProperty
"""

WEIGHTLESS = frozenset(_NAMES.split())
"""Classes without a variable of their own. Their seed generators' state is never stored."""
