"""There is one family of optimizers: ``keras.optimizers.experimental`` is gone."""

from kerasarchive.migration import Migration, ReplaceClass

NAMES = ("Adadelta", "Adafactor", "Adagrad", "Adam", "AdamW", "Adamax", "Ftrl", "Lion", "Nadam", "RMSprop", "SGD")
migration = Migration(
    library="keras",
    release="3.0.0",
    evidence="keras/src/optimizers/__init__.py of 2.15.0 and 3.0.0",
    operations=tuple(
        ReplaceClass(f"keras.optimizers.experimental.{name}", f"keras.optimizers.{name}") for name in NAMES
    ),
)
