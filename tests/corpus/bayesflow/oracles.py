"""What the networks and approximators of the archives here compute, on inputs that a seed makes; see README.md."""

import bayesflow  # noqa: F401 - its classes register themselves
import keras
import numpy as np


def _normal(seed, *shape):
    return keras.ops.convert_to_tensor(np.random.default_rng(seed).normal(size=shape).astype("float32"))


def _flat(prefix, value):
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _flat(f"{prefix}|{key}", inner)
    elif isinstance(value, (list, tuple)):
        for index, inner in enumerate(value):
            yield from _flat(f"{prefix}|{index}", inner)
    elif value is not None:
        array = np.asarray(keras.ops.convert_to_numpy(value))
        if array.dtype.kind in "fiub":
            yield prefix, array


def _calls(model, kind):
    """(name, function) of what is computed with an object of that kind."""
    if kind == "subnet":
        yield "call", lambda: model(_normal(8, 5, 3))
    if kind == "consistency":
        x, conditions = _normal(7, 5, 4), _normal(8, 5, 3)
        times = np.linspace(0.1, 0.9, 5).astype("float32")[:, None]
        yield "inverse", lambda: model(x, conditions=conditions, inverse=True)
        yield "consistency", lambda: model.consistency_function(x, keras.ops.convert_to_tensor(times), conditions=conditions)
    if kind == "series":
        yield "summary", lambda: model(_normal(9, 5, 12, 3))
    if kind == "diffusion":
        x, conditions = _normal(7, 5, 4), _normal(8, 5, 3)
        times = keras.ops.convert_to_tensor(np.linspace(0.1, 0.9, 5).astype("float32")[:, None])
        yield "velocity", lambda: model.velocity(x, time=times, stochastic_solver=False, conditions=conditions)
    if kind == "approximator":
        chance = np.random.default_rng(7)
        data = {name: chance.uniform(0.1, 0.9, size=shape) for name, shape in
                {"beta": (6, 2), "sigma": (6, 1), "x": (6, 10), "y": (6, 10), "ts": (6, 12, 3), "p": (6, 2), "k": (6, 1),
                 "c": (6, 3)}.items()}
        yield "adapted", lambda: dict(model.adapter(data))
        yield "inverse", lambda: model.adapter(
            {"inference_variables": np.asarray(model.adapter(data)["inference_variables"])}, inverse=True, strict=False)
        yield "log_prob", lambda: model.log_prob(data=data)


def oracles(model, facts):
    """(arrays by name, what went wrong by name)."""
    arrays, wrong = {}, {}
    for name, function in _calls(model, facts["kind"]):
        try:
            arrays.update(_flat(name, function()))
        except Exception as error:
            wrong[name] = f"{type(error).__name__}: {error}"
    return arrays, wrong
