"""``hard_sigmoid`` is another function: ``relu6(x + 3) / 6`` instead of ``clip(0.2 * x + 0.5, 0, 1)``.

The old one at x is the new one at 1.2 x, so that weights scaled by 1.2 give the same outputs exactly.
"""

from dataclasses import replace

from kerasarchive.migration import (
    Log,
    Migration,
    Object,
    Refuse,
    RewriteModel,
    RewriteObject,
    State,
    descend,
    new,
    scaled,
)

RATIO = 1.2
NAME = "hard_sigmoid"
WHAT = "scaled where hard_sigmoid is applied"
TRAINING = (
    "hard_sigmoid is applied to weights scaled by 1.2: the outputs are the same, further training takes other steps"
)

PLAIN = (
    "Dense",
    "EinsumDense",
    "Conv1D",
    "Conv2D",
    "Conv3D",
    "Conv1DTranspose",
    "Conv2DTranspose",
    "Conv3DTranspose",
    "DepthwiseConv1D",
    "DepthwiseConv2D",
    "LocallyConnected1D",
    "LocallyConnected2D",
)
SEPARABLE = ("SeparableConv1D", "SeparableConv2D")
SIMPLE = ("SimpleRNN", "SimpleRNNCell")
GATES = {
    "LSTM": (4, (0, 1, 3)),
    "LSTMCell": (4, (0, 1, 3)),
    "ConvLSTM1D": (4, (0, 1, 3)),
    "ConvLSTM2D": (4, (0, 1, 3)),
    "ConvLSTM3D": (4, (0, 1, 3)),
    "GRU": (3, (0, 1)),
    "GRUCell": (3, (0, 1)),
}
"""Number of gates in a kernel's last axis, and which of them the recurrent activation is applied to."""
CANDIDATE = {"GRU": 2, "GRUCell": 2}
"""Where `activation` itself is applied to a slice of the weights alone. In an LSTM it is applied to the state too."""


def applies(value: object) -> bool:
    """Whether an activation, by name or as a serialized function, is hard_sigmoid."""
    return value == NAME or (isinstance(value, Object) and value.config == NAME)


def same_outputs(obj: Object, log: Log) -> Object:
    """hard_sigmoid changed: weights are scaled so that the outputs stay the same"""
    return _absorbed(obj, log, RATIO)


def same_outputs_before(obj: Object, log: Log) -> Object:
    """hard_sigmoid was another function: weights are scaled back so that the outputs stay the same"""
    return _absorbed(obj, log, 1 / RATIO)


def _absorbed(obj: Object, log: Log, ratio: float) -> Object:
    if not isinstance(obj.config, dict):
        return obj
    used = [key for key, value in obj.config.items() if applies(value)]
    if not used:
        return obj
    if obj.class_name == "Activation":
        return _rescaled(obj, ratio)
    if not obj.states:
        reason = f"`{used[0]}` is hard_sigmoid, another function in Keras 2 than in 3, and its weights lie inside a custom object"
        raise Refuse(reason, "migrate its weights with a migration of your own (--migrations DIR)")
    log.announce(obj, "training_semantics", TRAINING if ratio > 1 else TRAINING.replace("scaled by", "divided by"))
    if obj.class_name in PLAIN and used == ["activation"]:
        return obj.with_state(lambda state: _scaled(state, lambda index: ratio))
    if obj.class_name in SEPARABLE and used == ["activation"]:
        return obj.with_state(lambda state: _scaled(state, lambda index: ratio if index else None))
    if obj.class_name in SIMPLE and used == ["activation"]:
        return obj.with_state(lambda state: _in_cell(state, lambda index: ratio))
    gates = _gates(obj, used, ratio)
    if gates is not None:
        return obj.with_state(lambda state: _in_cell(state, lambda index: gates))
    reason = (
        f"`{used[0]}` is hard_sigmoid, another function in Keras 2 than in 3, and this layer's weights cannot absorb it"
    )
    raise Refuse(reason, "rebuild the layer with an activation that both releases have")


def _gates(obj: Object, used: list[str], ratio: float):
    if obj.class_name not in GATES or not set(used) <= {"activation", "recurrent_activation"}:
        return None
    number, gates = GATES[obj.class_name]
    chosen = set(gates) if "recurrent_activation" in used else set()
    if "activation" in used:
        if obj.class_name not in CANDIDATE:
            return None
        chosen.add(CANDIDATE[obj.class_name])

    def factors(shape: tuple[int, ...]) -> object:
        import numpy as np

        return np.repeat([ratio if gate in chosen else 1.0 for gate in range(number)], shape[-1] // number)

    return factors


def _scaled(state: State, factor) -> State:
    variables = {}
    for index, (key, source) in enumerate(state.variables.items()):
        by = factor(index)
        variables[key] = source if by is None else scaled(source, by, WHAT)
    return replace(state, variables=variables)


def _in_cell(state: State, factor) -> State:
    cell = state.children.get("cell")
    return state.with_child("cell", _scaled(cell, factor)) if cell is not None else _scaled(state, factor)


def _rescaled(obj: Object, ratio: float) -> Object:
    name = obj.own_name
    word = "times" if ratio > 1 else "by"
    dtype = {"dtype": obj.get("dtype")} if "dtype" in obj.config else {}
    layers = [
        new("keras.layers.Rescaling", name=f"{name}_{word}_1p2", scale=ratio, offset=0.0, **dtype),
        obj.with_config(obj.config | {"name": f"{name}_hard_sigmoid"}),
    ]
    layers[1] = replace(layers[1], name=None, nodes=None, extra={}, origin=None)
    model = new("keras.Sequential", name=name, trainable=True, layers=layers, **dtype)
    return replace(model, name=obj.name, nodes=obj.nodes, states=obj.states, origin=obj.origin)


def only_known(model: Object, log: Log) -> Object:
    """a custom object that is given hard_sigmoid would apply another function"""
    for obj in descend(model):
        used = [key for key, value in obj.config.items() if applies(value)] if isinstance(obj.config, dict) else []
        if used and ">" in (obj.registered_name or ""):
            reason = f"`{used[0]}` is hard_sigmoid, another function in Keras 2; what this class does with it is not known"
            log.refuse(obj, reason, "migrate its weights with a migration of your own (--migrations DIR)")
    return model


migration = Migration(
    library="keras",
    release="3.0.0",
    evidence="keras/src/backend.py of 2.15.0 and keras/src/activations/activations.py of 3.0.0: hard_sigmoid",
    operations=(
        RewriteObject("keras.layers.*", same_outputs, consequence="differs", back=same_outputs_before),
        RewriteModel(only_known, consequence="differs", back=only_known),
    ),
)
