"""``TimeDistributed`` takes a whole model; before, a model could not say what shape it gives."""

from kerasarchive.migration import Log, Migration, Object, Refuse, RewriteObject, unchanged

MODELS = ("Functional", "Sequential", "Model")


def refuse_model(obj: Object, log: Log) -> Object:
    """a model cannot be called for each step"""
    inner = obj.get("layer")
    if isinstance(inner, Object) and inner.class_name in MODELS:
        reason = "before Keras 3.4 no model can be called for each step: it does not say what shape it gives"
        raise Refuse(reason, "name a target from 3.4 on")
    return obj


migration = Migration(
    library="keras",
    release="3.4.0",
    evidence="keras/src/models/functional.py and sequential.py of 3.3.3 and 3.4.0: compute_output_shape",
    operations=(RewriteObject("keras.layers.TimeDistributed", unchanged, back=refuse_model),),
)
