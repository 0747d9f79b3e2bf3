"""Most arguments got other names: ``output_dim`` is ``units``, ``W_regularizer`` is ``kernel_regularizer``."""

from kerasarchive.migration import Migration, RemoveKey, RenameKey

KERNEL = {
    "init": "kernel_initializer",
    "bias": "use_bias",
    "W_regularizer": "kernel_regularizer",
    "b_regularizer": "bias_regularizer",
    "W_constraint": "kernel_constraint",
    "b_constraint": "bias_constraint",
}
CONVOLUTION = {**KERNEL, "nb_filter": "filters", "border_mode": "padding", "subsample": "strides"}
RECURRENT = {
    "output_dim": "units",
    "init": "kernel_initializer",
    "inner_init": "recurrent_initializer",
    "inner_activation": "recurrent_activation",
    "W_regularizer": "kernel_regularizer",
    "U_regularizer": "recurrent_regularizer",
    "b_regularizer": "bias_regularizer",
    "dropout_W": "dropout",
    "dropout_U": "recurrent_dropout",
}
SEPARABLE = {
    **{key: name for key, name in CONVOLUTION.items() if not key.startswith("W_") and key != "init"},
    "init": "depthwise_initializer",
}
POOLING = {"border_mode": "padding"}
ATROUS = {"atrous_rate": "dilation_rate"}
NAMES: dict[str, dict[str, str]] = {
    **dict.fromkeys(("Dense", "TimeDistributedDense"), {**KERNEL, "output_dim": "units"}),
    "Convolution1D": {**CONVOLUTION, "filter_length": "kernel_size", "subsample_length": "strides"},
    "AtrousConvolution1D": {**CONVOLUTION, **ATROUS, "filter_length": "kernel_size", "subsample_length": "strides"},
    "LocallyConnected1D": {**CONVOLUTION, "filter_length": "kernel_size", "subsample_length": "strides"},
    **dict.fromkeys(("Convolution2D", "Deconvolution2D", "LocallyConnected2D", "Convolution3D"), CONVOLUTION),
    "AtrousConvolution2D": {**CONVOLUTION, **ATROUS},
    "SeparableConvolution2D": SEPARABLE,
    **dict.fromkeys(("LSTM", "GRU", "SimpleRNN"), RECURRENT),
    "ConvLSTM2D": {**RECURRENT, **CONVOLUTION},
    **dict.fromkeys(("MaxPooling1D", "AveragePooling1D"), {**POOLING, "pool_length": "pool_size", "stride": "strides"}),
    **dict.fromkeys(("MaxPooling2D", "AveragePooling2D", "MaxPooling3D", "AveragePooling3D"), POOLING),
    "Embedding": {
        "init": "embeddings_initializer",
        "W_regularizer": "embeddings_regularizer",
        "W_constraint": "embeddings_constraint",
    },
    "BatchNormalization": {"beta_init": "beta_initializer", "gamma_init": "gamma_initializer"},
    **dict.fromkeys(
        ("Dropout", "SpatialDropout1D", "SpatialDropout2D", "SpatialDropout3D", "GaussianDropout"), {"p": "rate"}
    ),
    "GaussianNoise": {"sigma": "stddev"},
    "UpSampling1D": {"length": "size"},
    "PReLU": {"init": "alpha_initializer"},
}
WITH_INPUT_DIM = ("Dense", "TimeDistributedDense", "Convolution1D", "AtrousConvolution1D", "LSTM", "GRU", "SimpleRNN")
LENGTHS = ("TimeDistributedDense", "Convolution1D", "AtrousConvolution1D", "LSTM", "GRU", "SimpleRNN")


def layers(*names: str) -> tuple[str, ...]:
    """The layers of those names."""
    return tuple(f"keras.layers.{name}" for name in names)


migration = Migration(
    library="keras",
    release="2.0.0",
    evidence="keras/legacy/interfaces.py of 2.0.0; https://github.com/keras-team/keras/wiki/Keras-2.0-release-notes",
    operations=(
        *(RenameKey(f"keras.layers.{cls}", old, new) for cls, names in NAMES.items() for old, new in names.items()),
        # Both are in `batch_input_shape` too.
        RemoveKey(layers(*WITH_INPUT_DIM), "input_dim"),
        RemoveKey(layers(*LENGTHS), "input_length"),
        RemoveKey(layers("Deconvolution2D"), "output_shape"),
        RenameKey("keras.layers.InputLayer", "input_dtype", "dtype"),
        RemoveKey("keras.layers.*", "input_dtype"),
        RemoveKey("keras.Sequential", "input_dtype"),
    ),
)
