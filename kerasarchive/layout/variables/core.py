"""Variables of Dense, EinsumDense and the embeddings, quantized and with LoRA too."""

from __future__ import annotations

from kerasarchive.layout.shapes.einsum import Projection, analyze
from kerasarchive.layout.shapes.setting import Shape, dim, flag, integer, product, sequence, shape_of
from kerasarchive.layout.variables.variable import Given, Variable, quantization


def dense(given: Given) -> tuple[Variable, ...]:
    """Keras: ``kernel (inputs, units)``, ``bias (units,)``."""
    units = integer(given.config, "units")
    kernel = (dim(given.shape, -1), units)
    bias = given.variable("bias", (units,)) if flag(given.config, "use_bias", True) else None
    return _projection(given, kernel, bias, scale=(units,))


def einsum_dense(given: Given) -> tuple[Variable, ...]:
    """Keras: the kernel and bias that the equation asks for."""
    projection = projection_of(given)
    axes = given.config.get("bias_axes")
    bias = given.variable("bias", projection.bias if projection else None) if axes else None
    kernel = projection.kernel if projection else None
    scale = _scale(projection) if projection else None
    return _projection(given, kernel, bias, scale=scale)


def projection_of(given: Given) -> Projection | None:
    """What an EinsumDense's equation gives for its input shape."""
    equation, axes = given.config.get("equation"), given.config.get("bias_axes")
    output = given.config.get("output_shape")
    partial = shape_of(output if sequence(output) is not None else [output])
    if not isinstance(equation, str) or partial is None:
        return None
    return analyze(equation, axes if isinstance(axes, str) else None, given.shape, partial)


def embedding(given: Given) -> tuple[Variable, ...]:
    """Keras: ``embeddings (input_dim, output_dim)``; ReversibleEmbedding without tied weights has a second table."""
    rows, columns = integer(given.config, "input_dim"), integer(given.config, "output_dim")
    mode = quantization(given.config.get("dtype"))
    untied = not flag(given.config, "tie_weights", True)
    if mode in ("int8", "int4"):
        # How int4 is packed differs between 3.12 and 3.15, so the shape of its table is left open.
        table = (rows, columns) if mode == "int8" else None
        back = (columns, rows) if mode == "int8" else None
        blocks = mode == "int4" and _blocks(given)
        variables = [_frozen(given, "embeddings", table, "int8"), _frozen(given, "embeddings_scale", None)]
        if blocks:
            variables.append(_frozen(given, "embeddings_zero", None))
            variables.append(_frozen(given, "g_idx", (columns,), "float32"))
        if untied:
            variables.append(_frozen(given, "reverse_embeddings", back, "int8"))
            variables.append(_frozen(given, "reverse_embeddings_scale", None))
            variables += [_frozen(given, "reverse_embeddings_zero", None)] if blocks else []
        return tuple(variables)
    rank = _rank(given)
    variables = [given.variable("embeddings", (rows, columns), trainable=rank is None)]
    if untied:
        variables.append(given.variable("reverse_embeddings", (columns, rows)))
    if rank is not None:
        variables.append(given.variable("lora_embeddings_a", (rows, rank), dtype="float32", key=None))
        variables.append(given.variable("lora_embeddings_b", (rank, columns), dtype="float32", key=None))
    return tuple(variables)


def _projection(
    given: Given, kernel: Shape | None, bias: Variable | None, *, scale: Shape | None
) -> tuple[Variable, ...]:
    """Kernel and bias in stored order, what a quantization mode stores after them, and LoRA's pair, never stored."""
    mode, rank = quantization(given.config.get("dtype")), _rank(given)
    biases = (bias,) if bias is not None else ()
    adapters: tuple[Variable, ...] = ()
    if rank is not None:
        down = (*kernel[:-1], rank) if kernel else None
        up = (rank, kernel[-1]) if kernel else None
        adapters = (
            given.variable("lora_kernel_a", down, dtype="float32", key=None),
            given.variable("lora_kernel_b", up, dtype="float32", key=None),
        )
    if mode == "int8":
        stored = (_frozen(given, "kernel", kernel, "int8"), *biases, _frozen(given, "kernel_scale", scale))
    elif mode == "int4":
        # Packed along another axis in 3.12 than in 3.15; a policy with blocks adds a zero point and an index.
        stored = (_frozen(given, "kernel", None, "int8"), *biases, _frozen(given, "kernel_scale", None))
        if _blocks(given):
            stored += (_frozen(given, "kernel_zero", None), _frozen(given, "g_idx", None, "float32"))
    elif mode == "gptq":
        stored = (*biases, _frozen(given, "kernel", None, "uint8"), _frozen(given, "kernel_scale", None))
        stored += (_frozen(given, "kernel_zero", None, "uint8"), _frozen(given, "g_idx", None, "float32"))
    elif mode == "float8":
        stored = (given.variable("kernel", kernel), *biases)
        for name in ("inputs", "kernel", "outputs_grad"):
            stored += (given.variable(f"{name}_scale", (), dtype="float32"),)
            stored += (given.variable(f"{name}_amax_history", None, dtype="float32"),)
    else:
        stored = (given.variable("kernel", kernel, trainable=rank is None), *biases)
    return stored + adapters


def _frozen(given: Given, name: str, shape: Shape | None, dtype: str | None = None) -> Variable:
    return given.variable(name, shape, trainable=False, dtype=dtype)


def _rank(given: Given) -> int | None:
    rank = integer(given.config, "lora_rank")
    return rank if rank else None


def _blocks(given: Given) -> bool:
    """Whether an int4 policy quantizes in blocks along the inputs (``int4/128_from_float32``)."""
    policy = given.config.get("dtype")
    config = policy.get("config") if isinstance(policy, dict) else None
    name = config.get("mode") if isinstance(config, dict) else policy
    block = str(name).partition("_from_")[0].partition("/")[2]
    return block.isdigit() and block != "0"


def _scale(projection: Projection) -> Shape | None:
    """Shape of an int8 EinsumDense's scale where each output axis of the kernel follows the summed ones in order."""
    kernel, reduced = projection.kernel, projection.reduced
    kept = tuple(size for axis, size in enumerate(kernel) if axis not in reduced)
    if product(kept) is None or tuple(reduced) != tuple(range(len(reduced))):
        return None
    return (1,) * (len(projection.output) - len(kept)) + kept
