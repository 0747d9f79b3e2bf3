"""``LocallyConnected1D`` and ``LocallyConnected2D`` were removed; a ``Dense`` over everything computes the same."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from typing import Any

from kerasarchive.migration import (
    Log,
    Migration,
    Object,
    Refuse,
    RewriteModel,
    State,
    TensorSource,
    new,
    transform,
    unchanged,
)

RANKS = {"keras.layers.LocallyConnected1D": 1, "keras.layers.LocallyConnected2D": 2}
MOST = 1 << 25
"""Elements of a dense kernel that is written in place of a local one: 128 MB of float32."""
TRAINING = (
    "its windows are a dense kernel now: the outputs are the same, further training would fill the zeros between them"
)
DROP = "--drop-training-state migrates without the optimizer's state"
UNKNOWN = "rebuild the model without it"


def dense(model: Object, log: Log) -> Object:
    """a locally connected layer is a dense one whose kernel is zero outside of the windows"""
    has_state = model.optimizer is not None and model.optimizer.has_variables

    def change(obj: Object) -> Object:
        if obj.key not in RANKS:
            return obj
        log.did(obj, "is no layer of Keras 3", "fails")
        try:
            if has_state:
                reason = "its kernel takes another form, and the optimizer's state for it does not"
                raise Refuse(reason, DROP)
            made = _expressed(obj, RANKS[obj.key])
        except Refuse as refusal:
            log.refuse(obj, refusal.reason, refusal.advice)
            return obj
        log.announce(obj, "training_semantics", TRAINING)
        return made

    return transform(model, change)


def _expressed(obj: Object, rank: int) -> Object:
    state = obj.states.get("")
    sources = list(state.variables.values()) if state is not None else []
    window, strides = _numbers(obj.get("kernel_size"), rank), _numbers(obj.get("strides", 1), rank)
    if len(sources) != 2 or obj.get("implementation", 1) != 1 or set(strides) != {1} or obj.get("padding") != "valid":
        reason = "was removed, and what its input is follows from its weights only with a bias, single steps and implementation 1"
        raise Refuse(reason, UNKNOWN)
    kernel, bias = sources
    *places, filters = bias.shape
    channels, rest = divmod(kernel.shape[1], _size(window))
    if len(places) != rank or kernel.shape[0] != _size(places) or rest:
        reason = "was removed, and its weights are not those of its config"
        raise Refuse(reason, "see `kav validate`")
    space = [place + size - 1 for place, size in zip(places, window, strict=True)]
    inputs, outputs = _size(space) * channels, _size(places) * filters
    if inputs * outputs > MOST:
        reason = f"was removed, and the dense kernel in its place would have {inputs:,} x {outputs:,} elements"
        raise Refuse(reason, UNKNOWN)
    first = obj.get("data_format") == "channels_first"

    wide = kernel.then(
        lambda array: _spread(array, places, window, space, channels, first=first),
        (inputs, outputs),
        "spread over the whole input",
    )
    # Keras reads this bias in its own order, whatever the order of the data (``K.bias_add``).
    flat = bias.then(lambda array: array.reshape(-1), (outputs,), "flat")
    return _in_place(obj, [wide, flat], places, filters, space, channels)


def _in_place(
    obj: Object, sources: list[TensorSource], places: list[int], filters: int, space: list[int], channels: int
) -> Object:
    first = obj.get("data_format") == "channels_first"
    name = obj.own_name
    given = {"dtype": obj.get("dtype")} if "dtype" in obj.config else {}
    made = new("keras.layers.Dense", name=f"{name}_dense", units=filters * _size(places), use_bias=True, **given)
    shape = [None, channels, *space] if first else [None, *space, channels]
    layers = [
        new("keras.layers.InputLayer", name=f"{name}_input", batch_shape=shape, dtype="float32", sparse=False),
        new("keras.layers.Flatten", name=f"{name}_flatten", data_format="channels_last", **given),
        replace(made, states={"": State(stored=True).numbered(sources)}),
        new(
            "keras.layers.Reshape",
            name=f"{name}_reshape",
            target_shape=[filters, *places] if first else [*places, filters],
        ),
    ]
    if obj.get("activation", "linear") != "linear":
        layers.append(new("keras.layers.Activation", name=f"{name}_activation", activation=obj.get("activation")))
    model = new("keras.Sequential", name=name, trainable=obj.get("trainable", True), layers=layers)
    return replace(model, name=obj.name, nodes=obj.nodes, states={"": State()}, origin=obj.origin)


def _spread(kernel: Any, places: list[int], window: list[int], space: list[int], channels: int, *, first: bool) -> Any:
    """``(places, window * channels, filters)`` as ``(inputs, outputs)`` of a Dense."""
    import numpy as np

    number, _, filters = kernel.shape
    shape = (channels, *space) if first else (*space, channels)
    inputs = np.arange(_size(space) * channels).reshape(shape)
    wide = np.zeros((inputs.size, number, filters), kernel.dtype)
    for index, corner in enumerate(_corners(places)):
        inside = tuple(slice(start, start + size) for start, size in zip(corner, window, strict=True))
        taken = inputs[(slice(None), *inside) if first else (*inside, slice(None))].reshape(-1)
        wide[taken, index, :] = kernel[index]
    return (wide.transpose(0, 2, 1) if first else wide).reshape(inputs.size, number * filters)


def _corners(places: list[int]) -> Iterator[tuple[int, ...]]:
    return product(*(range(place) for place in places))


def _numbers(value: Any, rank: int) -> list[int]:
    listed = value if isinstance(value, list) else [value] * rank
    return [number if isinstance(number, int) else 0 for number in listed]


def _size(numbers: list[int]) -> int:
    total = 1
    for number in numbers:
        total *= number
    return total


migration = Migration(
    library="keras",
    release="3.0.0",
    evidence="keras/src/layers/locally_connected of 2.15.0: implementation 1; K.local_conv and K.bias_add of 2.3.1; measured",
    operations=(RewriteModel(dense, back=unchanged),),
)
