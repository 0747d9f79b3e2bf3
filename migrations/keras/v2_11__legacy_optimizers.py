"""The optimizers until then moved to ``keras.optimizers.legacy``; others took their names."""

from kerasarchive.migration import Migration, RenameClass

NAMES = ("Adadelta", "Adagrad", "Adam", "Adamax", "Ftrl", "Nadam", "RMSprop", "SGD")

migration = Migration(
    library="keras",
    release="2.11.0",
    evidence="https://github.com/keras-team/keras/releases/tag/v2.11.0",
    operations=tuple(
        RenameClass(f"keras.optimizers.{name}", f"keras.optimizers.legacy.{name}", consequence="harmless")
        for name in NAMES
    ),
)
