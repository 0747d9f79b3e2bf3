"""Quantizers and quantized policies moved out of ``keras`` itself."""

from kerasarchive.migration import Migration, MoveModule

migration = Migration(
    library="keras",
    release="3.3.0",
    evidence="keras/src/quantizers/quantizers.py and keras/src/dtype_policies/dtype_policy.py of 3.2.1 and 3.3.0: keras_export",
    operations=(
        MoveModule("keras.AbsMaxQuantizer", "keras.quantizers.AbsMaxQuantizer"),
        MoveModule("keras.QuantizedDTypePolicy", "keras.dtype_policies.QuantizedDTypePolicy"),
    ),
)
