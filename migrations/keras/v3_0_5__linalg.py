"""The operations ``Qr`` and ``Solve`` moved to ``keras.ops.linalg``."""

from kerasarchive.migration import Migration, MoveModule

migration = Migration(
    library="keras",
    release="3.0.5",
    evidence="keras/src/ops/math.py of 3.0.4, keras/src/ops/linalg.py of 3.0.5",
    operations=tuple(MoveModule(f"keras.src.ops.math.{name}", f"keras.src.ops.linalg.{name}") for name in ("Qr", "Solve")),
)
