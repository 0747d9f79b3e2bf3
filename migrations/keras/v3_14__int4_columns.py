"""An int4 kernel is packed along its columns, it was along its rows; and inputs are not quantized unless that is asked for."""

from dataclasses import replace
from typing import Any

from kerasarchive.migration import Log, Migration, Object, Refuse, RewriteObject, TensorSource, new

ADVICE = "load it in the release that wrote it, quantize the model anew in the target, or save it before it is quantized"


def columns(obj: Object, log: Log) -> Object:
    """two values of a row are packed in one byte, no longer two of a column; inputs are quantized where that is said"""
    policy, state = obj.get("dtype"), obj.states.get("")
    if not (isinstance(policy, Object) and policy.get("mode") == "int4" and state is not None and state.variables):
        return obj
    variables = list(state.variables.values())
    rows = _rows(obj)
    if rows is None or len(variables[0].shape) != 2 or variables[0].shape[0] != (rows + 1) // 2:
        reason = "its int4 kernel has to be packed along another axis, and how long that is, is not known"
        raise Refuse(reason, ADVICE)
    width = variables[0].shape[1]
    kernel = variables[0].then(lambda array: packed(unpacked(array, rows)), what="int4, packed along its columns")
    # An EinsumDense kept a scale with an axis for each of its output.
    scale: TensorSource = variables[-1]
    if scale.shape != (width,):
        scale = scale.then(lambda array: array.reshape(width), what="one scale a column")
    repacked = replace(obj, states={**obj.states, "": state.numbered([kernel, *variables[1:-1], scale])})
    return repacked if isinstance(obj.get("quantization_config"), Object) else repacked.with_config(_quantized_inputs(obj))


def _quantized_inputs(obj: Object) -> dict[str, Any]:
    quantizer = new("keras.quantizers.AbsMaxQuantizer", value_range=[-127, 127], epsilon=1e-07, output_dtype="int8")
    given = new(
        "keras.quantizers.Int4QuantizationConfig", weight_quantizer=None, activation_quantizer=quantizer, block_size=None
    )
    return {**obj.config, "quantization_config": given}


def refuse_int4(obj: Object, log: Log) -> Object:
    """an int4 kernel is packed along its rows"""
    policy = obj.get("dtype")
    if isinstance(policy, Object) and str(policy.get("mode")).startswith("int4"):
        reason = "its int4 kernel is packed along another axis than before Keras 3.14"
        raise Refuse(reason, ADVICE)
    return obj


def unpacked(array: Any, rows: int) -> Any:
    """The values of an array that holds two rows in each of its own: the even ones in the low nibbles."""
    values = array.repeat(2, axis=0)
    values[::2] = (array << 4).astype("int8") >> 4
    values[1::2] = array >> 4
    return values[:rows]


def packed(array: Any) -> Any:
    """Two columns in each byte, zeros beside the last of an odd number of them."""
    values, high = array[:, ::2] & 0x0F, array[:, 1::2] << 4
    values[:, : high.shape[1]] |= high
    return values.astype("int8")


def _rows(obj: Object) -> int | None:
    """Length of the kernel's summed axis, where the kernel has two axes and the first is summed."""
    build = obj.extra.get("build_config")
    shape = build.get("input_shape") if isinstance(build, dict) else None
    if not isinstance(shape, list) or not isinstance(shape[-1], int):
        return None
    if obj.class_name == "Dense":
        return shape[-1]
    inputs, _, rest = str(obj.get("equation")).partition(",")
    kernel, _, output = rest.partition("->")
    summed = len(kernel) == 2 and kernel[0] == inputs[-1:] and kernel[0] not in output and kernel[1] == output[-1:]
    return shape[-1] if summed else None


migration = Migration(
    library="keras",
    release="3.14.0",
    evidence="keras/src/layers/core/dense.py and einsum_dense.py of 3.13.2 and 3.14.0: _int4_build; quantizers.py: pack_int4",
    operations=(RewriteObject(("keras.layers.Dense", "keras.layers.EinsumDense"), columns, back=refuse_int4),),
)
