"""A layer's config asks for far more memory than the archive holds weights for: loading it exhausts the machine.

Keras creates every variable of a model before it looks at the stored weights, so that a few characters
(``"units": 10000000000``) are enough; initializers such as Orthogonal and Identity multiply it. kav computes from the
config the shape of each variable and compares it with what is stored. An honest archive stores what it asks for,
however large that is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from kerasarchive.auditing.evidence import Evidence
from kerasarchive.auditing.rule import Rule
from kerasarchive.layout import shapes, variables
from kerasarchive.model.finding import Finding
from kerasarchive.model.location import Location

_FLOOR = 256 << 20
"""Bytes of one variable that are nothing unusual, whatever is stored."""
_ALONE = 16 << 30
"""Bytes of one variable in an architecture without weights: several times the largest published embedding."""
_ITEM = 4
_GATES = 16
"""Times that the numbers of a config may be multiplied: gates, directions, heads of attention."""
_PARTS = frozenset({"layer", "layers", "cell", "cells", "forward_layer", "backward_layer"})
"""Where a layer holds others, whose numbers count too."""
_SIZES = frozenset({
    "units", "filters", "input_dim", "output_dim", "num_heads", "key_dim", "value_dim", "head_dim", "query_dim",
    "kernel_size", "pool_size", "strides", "padding", "size", "depth_multiplier", "n", "num_tokens", "num_mel_bins",
    "fft_length", "num_filters", "output_size", "sequence_length", "target_shape", "dims",
})  # fmt: skip
_FLOAT = 1e30
"""Floats may stand where integers belong; beyond this they are infinite for all that matters."""
_LARGEST = 1 << 31
"""A size beyond this overflows the tensors of every backend."""


def check(evidence: Evidence) -> Iterator[Finding]:
    """One finding for each layer with a variable beyond the budget."""
    archive = evidence.archive
    stored = 0
    if archive.weights is not None:
        stored = max((tensor.nbytes for tensor in archive.weights.tensors().values() if tensor.stored), default=0)
    budget = _ALONE if archive.weights is None else max(_FLOOR, 2 * stored)
    seen = set()
    for layer, path, flow in _layers(evidence):
        if _is_small(layer, flow, budget):
            continue
        largest = max(_bytes(layer, flow.input_shape), default=(0, ""))
        if largest[0] > budget:
            seen.add(path)
            message = (
                f"{layer['class_name']} would make a {largest[1]} of {largest[0]:,} bytes, {_said(archive, stored)}"
            )
            yield RULE.finding(message, archive.config_at.at(*path))
    yield from _apart(evidence, {archive.config_at.at(*path) for path in seen}, budget)


def _said(archive: Any, stored: int) -> str:
    if archive.weights is None:
        return "and no weights come with it"
    return f"and the largest stored tensor has {stored:,}"


def _layers(evidence: Evidence) -> Iterator[tuple[Mapping[str, Any], tuple[str | int, ...], shapes.Flow]]:
    for path, flow in evidence.flows.items():
        layer = evidence.archive.config
        for part in path:
            layer = layer[part]
        if isinstance(layer, dict) and isinstance(layer.get("class_name"), str):
            yield layer, path, flow


def _is_small(layer: Mapping[str, Any], flow: shapes.Flow, budget: int) -> bool:
    """Whether no product of the layer's numbers comes near the budget: a quick answer for almost every layer."""
    config = layer.get("config")
    if not isinstance(config, dict) or len(flow.inputs) != 1 or not flow.inputs[0]:
        return False
    bound = _bound(config, flow.inputs[0])
    return bound < budget and not _PARTS & config.keys()


def _bytes(layer: Mapping[str, Any], input_shape: Any) -> Iterator[tuple[int, str]]:
    """(bytes, name) of each variable of the layer and its parts, as far as its shape is known."""
    name, module = layer["class_name"], layer.get("module")
    if name in variables.WEIGHTLESS or not variables.is_builtin(
        module if isinstance(module, str) else None, None, name
    ):
        return
    for part in variables.tree(name, layer.get("config"), input_shape=input_shape):
        for variable in part.variables or ():
            size = variable.size
            if size is not None:
                yield abs(size) * _ITEM, variable.name


def _apart(evidence: Evidence, said: set[Location], budget: int) -> Iterator[Finding]:
    """Layers that no input was followed to (wrapped, or outside of the model's graph), and sizes that no backend can make.

    What a layer would make at the least follows from its own numbers; ``build_config`` says with which input it was built.
    """
    for site, symbol in evidence.objects:
        if symbol.kind != "builtin" or _SIZES.isdisjoint(site.config) or site.location in said:
            continue
        huge = next((key for key, value in site.config.items() if key in _SIZES and _largest(value) > _LARGEST), None)
        if huge is not None:
            size = _largest(site.config[huge])
            yield RULE.finding(f"{huge} is {size:,}", site.location.at("config", huge))
            continue
        built = site.value.get("build_config")
        shape = built.get("input_shape") if isinstance(built, dict) else None
        if _bound(site.config, shape) < budget:
            continue
        size = max((size for size, _ in _bytes(site.value, shape)), default=0)
        size = max(size, _at_least(site.config) * _ITEM)
        if size > budget:
            message = f"{site.class_name} would make a variable of {size:,} bytes or more"
            yield RULE.finding(message, site.location)


def _at_least(config: Mapping[str, Any]) -> int:
    """Values of a layer's largest variable for an input of one channel."""
    least = 1
    for keys in (("units",), ("filters", "kernel_size"), ("input_dim", "output_dim"), ("num_heads", "key_dim"),
                 ("num_mel_bins", "fft_length")):  # fmt: skip
        product = 1
        for key in keys:
            product = product * _bound({key: config.get(key)}, None) // (_GATES * _ITEM)
        least = max(least, product // 2 if "fft_length" in keys else product)
    return least


def _bound(config: Mapping[str, Any], shape: Any) -> int:
    """More bytes than any product of these numbers."""
    bound = _GATES * _ITEM
    for value in (*config.values(), shape):
        for number in value if isinstance(value, (list, tuple)) else (value,):
            if type(number) in (int, float) and 1 < number < _FLOAT:
                bound *= int(number)
    return bound


def _largest(value: Any) -> int:
    """The largest number in a size, which is one or a list of them (of lists)."""
    largest, stack = 0, [value]
    while stack:
        item = stack.pop()
        if isinstance(item, list):
            stack.extend(item)
        elif type(item) in (int, float) and largest < item < _FLOAT:
            largest = int(item)
    return largest


def _model(*layers: dict[str, Any]) -> dict[str, Any]:
    first = {"class_name": "InputLayer", "module": "keras.layers", "config": {"batch_shape": [None, 100_000]}}
    return {"class_name": "Sequential", "module": "keras", "config": {"name": "s", "layers": [first, *layers]}}


def _dense(units: int) -> dict[str, Any]:
    return {"class_name": "Dense", "module": "keras.layers", "config": {"name": "d", "units": units, "use_bias": True}}


RULE = Rule(
    code="KAV501",
    name="parameter-bomb",
    severity="high",
    remedy="Do not load it: it would take all memory.",
    check=check,
    passing=(
        _model(_dense(1000)),
        {"class_name": "Hashing", "module": "keras.layers", "config": {"num_bins": 1 << 40}},
    ),
    failing=(
        _model(_dense(100_000)),
        _dense(10_000_000_000),
        {"class_name": "Dense", "module": "keras.layers", "config": {"units": 1e10}},
        {"class_name": "Conv2D", "module": "keras.layers", "config": {"filters": 10**6, "kernel_size": [10**4, 10**4]}},
        {"class_name": "Embedding", "module": "keras.layers", "config": {"input_dim": 10**5, "output_dim": 10**5}},
        {"class_name": "UpSampling2D", "module": "keras.layers", "config": {"size": [1, 10**12]}},
        _dense(100_000) | {"build_config": {"input_shape": [None, 100_000]}},
    ),
)
