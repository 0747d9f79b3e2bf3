"""Recurrent layers no longer take ``time_major``, nor constants beside their input."""

from kerasarchive.migration import Migration, RemoveKey

RECURRENT = tuple(
    f"keras.layers.{name}" for name in ("RNN", "LSTM", "GRU", "SimpleRNN", "ConvLSTM1D", "ConvLSTM2D", "ConvLSTM3D")
)

migration = Migration(
    library="keras",
    release="3.0.0",
    evidence="https://github.com/keras-team/keras/issues/20750",
    operations=(
        RemoveKey(
            RECURRENT,
            "time_major",
            default=False,
            advice="rebuild the model with batch-major input (a Permute((2, 1)) before and after)",
        ),
        RemoveKey(
            (*RECURRENT, "keras.layers.Bidirectional"),
            "num_constants",
            default=None,
            also=(0,),
            advice="pass the constants through a custom cell",
        ),
    ),
)
