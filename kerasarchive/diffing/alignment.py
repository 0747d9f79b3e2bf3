"""Which layer of one model is which of the other: by name, then by what it is and where it stands."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from kerasarchive.diffing.canonical import identity, is_object
from kerasarchive.layout.shapes import layer_name


@dataclass(frozen=True, slots=True)
class Layer:
    """One layer in a model's list."""

    name: str
    kind: str
    index: int
    data: dict[str, Any]


def layers_of(model: Any) -> tuple[Layer, ...]:
    """The layers of a model's object; what is no layer is left out."""
    config = model.get("config") if isinstance(model, dict) else None
    listed = config.get("layers") if isinstance(config, dict) else config
    found = []
    for index, data in enumerate(listed if isinstance(listed, list) else ()):
        if is_object(data):
            found.append(Layer(layer_name(data) or f"#{index}", identity(data), index, data))
    return tuple(found)


def align(a: tuple[Layer, ...], b: tuple[Layer, ...]) -> list[tuple[Layer | None, Layer | None]]:
    """Pairs in the newer one's order, removed layers after the one that they followed.

    First equal names; then, of what is left, the layers of one class in order, each class by itself, so that a model
    saved under other names (``dense_7`` for ``dense``) is still the same model.
    """
    partner: dict[int, Layer] = {}
    taken: set[int] = set()
    named = {layer.name: layer for layer in reversed(b)}
    for layer in a:
        found = named.get(layer.name)
        if found is not None and found.index not in taken and found.kind == layer.kind:
            partner[layer.index] = found
            taken.add(found.index)
    free: dict[str, list[Layer]] = {}
    for layer in b:
        if layer.index not in taken:
            free.setdefault(layer.kind, []).append(layer)
    rest: dict[str, list[Layer]] = {}
    for layer in a:
        if layer.index not in partner:
            rest.setdefault(layer.kind, []).append(layer)
    for kind, layers in rest.items():
        for left, right in _alike(layers, free.get(kind, [])):
            partner[left.index] = right
    # What is left under one name is one layer of another class.
    taken = {layer.index for layer in partner.values()}
    for layer in a:
        found = named.get(layer.name)
        if layer.index not in partner and found is not None and found.index not in taken:
            partner[layer.index] = found
            taken.add(found.index)
    return _ordered(a, b, partner)


def _alike(a: list[Layer], b: list[Layer]) -> Iterator[tuple[Layer, Layer]]:
    """Layers of one class: those with equal configs first, then in order if there are equally many."""
    left: dict[str, list[Layer]] = {}
    for layer in a:
        left.setdefault(_content(layer), []).append(layer)
    pairs = []
    for layer in b:
        same = left.get(_content(layer))
        if same:
            pairs.append((same.pop(0), layer))
    yield from pairs
    used_a, used_b = {x.index for x, _ in pairs}, {y.index for _, y in pairs}
    rest_a = [layer for layer in a if layer.index not in used_a]
    rest_b = [layer for layer in b if layer.index not in used_b]
    if len(rest_a) == len(rest_b):
        yield from zip(rest_a, rest_b, strict=True)


def _content(layer: Layer) -> str:
    """What a layer's plain arguments are, its name aside."""
    config = layer.data.get("config")
    if not isinstance(config, dict):
        return ""
    scalars = {key: value for key, value in config.items() if isinstance(value, (int, float)) and key != "name"}
    return repr(sorted((key, float(value)) for key, value in scalars.items() if abs(value) < 1e300))


def _ordered(
    a: tuple[Layer, ...], b: tuple[Layer, ...], partner: dict[int, Layer]
) -> list[tuple[Layer | None, Layer | None]]:
    whose = {right.index: left for left in a for right in [partner.get(left.index)] if right is not None}
    after: dict[int, list[Layer]] = {}
    last = -1
    for layer in a:
        found = partner.get(layer.index)
        if found is None:
            after.setdefault(last, []).append(layer)
        else:
            last = found.index
    pairs: list[tuple[Layer | None, Layer | None]] = [(gone, None) for gone in after.get(-1, ())]
    for layer in b:
        pairs.append((whose.get(layer.index), layer))
        pairs.extend((gone, None) for gone in after.get(layer.index, ()))
    return pairs
