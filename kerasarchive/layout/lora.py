"""Low-rank adapters: an HDF5 file lists them as weights, a `.keras` keeps the kernel to which they have been added.

Source: ``Dense.save_own_variables`` and ``_get_kernel_with_merged_lora`` of Keras 3: ``kernel + alpha / rank * a @ b``.
"""

from __future__ import annotations

from dataclasses import replace

from kerasarchive.layout.variables import quantization
from kerasarchive.model.objects import Object, State, transform

KERNELS = ("kernel", "embeddings")


def merged(root: Object) -> Object:
    """`root` with adapters added to the kernels that they adapt; those of quantized layers stay as they are."""
    return transform(root, _with_kernel)


def _with_kernel(obj: Object) -> Object:
    if not obj.get("lora_rank") or quantization(obj.get("dtype")) is not None:
        return obj
    rank = float(obj.get("lora_rank"))
    scale = float(obj.get("lora_alpha") or rank) / rank
    return obj.with_state(lambda state: _sum(state, scale))


def _sum(state: State, scale: float) -> State:
    variables = dict(state.variables)
    for name in KERNELS:
        down, up = variables.get(f"lora_{name}_a"), variables.get(f"lora_{name}_b")
        kernel = variables.get("0")
        if kernel is None or down is None or up is None or down.path is None or up.path is None:
            continue
        del variables[f"lora_{name}_a"], variables[f"lora_{name}_b"]
        variables["0"] = replace(
            kernel,
            transform=lambda k, a, b: (k + scale * (a @ b)).astype(k.dtype),
            joined=(down.path, up.path),
            what="with LoRA",
        )
    return replace(state, variables=variables)
