"""``keras.optimizers.legacy`` is gone: the optimizer of the same name keeps its slots variable by variable."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from kerasarchive.migration import Log, Migration, Object, Refuse, RemoveKey, RewriteObject, State, scalar

GROUPED = {"Adadelta": 2, "Adam": 2, "Adamax": 2, "Nadam": 2}
"""How many slots a variable has, where the legacy optimizer kept first one for all variables, then the next for all."""
SINGLE = ("Adagrad", "RMSprop", "SGD")
"""Those whose new form keeps slot after slot too."""
OTHER_FORMULA = {
    "Adagrad": "the legacy Adagrad adds epsilon outside the square root",
    "Nadam": "the legacy Nadam schedules its momentum differently",
    "RMSprop": "the legacy RMSprop adds epsilon outside the square root",
    "Ftrl": "the legacy Ftrl rounds its updates differently",
}
LOST = "a legacy optimizer's state is not in the archive: training goes on from a fresh one"
RESTARTED = "Keras 2.2 and before did not store how many steps this optimizer took: they are counted from 0 again"
DROP = "--drop-training-state migrates without the optimizer's state"


def without_legacy(obj: Object, log: Log) -> Object:
    """the legacy optimizer is the optimizer of that name, its slots in another order"""
    if obj.class_name in OTHER_FORMULA:
        log.announce(obj, "training_semantics", OTHER_FORMULA[obj.class_name])
    moved = replace(obj, module="keras.optimizers")
    state = obj.states.get("")
    if state is None or not state.variables:
        log.announce(obj, "lost_at_save", LOST)
        return moved
    return replace(moved, states={"": state.numbered(_reordered(obj, state, log))})


def _reordered(obj: Object, state: State, log: Log) -> list[Any]:
    variables = list(state.variables.values())
    if variables[0].shape:
        # Keras 1, and 2 until 2.2, list no iterations for Adagrad, Adadelta and RMSprop.
        log.announce(obj, "lost_at_save", RESTARTED)
        variables.insert(0, scalar(0, "the iterations, which the archive does not have", "int64"))
    iterations, *slots = variables
    head = [iterations]
    if obj.class_name == "Nadam" and slots and slots[0].shape == ():
        # The product of its momenta so far.
        head.append(slots.pop(0))
    if obj.class_name not in GROUPED:
        return [*head, *slots]
    number = GROUPED[obj.class_name]
    averages: list[Any] = []
    if obj.class_name == "Adam" and (obj.get("amsgrad") or _has_placeholders(slots)):
        third = len(slots) // 3
        averages = slots[2 * third :] if obj.get("amsgrad") else []
        slots = slots[: 2 * third]
    count, rest = divmod(len(slots), number)
    groups = [slots[index * count : (index + 1) * count] for index in range(number)]
    if rest or any([each.shape for each in group] != [each.shape for each in groups[0]] for group in groups):
        reason = f"its state does not have {number} slots for each variable"
        raise Refuse(reason, DROP)
    return [*head, *(slot for of_one in zip(*groups, strict=True) for slot in of_one), *averages]


def _has_placeholders(slots: Sequence[Any]) -> bool:
    """Whether Keras 2.1 to 2.3 wrote a third slot of one zero for each variable, which it never used."""
    third, rest = divmod(len(slots), 3)
    shapes = [slot.shape for slot in slots]
    return not rest and shapes[:third] == shapes[third : 2 * third] and set(shapes[2 * third :]) == {(1,)}


migration = Migration(
    library="keras",
    release="3.0.0",
    evidence="keras/src/optimizers/legacy of 2.15.0: _create_slots; keras/optimizers.py of 2.3.1; build of 3.0.0's optimizers",
    operations=(
        RemoveKey("keras.optimizers.legacy.Nadam", "schedule_decay"),
        RewriteObject(
            tuple(f"keras.optimizers.legacy.{name}" for name in (*GROUPED, *SINGLE, "Ftrl")),
            without_legacy,
            consequence="loses_state",
        ),
    ),
)
