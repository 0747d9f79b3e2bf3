"""Output shapes of the recurrent layers: the sequence or its last step, and the states where they are returned."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kerasarchive.layout.shapes.convolution import strided
from kerasarchive.layout.shapes.setting import Shape, channels_first, flag, integer, integers, padding

STATES = {"SimpleRNN": 1, "GRU": 1, "LSTM": 2, "GRUV2": 1, "LSTMV2": 2, "CuDNNGRU": 1, "CuDNNLSTM": 2}
CONVOLUTIONAL = {"ConvLSTM1D": 1, "ConvLSTM2D": 2, "ConvLSTM3D": 3}
CELLS = {"SimpleRNNCell": 1, "GRUCell": 1, "LSTMCell": 2}


def outputs(class_name: str, config: Mapping[str, Any], shape: Shape | None) -> tuple[Shape | None, ...] | None:
    """Every output of a recurrent layer on an input of that `shape`; None if it is not one that is known."""
    if class_name == "RNN":
        return _rnn(config, shape)
    rank = CONVOLUTIONAL.get(class_name)
    if rank is not None:
        state = _convolved(config, shape, rank)
        return _arrange(config, shape, state, [state, state])
    units = integer(config, "units")
    batch = shape[0] if shape else None
    last: Shape = (batch, units)
    return _arrange(config, shape, last, [last] * STATES[class_name]) if class_name in STATES else None


def _arrange(
    config: Mapping[str, Any], shape: Shape | None, last: Shape | None, states: list[Shape | None]
) -> tuple[Shape | None, ...]:
    output = last
    if flag(config, "return_sequences", False):
        output = None if not shape or last is None or len(shape) < 2 else (shape[0], shape[1], *last[1:])
        if flag(config, "time_major", False) and shape and last is not None:
            output = (*shape[:2], *last[1:])
    return (output, *states) if flag(config, "return_state", False) else (output,)


def _convolved(config: Mapping[str, Any], shape: Shape | None, rank: int) -> Shape | None:
    """One state of a ConvLSTM: the input's space convolved, `filters` channels."""
    sizes, strides = integers(config, "kernel_size", rank), integers(config, "strides", rank, 1)
    dilations = integers(config, "dilation_rate", rank, 1)
    if shape is None or len(shape) != rank + 3 or not (sizes and strides and dilations):
        return None
    space = shape[3:] if channels_first(config) else shape[2:-1]
    mode = padding(config)
    moved = [strided(length, sizes[i], strides[i], mode, dilations[i]) for i, length in enumerate(space)]
    filters = integer(config, "filters")
    return (shape[0], filters, *moved) if channels_first(config) else (shape[0], *moved, filters)


def _rnn(config: Mapping[str, Any], shape: Shape | None) -> tuple[Shape | None, ...] | None:
    """An RNN over cells of its config; None if one of them is not built in."""
    cell = config.get("cell")
    if not isinstance(cell, dict):
        return None
    cells = [cell]
    if cell.get("class_name") == "StackedRNNCells":
        inner = cell.get("config")
        listed = inner.get("cells") if isinstance(inner, dict) else None
        cells = [item for item in listed if isinstance(item, dict)] if isinstance(listed, list) else []
    units: list[tuple[int | None, int]] = []
    for item in cells:
        inner, name = item.get("config"), item.get("class_name")
        if not isinstance(name, str) or name not in CELLS or not isinstance(inner, dict):
            return None
        units.append((integer(inner, "units"), CELLS[name]))
    if not units:
        return None
    batch = shape[0] if shape else None
    states: list[Shape | None] = [(batch, size) for size, count in units for _ in range(count)]
    return _arrange(config, shape, (batch, units[-1][0]), states)
