"""Parts that a frozen layer makes when it is built are not frozen by Keras 3: they train, and the optimizer loses its state."""

from kerasarchive.migration import Log, Migration, Object, RewriteModel, descend

CLASSES = frozenset(
    f"keras.layers.{name}" for name in ("Bidirectional", "ConvLSTM1D", "ConvLSTM2D", "ConvLSTM3D", "MultiHeadAttention")
)
DROP = "--drop-training-state migrates without the optimizer's state; set layer.trainable = False again after loading"
SAID = "is frozen, and Keras 3 loads its inner variables as trainable: set layer.trainable = False again after loading"


def still_frozen(model: Object, log: Log) -> Object:
    """the parts of a frozen layer stay frozen"""
    has_state = model.optimizer is not None and model.optimizer.has_variables
    for obj in descend(model):
        if obj.key in CLASSES and obj.get("trainable") is False:
            log.announce(obj, "training_semantics", SAID)
            if has_state:
                log.did(obj, "is frozen, and its inner variables are loaded as trainable", "loses_state")
                log.refuse(
                    obj, "is frozen, but Keras 3 loads its inner variables as trainable and skips the optimizer", DROP
                )
    return model


def frozen_again(model: Object, log: Log) -> Object:
    """the parts of a frozen layer are frozen with it"""
    has_state = model.optimizer is not None and model.optimizer.has_variables
    for obj in descend(model):
        if has_state and obj.key in CLASSES and obj.get("trainable") is False:
            reason = "is frozen, and whether the optimizer's state is that of its inner variables too is not sure"
            log.refuse(obj, reason, "--drop-training-state migrates without the optimizer's state")
    return model


migration = Migration(
    library="keras",
    release="3.0.0",
    evidence="keras/src/layers/attention/multi_head_attention.py of 3.0.0: build; measured: 'Skipping variable loading'",
    operations=(RewriteModel(still_frozen, back=frozen_again),),
)
