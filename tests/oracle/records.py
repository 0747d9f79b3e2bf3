"""What a model computes, and what its optimizer holds, as the arrays and facts of a record.

tf.keras is called eagerly, standalone Keras through its own graph functions.
"""

import contextlib

import numpy as np
from cases import STANDALONE, keras, rnd

if not STANDALONE:
    import tensorflow as tf


def default_inputs(model):
    arrays = [
        rnd(*(2 if size is None else int(size) for size in shape)) + index
        for index, shape in enumerate(keras.backend.int_shape(tensor) for tensor in model.inputs)
    ]
    return arrays[0] if len(arrays) == 1 else arrays


def flat(value):
    """(kind, {key: array}) of a structure of tensors."""
    if isinstance(value, dict):
        return "dict", dict(value)
    if isinstance(value, (list, tuple)):
        return "list", {str(index): item for index, item in enumerate(value)}
    return "single", {"": value}


def as_tensor(value):
    return tf.nest.map_structure(tf.convert_to_tensor, value)


def as_array(value):
    return np.asarray(value.numpy() if value.dtype != tf.bfloat16 else tf.cast(value, "float32").numpy())


def predict(model, x):
    """What the model computes in inference, stateful layers starting from zero."""
    if STANDALONE:
        if getattr(model, "stateful", False):
            model.reset_states()
        return flat(model.predict_on_batch(x))
    for layer in model.layers:
        if getattr(layer, "stateful", False) and hasattr(layer, "reset_states"):
            with contextlib.suppress(ValueError, AttributeError):
                layer.reset_states()
    kind, outputs = flat(model(as_tensor(x), training=False))
    return kind, {key: as_array(value) for key, value in outputs.items()}


def loss_name(loss):
    return (
        loss
        if isinstance(loss, str)
        else getattr(loss, "__name__", None) or type(loss).__name__
        if not isinstance(loss, (list, dict))
        else str(loss)[:60]
    )


def target_for(model, output, index):
    text = str(loss_name(model.loss)).lower()
    random = np.random.RandomState(1 + index)
    if "sparse" in text:
        classes = random.randint(0, output.shape[-1], size=output.shape[:-1]).astype("int32")
        # Standalone Keras wants targets of as many axes as the outputs.
        return classes[..., None] if STANDALONE else classes
    target = random.uniform(0.05, 0.95, size=output.shape).astype("float32")
    return target / target.sum(-1, keepdims=True) if "categorical" in text or "kl" in text else target


def targets_of(model, x):
    kind, outputs = predict(model, x)
    arrays = {key: target_for(model, value, index) for index, (key, value) in enumerate(outputs.items())}
    return arrays, arrays[""] if kind == "single" else arrays if kind == "dict" else list(arrays.values())


def step(model, x, count):
    _, target = targets_of(model, x)
    loss = None
    for _ in range(count):
        loss = model.train_on_batch(x, target)
    return float(loss[0] if isinstance(loss, (list, tuple)) else loss) if loss is not None else None


def random_value(random, name, shape):
    """Random, and positive for what is a variance (Keras 1 calls it ``running_std``)."""
    value = random.normal(0.0, 0.5, size=shape)
    last = name.split("/")[-1]
    return np.abs(value) + 0.5 if "variance" in last or "stddev" in last or "running_std" in last else value


def randomise(model):
    random = np.random.RandomState(7)
    if STANDALONE:
        # Not get_weights and set_weights: these go layer by layer, `weights` has the trainable ones first.
        values = zip(model.weights, keras.backend.batch_get_value(model.weights))  # noqa: B905 - Python 3.7
        keras.backend.batch_set_value([(each, random_value(random, each.name, value.shape)) for each, value in values])
        return
    for weight in model.weights:
        if weight.dtype.is_floating and "count" not in weight.name.split("/")[-1]:
            weight.assign(random_value(random, weight.name, weight.shape))


def optimizer_facts(model):
    optimizer = model.optimizer
    if STANDALONE:
        return {
            "opt": type(optimizer).__name__,
            "opt_n": len(optimizer.weights),
            "opt_abs": float(
                sum(
                    np.abs(np.asarray(value, "float64")).sum()
                    for value in keras.backend.batch_get_value(optimizer.weights)
                )
            ),
            "lr": float(
                keras.backend.get_value(
                    optimizer.learning_rate if hasattr(optimizer, "learning_rate") else optimizer.lr
                )
            ),
            "loss": loss_name(model.loss),
        }
    variables = optimizer.variables
    variables = variables() if callable(variables) and not isinstance(variables, list) else variables
    rate = optimizer.learning_rate
    rate = rate(optimizer.iterations) if isinstance(rate, keras.optimizers.schedules.LearningRateSchedule) else rate
    return {
        "opt": type(optimizer).__name__,
        "opt_n": len(variables),
        "opt_abs": float(sum(np.abs(np.asarray(v.numpy(), "float64")).sum() for v in variables)),
        "lr": float(rate),
        "loss": loss_name(model.loss),
    }
