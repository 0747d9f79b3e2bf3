"""Output shapes of layers that change features, rearrange axes or merge tensors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from kerasarchive.layout.shapes.setting import (
    Shape,
    axes,
    dim,
    flag,
    integer,
    is_int,
    product,
    sequence,
    text,
)

Inputs = Sequence[Shape | None]


def same(config: Mapping[str, Any], inputs: Inputs) -> Shape | None:
    """The shape of the (first) input."""
    return inputs[0]


def dense(config: Mapping[str, Any], inputs: Inputs) -> Shape | None:
    """The last axis becomes `units`."""
    # Keras 1 called it ``output_dim``.
    units = integer(config, "units" if "units" in config else "output_dim")
    return None if not inputs[0] else (*inputs[0][:-1], units)


def embedding(config: Mapping[str, Any], inputs: Inputs) -> Shape | None:
    """One axis more."""
    return None if inputs[0] is None else (*inputs[0], integer(config, "output_dim"))


def flatten(config: Mapping[str, Any], inputs: Inputs) -> Shape | None:
    """Everything but the batch in one axis."""
    shape = inputs[0]
    return None if not shape else (shape[0], product(shape[1:]))


def reshape(config: Mapping[str, Any], inputs: Inputs) -> Shape | None:
    """`target_shape` after the batch, one -1 computed."""
    shape, target = inputs[0], axes(config, "target_shape", ())
    return None if not shape or target is None else (shape[0], *fill(target, product(shape[1:])))


def fill(target: Sequence[int], total: int | None) -> Shape:
    """`target` with its -1 replaced by what `total` elements leave for it; None if that is unknown."""
    rest = 1
    for size in target:
        rest *= size if size >= 0 else 1
    free = total // rest if total is not None and rest else None
    return tuple(size if size >= 0 else free for size in target)


def permute(config: Mapping[str, Any], inputs: Inputs) -> Shape | None:
    """Axes 1.. in the order `dims`."""
    shape, dims = inputs[0], axes(config, "dims", ())
    if not shape or dims is None or sorted(dims) != list(range(1, len(shape))):
        return None
    return (shape[0], *(shape[axis] for axis in dims))


def repeat_vector(config: Mapping[str, Any], inputs: Inputs) -> Shape | None:
    """A time axis of length `n`."""
    shape = inputs[0]
    return None if shape is None or len(shape) != 2 else (shape[0], integer(config, "n"), shape[1])


def broadcast(config: Mapping[str, Any], inputs: Inputs) -> Shape | None:
    """NumPy's broadcasting of all inputs, with free dimensions."""
    if not inputs or None in inputs:
        return None
    rank = max(len(shape) for shape in inputs if shape is not None)
    result: list[int | None] = []
    for place in range(-rank, 0):
        sizes = {dim(shape, place) if shape is not None and len(shape) >= -place else 1 for shape in inputs}
        sizes.discard(1)
        known = {size for size in sizes if size is not None}
        if len(known) > 1:
            return None
        result.append(known.pop() if known else None if sizes else 1)
    return tuple(result)


def concatenate(config: Mapping[str, Any], inputs: Inputs) -> Shape | None:
    """Sizes along `axis` added up."""
    axis = integer(config, "axis", -1)
    first = inputs[0]
    if axis is None or not first or None in inputs or not -len(first) <= axis < len(first):
        return None
    sizes = [dim(shape, axis) for shape in inputs]
    if any(shape is None or len(shape) != len(first) for shape in inputs):
        return None
    merged = [next((shape[i] for shape in inputs if shape and shape[i] is not None), None) for i in range(len(first))]
    merged[axis] = None if None in sizes else sum(size for size in sizes if size is not None)
    return tuple(merged)


def dot(config: Mapping[str, Any], inputs: Inputs) -> Shape | None:
    """Both inputs without the axis that is summed over."""
    found = axes(config, "axes", ())
    if len(inputs) != 2 or inputs[0] is None or inputs[1] is None or not found:
        return None
    left, right = (list(shape) for shape in inputs if shape is not None)
    first, second = (found[0], found[-1])
    if not (-len(left) <= first < len(left) and -len(right) <= second < len(right)) or not left or not right:
        return None
    del left[first], right[second]
    merged = (*left, *right[1:])
    return (*merged, 1) if len(merged) == 1 else merged


def attention(config: Mapping[str, Any], inputs: Inputs) -> Shape | None:
    """The query with the value's features."""
    if len(inputs) < 2 or not inputs[0] or inputs[1] is None:
        return None
    return (*inputs[0][:-1], dim(inputs[1], -1))


def multi_head_attention(config: Mapping[str, Any], inputs: Inputs) -> Shape | None:
    """The query, its features replaced by `output_shape` if given."""
    output = config.get("output_shape")
    if not inputs[0] or output is None:
        return inputs[0]
    listed = [output] if is_int(output) else sequence(output)
    return (*inputs[0][:-1], *listed) if listed and all(map(is_int, listed)) else None


def category_encoding(config: Mapping[str, Any], inputs: Inputs) -> Shape | None:
    """One-hot adds an axis (Keras 2 replaces a last axis of 1), counts replace the last."""
    shape, depth = inputs[0], integer(config, "num_tokens")
    if shape is None:
        return None
    if text(config, "output_mode", "multi_hot") == "one_hot":
        return (*(shape[:-1] if shape and shape[-1] == 1 else shape), depth)
    return (*shape[:-1], depth)


def lookup(config: Mapping[str, Any], inputs: Inputs) -> Shape | None:
    """Indices keep the shape; counts have the vocabulary's size, which only the assets tell."""
    shape = inputs[0]
    if shape is None or text(config, "output_mode", "int") == "int":
        return shape
    return (*shape[:-1], integer(config, "max_tokens") if flag(config, "pad_to_max_tokens", False) else None)


def text_vectorization(config: Mapping[str, Any], inputs: Inputs) -> Shape | None:
    """A row of tokens per string, or a vector over the vocabulary."""
    shape = inputs[0]
    if shape is None:
        return None
    batch = shape[:-1] if len(shape) > 1 and shape[-1] == 1 else shape
    if text(config, "output_mode", "int") == "int":
        return (*batch, integer(config, "output_sequence_length"))
    return (*batch, integer(config, "max_tokens") if flag(config, "pad_to_max_tokens", False) else None)
