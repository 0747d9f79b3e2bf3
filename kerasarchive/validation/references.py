"""The references to tensors in a graph's config: in the calls of layers, and in a model's inputs and outputs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

Path = tuple[str | int, ...]


class Reference(NamedTuple):
    """One tensor: output `tensor` of call `node` of `layer`, written at `path`. Nothing of it is checked yet."""

    layer: Any
    node: Any
    tensor: Any
    path: Path
    is_end: bool = False
    """Whether it is an input or output of the model as a whole."""


def is_index(value: Any) -> bool:
    """What Python takes for an index: true is 1."""
    return isinstance(value, int)


def references(node: Any, path: Path) -> Iterator[Reference]:
    """The tensors that one recorded call takes, in Keras 3's form or in Keras 2's."""
    stack: list[tuple[Any, Path]] = [(node, path)]
    legacy = isinstance(node, list)
    while stack:
        value, place = stack.pop()
        if isinstance(value, dict):
            if value.get("class_name") == "__keras_tensor__":
                inner = value.get("config")
                history = inner.get("keras_history") if isinstance(inner, dict) else None
                if isinstance(history, list) and len(history) >= 3:
                    yield Reference(history[0], history[1], history[2], (*place, "config", "keras_history"))
                elif history is not None:
                    yield Reference(None, None, None, (*place, "config", "keras_history"))
                continue
            stack += [(child, (*place, key)) for key, child in reversed(value.items())]
        elif isinstance(value, list):
            if legacy and is_entry(value):
                if value[0] != "_CONSTANT_VALUE":
                    yield Reference(value[0], value[1], value[2], place)
                stack += [(child, (*place, index)) for index, child in enumerate(value) if isinstance(child, dict)]
                continue
            stack += [(child, (*place, index)) for index, child in reversed(list(enumerate(value)))]


def is_entry(value: Any) -> bool:
    """Keras 2's ``["dense", 0, 0]`` or ``["dense", 0, 0, {...}]``."""
    return isinstance(value, list) and len(value) in (3, 4) and isinstance(value[0], str)


def ends(value: Any, path: Path, *, nested: bool, keras3: bool) -> tuple[list[Reference], list[tuple[Path, str]]]:
    """The references of ``input_layers`` or ``output_layers``, and the places that are none, with what is wrong.

    `nested`: any structure of references will do; else it is one list or one dict of them.
    """
    found: list[Reference] = []
    faults: list[tuple[Path, str]] = []
    stack: list[tuple[Any, Path]] = [(value, path)]
    while stack:
        current, place = stack.pop()
        depth = len(place) - len(path)
        if isinstance(current, list) and len(current) == 3 and isinstance(current[0], str) and (nested or depth == 1):
            found.append(Reference(current[0], current[1], current[2], place, is_end=True))
        elif isinstance(current, dict) and (nested or depth == 0):
            stack += [(child, (*place, key)) for key, child in reversed(current.items())]
        elif isinstance(current, list) and (nested or depth == 0) and not (keras3 and _is_flat(current)):
            stack += [(child, (*place, index)) for index, child in reversed(list(enumerate(current)))]
        else:
            faults.append((place, "a model's inputs and outputs must be references to tensors (layer, call, output)"))
    if not found and not faults:
        faults.append((path, f"the model has no {'inputs' if path[-1] == 'input_layers' else 'outputs'}"))
    return found, faults


def _is_flat(value: list[Any]) -> bool:
    """A list of words and numbers that is no reference."""
    return bool(value) and not any(isinstance(item, (list, dict)) for item in value)
