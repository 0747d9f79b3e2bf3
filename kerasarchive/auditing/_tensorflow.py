"""TensorFlow's functions that compute and do nothing else, by their public names: what a recorded call may name.

Read off ``tensorflow/_api/v2`` of TensorFlow 2.4 and 2.15. What takes functions as arguments (``map_fn``) is left out:
JSON holds none, so no honest archive names it.
"""

from __future__ import annotations

_NAMES = """
    abs acos acosh add add_n approx_top_k argmax argmin argsort as_string asin asinh assert_equal assert_greater
    assert_less assert_rank atan atan2 atanh batch_to_space batch_to_space_nd bitcast boolean_mask broadcast_dynamic_shape
    broadcast_static_shape broadcast_to cast ceil cholesky clip_by_average_norm clip_by_global_norm clip_by_norm
    clip_by_value complex concat conj constant convert_to_tensor cos cosh count_nonzero cross cumprod cumsum depth_to_space
    dequantize det diag diag_part digamma div div_no_nan divide dynamic_partition dynamic_stitch edit_distance einsum
    ensure_shape equal erf erfc exp expand_dims expm1 extract_image_patches extract_volume_patches eye fftnd fill
    fingerprint floor floor_div floordiv floormod gather gather_nd greater greater_equal guarantee_const
    histogram_fixed_width histogram_fixed_width_bins identity identity_n ifftnd igamma igammac imag invert_permutation
    irfftnd is_finite is_inf is_nan is_symbolic_tensor is_tensor less less_equal lgamma lin_space linspace log log1p
    log_sigmoid logical_and logical_not logical_or logical_xor matmul matrix_band_part matrix_diag matrix_diag_part
    matrix_inverse matrix_square_root matrix_transpose maximum meshgrid minimum mod multinomial multiply negative no_op
    norm not_equal one_hot ones ones_like pad parallel_stack pow qr random_gamma random_index_shuffle random_normal
    random_poisson random_shuffle random_uniform range rank real realdiv reciprocal reduce_all reduce_any
    reduce_join reduce_logsumexp reduce_max reduce_mean reduce_min reduce_prod reduce_sum repeat
    required_space_to_batch_paddings reshape reverse reverse_sequence reverse_v2 rfftnd rint roll round rsqrt saturate_cast
    scalar_mul scatter_nd searchsorted segment_max segment_mean segment_min segment_prod segment_sum sequence_mask shape
    shape_n sigmoid sign sin sinh size slice sort space_to_batch space_to_batch_nd space_to_depth split sqrt square
    squared_difference squeeze stack stop_gradient strided_slice string_join string_split string_strip string_to_number
    substr subtract svd tan tanh tensor_scatter_nd_add tensor_scatter_nd_max tensor_scatter_nd_min tensor_scatter_nd_sub
    tensor_scatter_nd_update tensordot tile to_bfloat16 to_double to_float to_int32 to_int64 trace transpose
    truediv truncated_normal truncatediv truncatemod tuple unique unique_with_counts unravel_index unsorted_segment_max
    unsorted_segment_mean unsorted_segment_min unsorted_segment_prod unsorted_segment_sum unstack where where_v2 zeros
    zeros_like zeta
"""
PURE_FUNCTIONS = frozenset(_NAMES.split())
"""Functions at the top, of TensorFlow 2 and of ``compat.v1``."""

PURE_NAMESPACES = (
    "__operators__.", "_operators.", "bitwise.", "dtypes.", "experimental.numpy.", "image.", "keras.activations.",
    "keras.backend.", "keras.losses.", "keras.metrics.", "linalg.", "math.", "nest.flatten", "nn.", "quantization.",
    "ragged.", "RaggedTensor.", "random.", "sets.", "signal.", "sparse.", "strings.",
    "io.decode_", "io.encode_", "io.parse_", "io.serialize_", "io.deserialize_",
)  # fmt: skip
"""Namespaces that hold computations alone, but for `IMPURE`."""

IMPURE = (
    "set_", "clear_", "manual_", "reset_", "deserialize", "serialize", "get", "print", "load", "save",
    "experimental_enable", "register", "enable_", "disable_", "from_file", "function", "foldl", "foldr", "map_fn", "rnn",
)  # fmt: skip
"""Beginnings of names in these namespaces that change the process, make objects from configs, or call functions."""

PURE_CLASSES = frozenset({"RaggedTensor", "SparseTensor", "IndexedSlices", "TensorShape"})
"""Classes whose class methods make tensors."""


def is_pure(name: str) -> bool:
    """Whether ``tf.name`` is known to compute and do nothing else."""
    bare = name.removeprefix("compat.v1.").removeprefix("compat.v2.")
    if bare in PURE_FUNCTIONS:
        return True
    if bare.startswith("keras.applications.") and bare.endswith(".preprocess_input"):
        return True
    if not bare.startswith(PURE_NAMESPACES):
        return False
    if bare.startswith(("io.", "__operators__.")):
        return True
    return not bare.rpartition(".")[2].startswith(("_", *IMPURE))
