"""An optimizer keeps its learning rate as its second variable (unless a schedule computes it)."""

from dataclasses import replace

from kerasarchive.migration import Log, Migration, Object, Refuse, RewriteObject, scalar

OPTIMIZERS = ("keras.optimizers.*", "keras.optimizers.experimental.*")


def learning_rate_variable(obj: Object, log: Log) -> Object:
    """the learning rate is a variable, right after the iterations"""
    state = obj.states.get("")
    if state is None or not state.variables:
        return obj
    rate = obj.get("learning_rate")
    if isinstance(rate, Object):
        return obj
    if isinstance(rate, bool) or not isinstance(rate, (int, float)):
        reason = f"its learning rate is {rate!r:.60}, which is neither a number nor a schedule"
        raise Refuse(reason, "--drop-training-state migrates without the optimizer's state")
    iterations, *slots = state.variables.values()
    variables = [iterations, scalar(rate, "the learning rate of the config"), *slots]
    return replace(obj, states={"": state.numbered(variables)})


def without_variable(obj: Object, log: Log) -> Object:
    """the learning rate is what the config says, and no variable"""
    state = obj.states.get("")
    if state is None or not state.variables or isinstance(obj.get("learning_rate"), Object):
        return obj
    iterations, rate, *slots = state.variables.values()
    log.drop([rate])
    return replace(obj, states={"": state.numbered([iterations, *slots])})


migration = Migration(
    library="keras",
    release="3.0.0",
    evidence="keras/src/optimizers/base_optimizer.py of 3.0.0: __init__ makes iterations, then learning_rate",
    operations=(RewriteObject(OPTIMIZERS, learning_rate_variable, consequence="loses_state", back=without_variable),),
)
