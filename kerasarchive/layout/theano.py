"""Theano convolves where TensorFlow correlates: its kernels are TensorFlow's, turned round along every axis of the window.

Source: ``conv_utils.convert_kernel`` and ``preprocess_weights_for_loading`` of Keras 2.0 to 2.3.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from kerasarchive.errors import MigrationError
from kerasarchive.layout.listing import Weight
from kerasarchive.model.objects import Object, State, transform
from kerasarchive.model.weights import TensorSource

FLIPPED = frozenset(
    {
        *("Conv1D", "Conv2D", "Conv3D", "Conv2DTranspose", "Conv3DTranspose", "ConvLSTM2D"),
        *(
            "Convolution1D",
            "Convolution2D",
            "Convolution3D",
            "AtrousConvolution1D",
            "AtrousConvolution2D",
            "Deconvolution2D",
        ),
    }
)
UNSURE = frozenset({"SeparableConv1D", "SeparableConv2D", "SeparableConvolution2D", "DepthwiseConv2D"})


def wrote(backend: object, weights: Iterable[Weight]) -> bool:
    """Whether Theano wrote the file. Keras 1 does not say; but every variable of TensorFlow has a name that ends in ``:0``."""
    if isinstance(backend, str):
        return backend == "theano"
    names = [weight.path for weight in weights]
    return bool(names) and not any(":" in name for name in names)


def correlated(root: Object) -> Object:
    """`root`, written under Theano, with kernels for every other backend. Raises MigrationError where that is not sure."""
    return transform(root, _turned)


def _turned(obj: Object) -> Object:
    if obj.class_name in UNSURE and obj.states:
        raise _refused(obj, "how Theano applied its kernels is not known")
    if obj.class_name == "UpSampling2D" and obj.get("interpolation") == "bilinear":
        raise _refused(obj, "which pixels Theano's bilinear upsampling samples is not known")
    if "same" in (obj.get("padding"), obj.get("border_mode")) and not _pads_alike(obj):
        raise _refused(
            obj, "Theano pads 'same' on other sides than any other backend where windows are even or strided"
        )
    if obj.class_name not in FLIPPED:
        return obj
    return obj.with_state(_in_cell if obj.class_name == "ConvLSTM2D" else _in_state)


def _refused(obj: Object, why: str) -> MigrationError:
    hint = "load it in the release that wrote it, under TensorFlow, and save it again where that computes the same"
    return MigrationError(f"{obj.title}: {why}", location=str(obj.at), hint=hint)


def _pads_alike(obj: Object) -> bool:
    """Whether both pad the same number of places on both sides: odd windows, moved by one."""
    windows = [
        obj.get(key) for key in ("kernel_size", "filter_length", "nb_row", "nb_col", "kernel_dim1", "kernel_dim2")
    ]
    windows += [obj.get("kernel_dim3"), obj.get("pool_size"), obj.get("pool_length")]
    strides = [obj.get(key) for key in ("strides", "subsample", "subsample_length", "stride")]
    if obj.get("pool_size") is not None or obj.get("pool_length") is not None:
        return False
    return all(size % 2 for size in _numbers(windows)) and all(step == 1 for step in _numbers(strides))


def _numbers(value: Any) -> list[int]:
    if isinstance(value, (list, tuple)):
        return [number for item in value for number in _numbers(item)]
    return [value] if isinstance(value, int) else []


def _in_cell(state: State) -> State:
    cell = state.children.get("cell")
    return state if cell is None else state.with_child("cell", _in_state(cell))


def _in_state(state: State) -> State:
    return replace(state, variables={key: _flipped(source) for key, source in state.variables.items()})


def _flipped(source: TensorSource) -> TensorSource:
    rank = len(source.shape) - 2
    if rank < 1:
        return source

    def flip(array: Any) -> Any:
        return array[(slice(None, None, -1),) * rank]

    return source.then(flip, what="turned round, as Theano convolves")
