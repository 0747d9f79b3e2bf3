"""There is one family of optimizers: ``keras.optimizers.experimental`` is gone, and so is ``keras.optimizers.legacy``."""

from dataclasses import replace

from kerasarchive.migration import Log, Migration, MoveModule, Object, RewriteObject

NAMES = ("Adadelta", "Adafactor", "Adagrad", "Adam", "AdamW", "Adamax", "Ftrl", "Lion", "Nadam", "RMSprop", "SGD")
LEGACY = ("Adadelta", "Adagrad", "Adam", "Adamax", "Ftrl", "Nadam", "RMSprop", "SGD")

LOST = "tf.keras never stored the state of a legacy optimizer in this format: training goes on from a fresh one"
OTHER_FORMULA = {
    "Nadam": "the legacy Nadam schedules its momentum differently",
    "RMSprop": "the legacy RMSprop adds epsilon outside the square root",
    "Ftrl": "the legacy Ftrl rounds its updates differently",
}


def without_legacy(obj: Object, log: Log) -> Object:
    """the legacy optimizer is the optimizer of that name"""
    log.announce(obj, "lost_at_save", LOST)
    if obj.class_name in OTHER_FORMULA:
        log.announce(obj, "training_semantics", OTHER_FORMULA[obj.class_name])
    return replace(obj, module="keras.optimizers")


migration = Migration(
    library="keras",
    release="3.0.0",
    evidence="keras/src/optimizers/__init__.py of 2.15.0 and 3.0.0",
    operations=(
        *(MoveModule(f"keras.optimizers.experimental.{name}", f"keras.optimizers.{name}") for name in NAMES),
        RewriteObject(tuple(f"keras.optimizers.legacy.{name}" for name in LEGACY), without_legacy),
    ),
)
