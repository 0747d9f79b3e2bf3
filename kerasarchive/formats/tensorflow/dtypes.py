"""TensorFlow's numbers of element types (tensorflow/core/framework/types.proto) as NumPy's names."""

from __future__ import annotations

DTYPES = {
    1: "float32", 2: "float64", 3: "int32", 4: "uint8", 5: "int16", 6: "int8", 7: "string", 8: "complex64",
    9: "int64", 10: "bool", 11: "int8", 12: "uint8", 13: "int32", 14: "bfloat16", 15: "int16", 16: "uint16",
    17: "uint16", 18: "complex128", 19: "float16", 22: "uint32", 23: "uint64",
}  # fmt: skip
"""The quantized types 11 to 16 are stored as the integers that they are; resources and variants never are."""

ITEMSIZES = {
    "float32": 4, "float64": 8, "int32": 4, "uint8": 1, "int16": 2, "int8": 1, "complex64": 8, "int64": 8, "bool": 1,
    "bfloat16": 2, "uint16": 2, "complex128": 16, "float16": 2, "uint32": 4, "uint64": 8,
}  # fmt: skip
"""Bytes an element; text has no fixed size."""


def dtype_name(number: int) -> str:
    """NumPy's name of a type; ``dtype 21`` of one that is no tensor's."""
    return DTYPES.get(number, f"dtype {number}")
