"""An optimizer that was compiled by name has its state beside the name; on the way back it is written out first."""

from dataclasses import replace

from kerasarchive.migration import Log, Migration, Object, Refuse, RewriteModel, new, unchanged

NAMES = ("Adadelta", "Adafactor", "Adagrad", "Adam", "AdamW", "Adamax", "Ftrl", "Lion", "Nadam", "RMSprop", "SGD")
RATES = {"SGD": 0.01, "Lion": 0.001}
"""What Keras 3.0 gives them by name, where it is not 0.001."""
RATE = "it was compiled by name, and goes on with the name's learning rate: set it, if it was changed since"


def written_out(model: Object, log: Log) -> Object:
    """an optimizer with state is written out with the learning rate that the name had"""
    compiled, state = model.extra.get("compile_config"), model.states.get("")
    if not isinstance(compiled, dict) or not isinstance(compiled.get("optimizer"), str) or state is None:
        return model
    slots = state.children.get("optimizer")
    if slots is None or not slots.variables:
        return model
    name = next((each for each in NAMES if each.lower() == compiled["optimizer"].lower()), None)
    if name is None:
        reason = f"the optimizer is '{compiled['optimizer']}', which tf.keras does not know"
        raise Refuse(reason, "--drop-training-state migrates without the optimizer's state")
    made = new(f"keras.optimizers.{name}", name=name, learning_rate=RATES.get(name, 0.001))
    log.announce(model, "training_semantics", RATE)
    rest = {key: child for key, child in state.children.items() if key != "optimizer"}
    return replace(
        model,
        extra={**model.extra, "compile_config": compiled | {"optimizer": replace(made, states={"": slots})}},
        states={**model.states, "": replace(state, children=rest)},
    )


migration = Migration(
    library="keras",
    release="3.0.0",
    evidence="keras/src/trainers/trainer.py of 3.0.5: get_compile_config keeps the name; measured 3.0.5 -> 2.15.0",
    operations=(RewriteModel(unchanged, consequence="harmless", back=written_out),),
)
