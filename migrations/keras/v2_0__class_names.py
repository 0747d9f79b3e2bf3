"""Convolutions got shorter names, and dilated ones are an argument of the plain ones."""

from kerasarchive.migration import Migration, RenameClass, ReplaceClass

RENAMED = {
    "Convolution1D": "Conv1D",
    "Convolution2D": "Conv2D",
    "Convolution3D": "Conv3D",
    "Deconvolution2D": "Conv2DTranspose",
    "SeparableConvolution2D": "SeparableConv2D",
}
REPLACED = {"AtrousConvolution1D": "Conv1D", "AtrousConvolution2D": "Conv2D", "TimeDistributedDense": "Dense"}

migration = Migration(
    library="keras",
    release="2.0.0",
    evidence="keras/layers/convolutional.py of 2.0.0: aliases; keras/legacy/layers.py of 2.0.0: AtrousConvolution1D",
    operations=(
        *(RenameClass(f"keras.layers.{old}", f"keras.layers.{new}") for old, new in RENAMED.items()),
        *(ReplaceClass(f"keras.layers.{old}", f"keras.layers.{new}") for old, new in REPLACED.items()),
    ),
)
