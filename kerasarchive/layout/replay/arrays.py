"""Shapes of tensors: what the functions of ``keras.ops`` and NumPy make of them, as far as building layers asks for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from kerasarchive.layout.replay.values import UNKNOWN, Array, Lost, Raised, Value, Weight
from kerasarchive.layout.shapes import Shape

MOST_PARTS = 1000


def shape_in(value: Value) -> Shape | None:
    """A shape that the library wrote, to make something of that shape; `Raised` if nothing can have it."""
    if isinstance(value, Array) or value is UNKNOWN:
        return None
    if isinstance(value, int):
        value = (value,)
    if not isinstance(value, (list, tuple)):
        raise Raised("TypeError", f"{_shown(value)} is no shape")
    return tuple(size_in(size, value) for size in value)


def size_in(size: Value, shape: Value) -> int | None:
    """One size of a shape; None if it is not known."""
    if size is UNKNOWN or isinstance(size, (Array, Weight)):
        return None
    if size is None or not isinstance(size, int):
        raise Raised("TypeError", f"{_shown(shape)} is no shape: {_shown(size)} is no size")
    if size < 0:
        raise Raised("ValueError", f"{_shown(shape)} is no shape: sizes are not negative")
    return int(size)


def _shown(value: Value) -> str:
    return repr(value)[:60]


def array_of(value: Value) -> Array:
    """A value as a tensor; `Raised` for what cannot be one."""
    if isinstance(value, Array):
        return value
    if isinstance(value, Weight):
        return Array(value.variable.shape)
    if isinstance(value, (bool, int, float)):
        return Array(())
    if isinstance(value, (list, tuple)):
        inner = [array_of(item) for item in value[:10_000]]
        if not inner:
            return Array((0,))
        shapes = {each.shape for each in inner}
        if None in shapes:
            return Array(None)
        if len(shapes) > 1:
            raise Raised("ValueError", "a list of values of different shapes is no array")
        first = inner[0].shape
        assert first is not None
        return Array((len(value), *first))
    if value is UNKNOWN:
        return Array(None)
    if value is None or isinstance(value, (str, dict)):
        raise Raised("ValueError", f"{_shown(value)} is no array of numbers")
    return Array(None)


def dims(shape: Shape | None) -> Value:
    """A shape as the library sees it: what is not known of it is `UNKNOWN`."""
    return UNKNOWN if shape is None else tuple(UNKNOWN if size is None else size for size in shape)


def index_shape(base: Array, key: Value) -> Value:
    """``array[key]``."""
    if base.shape is None:
        return Array(None)
    keys = list(key) if isinstance(key, tuple) else [key]
    if Ellipsis in keys:
        place = keys.index(Ellipsis)
        given = sum(each is not None for each in keys) - 1
        keys[place : place + 1] = [slice(None)] * (len(base.shape) - given)
    shape: list[int | None] = []
    left = list(base.shape)
    for each in keys:
        if each is None:
            shape.append(1)
            continue
        if not left:
            raise Raised("IndexError", "too many indices for array")
        size = left.pop(0)
        if isinstance(each, slice):
            bounds = (each.start, each.stop, each.step)
            whole = each == slice(None)
            known = size is not None and all(bound is None or isinstance(bound, int) for bound in bounds)
            shape.append(size if whole else len(range(*each.indices(size or 0))) if known else None)
        elif isinstance(each, int):
            continue
        else:
            return Array(None)
    return Array((*shape, *left))


def spread(left: Value, right: Value) -> Array:
    """What an elementwise operation gives."""
    one, other = array_of(left).shape, array_of(right).shape
    if one is None or other is None:
        return Array(None)
    size = max(len(one), len(other))
    pairs = zip((1,) * (size - len(one)) + one, (1,) * (size - len(other)) + other, strict=True)
    shape: list[int | None] = []
    for a, b in pairs:
        if a is not None and b is not None and a != b and 1 not in (a, b):
            raise Raised("ValueError", f"shapes {one} and {other} do not go together")
        shape.append(b if a == 1 else a if b == 1 else a if b is None else b)
    return Array(tuple(shape))


Given = Mapping[str, Value]


def _axes(value: Value, rank: int) -> list[int]:
    axes = value if isinstance(value, (list, tuple)) else [value]
    if not all(isinstance(axis, int) for axis in axes):
        raise Lost
    return [axis + rank if axis < 0 else axis for axis in axes]


def _made(given: Given) -> Array:
    return Array(shape_in(given["shape"]))


def _same(given: Given) -> Array:
    return array_of(next(iter(given.values())))


def _broadcast(given: Given) -> Array:
    shape = shape_in(given["shape"])
    if shape is None:
        return Array(None)
    old = array_of(given["x"]).shape
    if old is not None:
        padded = (1,) * (len(shape) - len(old)) + old
        if len(old) > len(shape) or any(
            a is not None and b is not None and a not in (1, b) for a, b in zip(padded, shape, strict=True)
        ):
            raise Raised("ValueError", f"an array of shape {old} cannot be broadcast to {shape}")
    return Array(shape)


def _reduced(given: Given) -> Array:
    shape = array_of(given["x"]).shape
    axis = given.get("axis")
    if shape is None:
        return Array(None)
    axes = list(range(len(shape))) if axis is None else _axes(axis, len(shape))
    if given.get("keepdims"):
        return Array(tuple(1 if index in axes else size for index, size in enumerate(shape)))
    return Array(tuple(size for index, size in enumerate(shape) if index not in axes))


def _concatenated(given: Given) -> Array:
    arrays = given["xs"]
    if not isinstance(arrays, (list, tuple)) or not arrays:
        raise Lost
    shapes = [array_of(each).shape for each in arrays]
    if None in shapes:
        return Array(None)
    known = [shape for shape in shapes if shape is not None]
    axis = _axes(given.get("axis", -1), len(known[0]))[0]
    if any(len(shape) != len(known[0]) for shape in known):
        raise Raised("ValueError", "arrays of different ranks cannot be concatenated")
    sizes = [shape[axis] for shape in known]
    total = None if None in sizes else sum(size for size in sizes if size is not None)
    return Array((*known[0][:axis], total, *known[0][axis + 1 :]))


def _stacked(given: Given) -> Array:
    arrays = given["xs"]
    if not isinstance(arrays, (list, tuple)) or not arrays:
        raise Lost
    shape = array_of(arrays[0]).shape
    if shape is None:
        return Array(None)
    axis = _axes(given.get("axis", 0), len(shape) + 1)[0]
    return Array((*shape[:axis], len(arrays), *shape[axis:]))


def _expanded(given: Given) -> Array:
    shape = array_of(given["x"]).shape
    if shape is None:
        return Array(None)
    axis = _axes(given["axis"], len(shape) + 1)[0]
    return Array((*shape[:axis], 1, *shape[axis:]))


def _squeezed(given: Given) -> Array:
    shape = array_of(given["x"]).shape
    if shape is None:
        return Array(None)
    axis = given.get("axis")
    axes = [index for index, size in enumerate(shape) if size == 1] if axis is None else _axes(axis, len(shape))
    return Array(tuple(size for index, size in enumerate(shape) if index not in axes))


def _reshaped(given: Given) -> Array:
    wanted = given["newshape"]
    if not isinstance(wanted, (list, tuple)):
        return Array(None)
    old = array_of(given["x"]).shape
    sizes = [size if isinstance(size, int) else None for size in wanted]
    if -1 in sizes:
        others = [size for size in sizes if size != -1]
        rest: int | None = None
        if old is not None and None not in old and None not in others:
            total, left = 1, 1
            for size in old:
                total *= size or 0
            for size in others:
                left *= size or 1
            rest = total // left if left else None
        sizes[sizes.index(-1)] = rest
    return Array(tuple(sizes))


def _tiled(given: Given) -> Array:
    shape, times = array_of(given["x"]).shape, given["repeats"]
    if shape is None or not isinstance(times, (list, tuple)):
        return Array(None)
    rank = max(len(shape), len(times))
    sizes = (1,) * (rank - len(shape)) + shape
    factors = (1,) * (rank - len(times)) + tuple(times)
    return Array(tuple(
        a * b if isinstance(a, int) and isinstance(b, int) else None for a, b in zip(sizes, factors, strict=True)
    ))  # fmt: skip


def _transposed(given: Given) -> Array:
    shape, axes = array_of(given["x"]).shape, given.get("axes")
    if shape is None:
        return Array(None)
    if axes is None:
        return Array(tuple(reversed(shape)))
    return Array(tuple(shape[axis] for axis in _axes(axes, len(shape))))


def _product(given: Given) -> Array:
    one, other = array_of(given["x1"]).shape, array_of(given["x2"]).shape
    if one is None or other is None or len(one) < 2 or len(other) < 2:
        return Array(None)
    return Array((*one[:-1], other[-1]))


def _pair(given: Given) -> Array:
    values = list(given.values())
    return spread(values[0], values[1]) if len(values) > 1 else Array(None)


def _range(given: Given) -> Array:
    stop = given.get("start") if "stop" not in given else None
    return Array((size_in(stop, stop),) if stop is not None else (None,))


def _line(given: Given) -> Array:
    return Array((size_in(given.get("num", 50), None), *(array_of(given["start"]).shape or ())))


def _split(given: Given) -> Value:
    shape, parts = array_of(given["x"]).shape, given["indices_or_sections"]
    if not isinstance(parts, int) or not 0 < parts <= MOST_PARTS:
        return UNKNOWN
    if shape is None:
        return [Array(None)] * parts
    axis = _axes(given.get("axis", 0), len(shape))[0]
    size = shape[axis]
    return [Array((*shape[:axis], None if size is None else size // parts, *shape[axis + 1 :]))] * parts


X = ("x",)
ELEMENTWISE = (
    "abs", "cast", "convert_to_tensor", "convert_to_numpy", "copy", "cos", "cumsum", "elu", "erf", "exp", "expm1", "flip",
    "gelu", "log", "log1p", "negative", "ones_like", "relu", "sigmoid", "sign", "silu", "sin", "softmax", "softplus", "sort",
    "sqrt", "square", "stop_gradient", "tanh", "zeros_like", "asarray", "array", "clip", "roll", "nan_to_num", "float32",
)  # fmt: skip
PAIRS = ("add", "subtract", "multiply", "divide", "maximum", "minimum", "power", "mod", "true_divide")
OPS: dict[str, tuple[tuple[str, ...], Callable[[Given], Value]]] = {
    **dict.fromkeys(ELEMENTWISE, (("x", "axis"), _same)),
    **dict.fromkeys(PAIRS, (("x1", "x2"), _pair)),
    **dict.fromkeys(("zeros", "ones", "full", "empty"), (("shape", "dtype"), _made)),
    **dict.fromkeys(("mean", "sum", "max", "min", "prod", "std", "var", "amax", "amin", "logsumexp", "any", "all", "argmax"),
                    (("x", "axis", "keepdims"), _reduced)),
    "broadcast_to": (("x", "shape"), _broadcast),
    "concatenate": (("xs", "axis"), _concatenated),
    "stack": (("xs", "axis"), _stacked),
    "expand_dims": (("x", "axis"), _expanded),
    "squeeze": (("x", "axis"), _squeezed),
    "reshape": (("x", "newshape"), _reshaped),
    "tile": (("x", "repeats"), _tiled),
    "transpose": (("x", "axes"), _transposed),
    "matmul": (("x1", "x2"), _product),
    "split": (("x", "indices_or_sections", "axis"), _split),
    "linspace": (("start", "stop", "num"), _line),
    "arange": (("start", "stop", "step"), _range),
    "shape": (X, lambda given: dims(array_of(given["x"]).shape)),
    "ndim": (X, lambda given: UNKNOWN if (shape := array_of(given["x"]).shape) is None else len(shape)),
    "dtype": (X, lambda given: UNKNOWN),
    "is_tensor": (X, lambda given: UNKNOWN if given["x"] is UNKNOWN else isinstance(given["x"], (Array, Weight))),
}  # fmt: skip


def operate(name: str, arguments: Sequence[Value], keywords: Mapping[str, Value]) -> Value:
    """What a function of ``keras.ops`` or NumPy gives."""
    found = OPS.get(name)
    if found is None:
        return UNKNOWN
    names, function = found
    given = {**dict(zip(names, arguments, strict=False)), **keywords}
    try:
        return function(given)
    except (KeyError, IndexError, StopIteration):
        return UNKNOWN


def shape_arguments(value: Any) -> Value:
    """The shapes of the tensors in a value, structured as it is; None for what holds none."""
    if isinstance(value, (Array, Weight)):
        return dims(array_of(value).shape)
    if isinstance(value, (list, tuple)):
        inner = [shape_arguments(item) for item in value]
        return type(value)(inner) if any(item is not None for item in inner) else None
    if isinstance(value, dict):
        pairs = {key: shape_arguments(item) for key, item in value.items()}
        return pairs if any(item is not None for item in pairs.values()) else None
    return UNKNOWN if value is UNKNOWN else None
