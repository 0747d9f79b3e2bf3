"""The optimizer that scales the loss has a public name, and variables of its own before those of the one inside."""

from dataclasses import replace

from kerasarchive.migration import Log, Migration, Object, Refuse, RewriteObject, State, scalar, unchanged

OLD = (
    "keras.src.mixed_precision.loss_scale_optimizer.LossScaleOptimizerV3",
    "keras.src.mixed_precision.loss_scale_optimizer.LossScaleOptimizer",
    "keras.mixed_precision.loss_scale_optimizer.LossScaleOptimizerV3",
    "keras.mixed_precision.LossScaleOptimizer",
    "keras.mixed_precision.LossScaleOptimizerV3",
)
RESTARTS = "tf.keras did not store the loss scale that it had found: it starts from the initial one"


def around_inner(obj: Object, log: Log) -> Object:
    """the loss scale is kept before the variables of the inner optimizer"""
    inner = obj.get("inner_optimizer")
    if not isinstance(inner, Object):
        reason = "it has no inner optimizer"
        raise Refuse(reason)
    if not obj.get("dynamic", True):
        reason = "its loss scale is fixed, which is an argument of the inner optimizer now"
        raise Refuse(reason, "compile the model with loss_scale_factor on the optimizer itself")
    scale = float(obj.get("initial_scale") or 2.0**15)
    config = {
        "name": obj.get("name") or "loss_scale_optimizer",
        "inner_optimizer": inner,
        "initial_scale": scale,
        "dynamic_growth_steps": obj.get("dynamic_growth_steps") or 2000,
    }
    state = obj.states.get("", State())
    inside = list(inner.states[""].variables.values()) if "" in inner.states else []
    if inside:
        log.announce(obj, "lost_at_save", RESTARTS)
        own = [
            scalar(0, "iterations", "int64"),
            scalar(0, "learning rate"),
            scalar(0, "steps since the scale grew", "int64"),
            scalar(scale, "initial loss scale"),
        ]
        state = state.numbered([*own, *inside])
    named = {"module": "keras.optimizers", "class_name": "LossScaleOptimizer", "registered_name": None}
    return replace(obj, config=config, states={"": state} if obj.states else {}, **named)


def refuse(obj: Object, log: Log) -> Object:
    """tf.keras reads the optimizer inside as one of its legacy ones"""
    reason = "tf.keras rebuilds the optimizer inside as a legacy one, which does not take these arguments"
    raise Refuse(reason, "compile the model with the optimizer inside, and save it again")


migration = Migration(
    library="keras",
    release="3.0.0",
    evidence="keras/src/optimizers/loss_scale_optimizer.py of 3.0.0: build and variables; measured with mixed_float16",
    operations=(
        RewriteObject("keras.optimizers.LossScaleOptimizer", unchanged, consequence="harmless", back=refuse),
        RewriteObject(OLD, around_inner),
    ),
)
