"""Parts that a class of one's own makes for itself are saved under other names: tf.keras walks its attributes backwards."""

from kerasarchive.migration import Log, Migration, Object, RewriteModel, State, descend, unchanged

ADVICE = "build the model in the older release and set its weights by hand"


def refuse_parts(model: Object, log: Log) -> Object:
    """where tf.keras looks for the parts of a class of one's own is not known"""
    for obj in descend(model):
        own = ">" in (obj.registered_name or "") or not (obj.module or "keras").startswith(("keras", "builtins"))
        if own and any(_held(state) for state in obj.states.values()):
            reason = "it makes layers of its own, and where tf.keras looks for their weights is not known"
            log.refuse(obj, reason, ADVICE)
    return model


def _held(state: State) -> bool:
    return any(any(child.all_variables()) for child in state.children.values())


migration = Migration(
    library="keras",
    release="3.0.0",
    evidence="keras/src/saving/saving_lib.py of 2.15.0 and 3.0.0: _walk_trackable; measured with a subclassed model",
    operations=(RewriteModel(unchanged, consequence="harmless", back=refuse_parts),),
)
