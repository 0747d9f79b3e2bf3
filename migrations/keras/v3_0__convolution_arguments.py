"""Transposed, depthwise and separable convolutions no longer take the arguments of the class that they derived from."""

from kerasarchive.migration import Migration, RemoveKey


def layers(*names: str) -> tuple[str, ...]:
    """The classes of those names."""
    return tuple(f"keras.layers.{name}" for name in names)


DEPTHWISE = layers("DepthwiseConv1D", "DepthwiseConv2D")
SEPARABLE = layers("SeparableConv1D", "SeparableConv2D")
TRANSPOSED = layers("Conv1DTranspose", "Conv2DTranspose", "Conv3DTranspose")

migration = Migration(
    library="keras",
    release="3.0.0",
    evidence="https://github.com/keras-team/keras/issues/19151",
    operations=(
        RemoveKey((*TRANSPOSED, *SEPARABLE), "groups", default=1),
        # A depthwise convolution has one group per channel by definition and never read these.
        *(
            RemoveKey(DEPTHWISE, key)
            for key in ("groups", "filters", "kernel_initializer", "kernel_regularizer", "kernel_constraint")
        ),
        # A separable one has a depthwise and a pointwise kernel, each with arguments of its own.
        *(RemoveKey(SEPARABLE, key) for key in ("kernel_initializer", "kernel_regularizer", "kernel_constraint")),
    ),
)
