"""Functional models moved to ``keras.src.models.functional``, and ``Model`` is ``Functional``."""

from kerasarchive.migration import Migration, MoveModule, RenameClass

NEW = "keras.src.models.functional.Functional"

migration = Migration(
    library="keras",
    release="3.0.0",
    evidence="https://github.com/keras-team/keras/issues/19089",
    operations=(
        RenameClass("keras.Model", NEW),
        RenameClass("keras.src.engine.functional.Model", NEW),
        MoveModule("keras.engine.functional.Functional", NEW),
        MoveModule("keras.src.engine.functional.Functional", NEW),
    ),
)
