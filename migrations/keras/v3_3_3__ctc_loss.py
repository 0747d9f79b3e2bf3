"""The operation ``CtcLoss`` is called ``CTCLoss``."""

from kerasarchive.migration import Migration, RenameClass

migration = Migration(
    library="keras",
    release="3.3.3",
    evidence="keras/src/ops/nn.py of 3.3.2 and 3.3.3",
    operations=(RenameClass("keras.src.ops.nn.CtcLoss", "keras.src.ops.nn.CTCLoss"),),
)
