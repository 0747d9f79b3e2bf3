"""A layer's ``lora_alpha`` scales its adapter; before, the adapter counted as it is, which is an alpha of its rank."""

from kerasarchive.migration import Log, Migration, Object, RewriteObject, unchanged

LAYERS = ("Dense", "EinsumDense", "Embedding", "Conv1D", "Conv2D", "Conv3D")


def without_alpha(obj: Object, log: Log) -> Object:
    """an adapter counts as it is"""
    if not isinstance(obj.config, dict) or "lora_alpha" not in obj.config:
        return obj
    alpha, rank = obj.get("lora_alpha"), obj.get("lora_rank")
    if rank and alpha != rank:
        # What an archive holds is the kernel with the adapter merged, whatever alpha was: only training goes on otherwise.
        log.announce(obj, "training_semantics", f"its adapter counts as it is, no longer scaled by {alpha}/{rank}")
    return obj.with_config({key: value for key, value in obj.config.items() if key != "lora_alpha"})


migration = Migration(
    library="keras",
    release="3.10.0",
    evidence="keras/src/layers/core/dense.py of 3.9.2 and 3.10.0: enable_lora, save_own_variables",
    operations=(RewriteObject(tuple(f"keras.layers.{name}" for name in LAYERS), unchanged, back=without_alpha),),
)
