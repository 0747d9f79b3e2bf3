"""What Keras 1 spelled and stored otherwise than Keras 2: branches inside of ``Merge``, and weights by gate and ordering.

Keras 2 reads both in its loader (``keras/legacy/models.py``, ``topology.py::preprocess_weights_for_loading`` of 2.0), so
that they are forms of a file, not changes of a model.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from kerasarchive.errors import MigrationError
from kerasarchive.layout.variables import Variable
from kerasarchive.model.objects import Node, Object, Ref
from kerasarchive.model.weights import TensorSource

if TYPE_CHECKING:
    import numpy as np

Stored = Mapping[str, TensorSource]
Places = dict[tuple[str, str], TensorSource]
"""(group below the layer, key) -> what lies there in the form of Keras 2."""

GATES = {"LSTM": "icfo", "ConvLSTM2D": "icfo", "GRU": "zrh"}
"""The gates in the order in which Keras 1 lists their weights."""
ORDER = {"LSTM": "ifco", "ConvLSTM2D": "ifco", "GRU": "zrh"}
"""The gates in the order in which Keras 2 joins them."""
CONVOLUTIONS = {
    "Convolution2D": 2,
    "AtrousConvolution2D": 2,
    "SeparableConvolution2D": 2,
    "Deconvolution2D": 2,
    "Convolution3D": 3,
}
"""Layers whose kernels have the channels first where their data have, and the rank of their windows."""
WEIGHTS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("Dense", "TimeDistributedDense", "MaxoutDense"), ("W", "b")),
    **dict.fromkeys(("Convolution1D", "AtrousConvolution1D", "LocallyConnected1D", "LocallyConnected2D"), ("W", "b")),
    **dict.fromkeys(("Convolution2D", "AtrousConvolution2D", "Deconvolution2D", "Convolution3D"), ("W", "b")),
    "SeparableConvolution2D": ("depthwise_kernel", "pointwise_kernel", "b"),
    "Highway": ("W", "W_carry", "b", "b_carry"),
    "SimpleRNN": ("W", "U", "b"),
    "Embedding": ("W",),
    "PReLU": ("alphas",),
    "ParametricSoftplus": ("alphas", "betas"),
    "SReLU": ("t_left", "a_left", "t_right", "a_right"),
}
BIASES = frozenset({"b", "b_carry"})


def own(class_name: str, config: Mapping[str, Any]) -> tuple[Variable, ...]:
    """The variables of a layer of Keras 1 in the order in which it lists them; none for one without weights."""
    if class_name == "BatchNormalization":
        seen = (Variable(name, trainable=False) for name in ("running_mean", "running_std"))
        return (Variable("gamma"), Variable("beta"), *seen)
    if class_name in GATES:
        if config.get("consume_less") == "gpu" and class_name != "ConvLSTM2D":
            return tuple(Variable(name) for name in ("W", "U", "b"))
        return tuple(Variable(f"{name}_{gate}") for gate in GATES[class_name] for name in ("W", "U", "b"))
    names = WEIGHTS.get(class_name, ())
    return tuple(Variable(name) for name in names if name not in BIASES or config.get("bias", True))


def converted(class_name: str, config: Mapping[str, Any], stored: Stored) -> Places:
    """The variables of a layer where, and in the form in which, Keras 2 keeps them."""
    first = config.get("dim_ordering") == "th"
    if class_name in GATES:
        return _recurrent(class_name, stored, first=first)
    cell = "cell" if class_name == "SimpleRNN" else ""
    found = {}
    for index, source in enumerate(stored.values()):
        if len(source.shape) > 1:
            source = _kernel(class_name, config, source, first=first)
        found[cell, str(index)] = source
    return found


def _kernel(class_name: str, config: Mapping[str, Any], source: TensorSource, *, first: bool) -> TensorSource:
    if class_name in ("Convolution1D", "AtrousConvolution1D"):
        length, filters = config.get("filter_length"), config.get("nb_filter")
        if source.shape[:2] != (length, 1) or source.shape[3] != filters:
            # Until Keras 1.1: (filters, inputs, length, 1).
            source = transposed(source, (2, 3, 1, 0))
        shape = (source.shape[0], *source.shape[2:])
        return source.then(lambda array: array[:, 0, :, :], shape, "without its second axis")
    rank = CONVOLUTIONS.get(class_name)
    if rank is None:
        return source
    spatial = tuple(range(2, 2 + rank))
    if class_name == "Deconvolution2D":
        return transposed(source, (*spatial, 0, 1) if first else (0, 1, 3, 2))
    return transposed(source, (*spatial, 1, 0)) if first else source


def _recurrent(class_name: str, stored: Stored, *, first: bool) -> Places:
    if "W" in stored:
        return {("cell", str(index)): source for index, source in enumerate(stored.values())}
    found: Places = {}
    for index, name in enumerate(("W", "U", "b")):
        gates = [stored[f"{name}_{gate}"] for gate in ORDER[class_name]]
        if class_name == "ConvLSTM2D" and first and name != "b":
            gates = [transposed(gate, (2, 3, 1, 0)) for gate in gates]
        found["cell", str(index)] = side_by_side(gates)
    return found


def transposed(source: TensorSource, axes: tuple[int, ...]) -> TensorSource:
    """`source` with its axes in another order."""
    shape = tuple(source.shape[axis] for axis in axes)
    return source.then(lambda array: array.transpose(axes), shape, f"axes in the order {axes}")


def side_by_side(sources: Sequence[TensorSource]) -> TensorSource:
    """Several tensors joined along their last axis."""

    def join(*arrays: np.ndarray[Any, Any]) -> Any:
        import numpy as np

        changed = (
            array if source.transform is None else source.transform(array)
            for source, array in zip(sources, arrays, strict=True)
        )  # fmt: skip
        return np.concatenate(tuple(changed), axis=-1)

    first = sources[0]
    shape = (*first.shape[:-1], sum(source.shape[-1] for source in sources))
    rest = tuple(source.path for source in sources[1:] if source.path is not None)
    return TensorSource(first.path, join, what="one matrix of all gates", shape=shape, joined=rest)


def unmerged(model: Object) -> Object:
    """A Sequential that begins with a ``Merge`` of other models as the graph that it is; any other as it is.

    Raises MigrationError where two layers of that graph would have one name.
    """
    layers = model.get("layers")
    first = layers[0] if isinstance(layers, list) and layers else None
    branches = first.get("layers") if isinstance(first, Object) and first.class_name == "Merge" else None
    if (
        not isinstance(first, Object)
        or not isinstance(branches, list)
        or not all(isinstance(b, Object) for b in branches)
    ):
        return model
    members: list[Object] = []
    inputs: list[Ref] = []
    merged: list[Ref] = []
    for number, branch in enumerate(branches):
        name = branch.own_name or f"branch_{number}"
        if branch.class_name == "Sequential":
            name = f"branch_{number}_{name}"
            branch = branch.with_config({**branch.config, "name": name})
        given = []
        for shape in _input_shapes(branch):
            member = _input(f"input_{len(inputs)}", shape)
            members.append(member)
            given.append(Ref(str(member.name), 0, 0))
        inputs += given
        members.append(replace(branch, name=name, nodes=(Node((given[0] if len(given) == 1 else given,)),)))
        merged.append(Ref(name, 0, 0))
    ahead = {key: value for key, value in first.config.items() if key != "layers"}
    members.append(replace(first, config=ahead, name=str(first.own_name or "merge"), nodes=(Node((merged,)),)))
    for layer in layers[1:] if isinstance(layers, list) else ():
        members.append(replace(layer, name=str(layer.own_name), nodes=(Node((Ref(str(members[-1].name), 0, 0),)),)))
    names = [member.name for member in members]
    if len(set(names)) != len(names):
        message = f"{model.title}: several of its layers have one name, so which is meant is not sure"
        raise MigrationError(message, location=str(model.at), hint="rename the layers in the release that wrote it")
    config = {
        "name": model.get("name"),
        "layers": members,
        "input_layers": inputs,
        "output_layers": Ref(str(members[-1].name), 0, 0),
    }
    return replace(model, class_name="Model", module="keras.src.engine.functional", config=config)


def _input(name: str, shape: Any) -> Object:
    config = {"name": name, "batch_input_shape": shape, "dtype": "float32", "sparse": False}
    return Object("InputLayer", "keras.layers", config, name=name, nodes=())


def _input_shapes(branch: Object) -> Iterator[Any]:
    """The shapes of a branch's inputs; None where the archive does not say."""
    layers = [layer for layer in branch.get("layers", ()) if isinstance(layer, Object)]
    if branch.class_name == "Sequential":
        yield from (
            _input_shapes(layers[0])
            if layers and layers[0].get("layers")
            else [layers[0].get("batch_input_shape") if layers else None]
        )
        return
    if not layers:
        yield branch.get("batch_input_shape")
    for layer in layers:
        if layer.class_name == "InputLayer":
            yield layer.get("batch_input_shape")
