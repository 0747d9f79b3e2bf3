"""``LossScaleOptimizer`` no longer takes what belongs to the optimizer inside it, and never used it."""

from kerasarchive.migration import Migration, RemoveKey

ARGUMENTS = {
    "weight_decay": None,
    "clipnorm": None,
    "global_clipnorm": None,
    "clipvalue": None,
    "use_ema": False,
    "ema_momentum": 0.99,
    "ema_overwrite_frequency": None,
    "loss_scale_factor": None,
    "gradient_accumulation_steps": None,
}
ADVICE = "give it to the optimizer inside"

migration = Migration(
    library="keras",
    release="3.12.0",
    evidence="keras/src/optimizers/loss_scale_optimizer.py of 3.11.3 and 3.12.0: __init__ refuses all but the defaults",
    operations=tuple(
        RemoveKey("keras.optimizers.LossScaleOptimizer", key, default, consequence="harmless", advice=ADVICE)
        for key, default in ARGUMENTS.items()
    ),
)
