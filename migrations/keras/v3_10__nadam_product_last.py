"""Nadam keeps the product of its momentum schedule as its last variable; it was the first after the learning rate."""

from dataclasses import replace

from kerasarchive.migration import Log, Migration, Object, Refuse, RewriteObject


def product_last(obj: Object, log: Log) -> Object:
    """the product of the momentum schedule comes after the slots"""
    state = obj.states.get("")
    if state is None or not state.variables:
        return obj
    variables = list(state.variables.values())
    at = 1 if isinstance(obj.get("learning_rate"), Object) else 2
    if obj.get("use_ema"):
        # The moving averages are made before it: one for each of the variables, which have two slots more.
        at += (len(variables) - at - 1) // 3
    variables.append(variables.pop(at))
    return replace(obj, states={"": state.numbered(variables)})


def product_first(obj: Object, log: Log) -> Object:
    """the product of the momentum schedule comes before the slots"""
    state = obj.states.get("")
    if state is None or not state.variables:
        return obj
    variables = list(state.variables.values())
    product = variables.pop()
    at = 1 if isinstance(obj.get("learning_rate"), Object) else 2
    if obj.get("use_ema"):
        at += (len(variables) - at) // 3
    variables.insert(at, product)
    return replace(obj, states={"": state.numbered(variables)})


def refuse_wrapped(obj: Object, log: Log) -> Object:
    """an optimizer that scales the loss repeats the variables of the Nadam inside"""
    inner = obj.get("inner_optimizer")
    if (
        isinstance(inner, Object)
        and inner.class_name == "Nadam"
        and any(state.variables for state in obj.states.values())
    ):
        reason = "it repeats the variables of a Nadam, whose order changed"
        raise Refuse(reason, "--drop-training-state migrates without the optimizer's state")
    return obj


migration = Migration(
    library="keras",
    release="3.10.0",
    evidence="keras/src/optimizers/nadam.py of 3.9.2 and 3.10.0: build",
    operations=(
        RewriteObject("keras.optimizers.Nadam", product_last, consequence="loses_state", back=product_first),
        RewriteObject(
            "keras.optimizers.LossScaleOptimizer", refuse_wrapped, consequence="loses_state", back=refuse_wrapped
        ),
    ),
)
