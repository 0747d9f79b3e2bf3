"""``EinsumDense`` takes its output shape from its config alone: axes left open are filled in where the input's are known."""

from typing import Any

from kerasarchive.migration import Log, Migration, Object, RewriteObject, unchanged


def known_axes(obj: Object, log: Log) -> Object:
    """axes of the output that the input fixes are written out"""
    equation, asked = obj.get("equation"), obj.get("output_shape")
    built = obj.extra.get("build_config")
    shape = built.get("input_shape") if isinstance(built, dict) else None
    if not isinstance(equation, str) or not isinstance(asked, list) or None not in asked or not isinstance(shape, list):
        return obj
    taken, _, given = equation.replace(" ", "").partition("->")
    inputs = taken.partition(",")[0]
    if "." in equation or len(inputs) != len(shape) or len(given) != len(asked) + 1:
        return obj
    sizes: dict[str, Any] = dict(zip(inputs, shape, strict=True))
    filled = [sizes.get(axis) if size is None else size for axis, size in zip(given[1:], asked, strict=True)]
    return obj if filled == asked else obj.with_config({**obj.config, "output_shape": filled})


migration = Migration(
    library="keras",
    release="3.0.0",
    evidence="keras/src/layers/core/einsum_dense.py of 3.0.0: compute_output_shape; measured with Flatten and Dense after it",
    operations=(RewriteObject("keras.layers.EinsumDense", known_axes, back=unchanged),),
)
