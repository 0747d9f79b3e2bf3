"""What SGD, Nadam and Adafactor keep for each variable changed."""

from dataclasses import replace
from typing import Any

from kerasarchive.migration import (
    Log,
    Migration,
    Object,
    Refuse,
    RewriteModel,
    RewriteObject,
    State,
    computed,
    scalar,
    trained,
    unchanged,
    zeros,
)

RESTARTS = "Keras 2 does not store the product of Nadam's momentum schedule: it starts from 1 again, as it does there"
DROP = "--drop-training-state migrates without the optimizer's state"


def both(name: str) -> tuple[str, str]:
    """The optimizer under either of its modules."""
    return f"keras.optimizers.{name}", f"keras.optimizers.experimental.{name}"


def sgd(obj: Object, log: Log) -> Object:
    """SGD without momentum keeps no momentum (Keras 2 kept zeros)"""
    state, head, slots = _taken_apart(obj)
    if state is None or obj.get("momentum"):
        return obj
    kept = _averages(obj, slots, per_variable=1)
    return obj if len(kept) == len(slots) else replace(obj, states={"": state.numbered([*head, *kept])})


def with_momenta(model: Object, log: Log) -> Object:
    """SGD without momentum kept zeros for it"""
    optimizer = model.optimizer
    inner = optimizer.get("inner_optimizer") if optimizer is not None else None
    sgd_itself = inner if isinstance(inner, Object) else optimizer
    if (
        optimizer is None
        or sgd_itself is None
        or sgd_itself.key != "keras.optimizers.SGD"
        or sgd_itself.get("momentum")
    ):
        return model
    state, head, slots = _taken_apart(sgd_itself)
    if state is None:
        return model
    variables = trained(model)
    if variables is None or (slots and len(slots) != len(variables)):
        reason = "tf.keras keeps zeros of it for every variable that is trained, and which these are is not known"
        raise Refuse(reason, DROP)
    momenta = [zeros(each, "momentum, which it does not use") for each in variables]
    filled = replace(sgd_itself, states={"": state.numbered([*head, *slots, *momenta])})
    if inner is not sgd_itself:
        return model.with_optimizer(filled)
    return model.with_optimizer(optimizer.with_config({**optimizer.config, "inner_optimizer": filled}))


def nadam(obj: Object, log: Log) -> Object:
    """Nadam keeps the product of its momentum schedule (Keras 2 started it anew; the steps taken tell what it is)"""
    state, head, slots = _taken_apart(obj)
    if state is None or (slots and slots[0].shape == () and len(slots) % 2):
        return obj  # legacy optimizers stored the product
    beta = float(obj.get("beta_1", 0.9))
    product = computed(
        head[0], lambda steps: momentum_product(beta, int(steps)), "the product of the momentum schedule"
    )
    averages = _averages(obj, slots, per_variable=2)
    return replace(obj, states={"": state.numbered([*head, *averages, product, *slots[len(averages) :]])})


def without_product(obj: Object, log: Log) -> Object:
    """Nadam started the product of its momentum schedule anew"""
    state, head, slots = _taken_apart(obj)
    if state is None:
        return obj
    at = (len(slots) - 1) // 3 if obj.get("use_ema") else 0
    if not slots or slots[at].shape != () or len(slots) % 2 == 0 and not obj.get("use_ema"):
        reason = "its state does not have the form that Keras 3.0 gives it"
        raise Refuse(reason, DROP)
    product = slots.pop(at)
    log.drop([product])
    log.announce(obj, "training_semantics", RESTARTS)
    return replace(obj, states={"": state.numbered([*head, *slots])})


def momentum_product(beta: float, steps: int) -> float:
    """The product of ``beta * (1 - 0.5 * 0.96 ** t)`` over the steps t = 1 ... `steps`."""
    product = 1.0
    for step in range(1, min(steps, 2000) + 1):
        product *= beta * (1.0 - 0.5 * 0.96**step)
    # Beyond 2,000 steps the schedule's factor is 1 to double precision.
    return float(product * beta ** max(0, steps - 2000))


def adafactor(obj: Object, log: Log) -> Object:
    """Adafactor keeps placeholders of zero where it does not factor a variable"""
    state, head, slots = _taken_apart(obj)
    if state is None:
        return obj
    if obj.get("use_ema"):
        reason = "Adafactor with moving averages of the weights keeps its state in another order"
        raise Refuse(reason, DROP)
    rebuilt: list[Any] = []
    index = 0
    while index < len(slots):
        factored = index + 2 < len(slots) and _factors(*slots[index : index + 3])
        if factored:
            rebuilt += slots[index : index + 3]
        elif len(slots[index].shape) < 2:
            placeholder = scalar(0.0, "a placeholder of Adafactor")
            rebuilt += [placeholder, placeholder, slots[index]]
        else:
            reason = "the state of Adafactor does not have the shape that Keras 2.12 to 2.15 gives it"
            raise Refuse(reason, DROP)
        index += 3 if factored else 1
    return replace(obj, states={"": state.numbered([*head, *rebuilt])})


def without_placeholders(obj: Object, log: Log) -> Object:
    """Adafactor has no placeholders where it does not factor a variable"""
    state, head, slots = _taken_apart(obj)
    if state is None:
        return obj
    if obj.get("use_ema") or len(slots) % 3:
        reason = "the state of Adafactor does not have the shape that Keras 3.0 gives it"
        raise Refuse(reason, DROP)
    kept: list[Any] = []
    for index in range(0, len(slots), 3):
        row, column, whole = slots[index : index + 3]
        placeholders = len(whole.shape) < 2 and row.shape == column.shape == ()
        kept += [whole] if placeholders else [row, column, whole]
        log.drop([row, column] if placeholders else [])
    return replace(obj, states={"": state.numbered([*head, *kept])})


def _factors(row: Any, column: Any, whole: Any) -> bool:
    shape = whole.shape
    return len(shape) >= 2 and row.shape == shape[:-1] and column.shape == (*shape[:-2], shape[-1])


def _taken_apart(obj: Object) -> tuple[State | None, list[Any], list[Any]]:
    """(state, [iterations, learning rate unless scheduled], the slots); no state where none was stored."""
    state = obj.states.get("")
    if state is None or not state.variables:
        return None, [], []
    variables = list(state.variables.values())
    length = 1 if isinstance(obj.get("learning_rate"), Object) else 2
    return state, variables[:length], variables[length:]


def _averages(obj: Object, slots: list[Any], *, per_variable: int) -> list[Any]:
    """The moving averages of the weights, which come first where `use_ema` is set."""
    return slots[: len(slots) // (per_variable + 1)] if obj.get("use_ema") else []


migration = Migration(
    library="keras",
    release="3.0.0",
    evidence="keras/src/optimizers/sgd.py, nadam.py and adafactor.py of 2.15.0 and 3.0.0: build",
    operations=(
        RewriteModel(unchanged, consequence="harmless", back=with_momenta),
        RewriteObject(both("SGD"), sgd, consequence="loses_state", back=unchanged),
        RewriteObject(both("Nadam"), nadam, consequence="loses_state", back=without_product),
        RewriteObject(both("Adafactor"), adafactor, consequence="loses_state", back=without_placeholders),
    ),
)
