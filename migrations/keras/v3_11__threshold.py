"""The operation ``Threshold`` spells its arguments as the function does."""

from kerasarchive.migration import Migration, RenameKey

THRESHOLD = "keras.src.ops.nn.Threshold"

migration = Migration(
    library="keras",
    release="3.11.0",
    evidence="keras/src/ops/nn.py of 3.10.0 and 3.11.0: Threshold.__init__",
    operations=(
        RenameKey(THRESHOLD, "threshold_value", "threshold"),
        RenameKey(THRESHOLD, "value", "default_value"),
    ),
)
