"""Whether one stored tensor is the variable that a layer will ask for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import Any

from kerasarchive.layout.shapes import Flow, Shape
from kerasarchive.layout.variables import Variable
from kerasarchive.model.finding import Finding
from kerasarchive.model.location import Location
from kerasarchive.model.weights import Tensor
from kerasarchive.schema import ClassSchema, ReleaseSchema
from kerasarchive.validation import rule

NUMBERS = ("float", "int", "uint", "bool", "bfloat", "complex")

Flows = Mapping[tuple[str | int, ...], Flow]


def fits(wanted: Shape | None, found: tuple[int, ...]) -> bool:
    """Whether a stored shape is the wanted one, as far as that is known."""
    return wanted is None or (
        len(wanted) == len(found) and all(size is None or size == real for size, real in zip(wanted, found, strict=True))
    )


def named(variable: Variable) -> str:
    """``kernel (4, 3)``."""
    return f"{variable.name} {shown(variable.shape)}".rstrip()


def shown(shape: Shape | None) -> str:
    """A shape in brackets, ``?`` for what is not known."""
    return "" if shape is None else f"({', '.join('?' if size is None else str(size) for size in shape)})"


def misfit_of(title: str, variable: Variable, tensor: Tensor, at: Location) -> Iterator[Finding]:
    """What is wrong with a tensor that is stored for `variable` of the layer `title`."""
    if not fits(variable.shape, tensor.shape):
        message = f"{title}: its {named(variable)} is stored with the shape {shown(tensor.shape)}"
        yield rule.WRONG_SHAPE.finding(message, at)
    if variable.dtype not in (None, "string") and not tensor.dtype.startswith(NUMBERS):
        yield rule.WRONG_DTYPE.finding(f"{title}: its {variable.name} holds no numbers but {tensor.dtype}", at)
    elif variable.dtype not in (None, tensor.dtype) and _is_real(variable.dtype) and _is_real(tensor.dtype):
        message = f"{title}: its {variable.name} is {variable.dtype} and is stored as {tensor.dtype}"
        yield rule.WRONG_DTYPE.finding(message, at, severity="low", remedy="the values are cast on loading")


def _is_real(dtype: str | None) -> bool:
    return bool(dtype) and str(dtype).startswith(("float", "bfloat"))


def complete(schema: ReleaseSchema) -> Callable[[str, str], Mapping[str, Any]]:
    """A function from a class's module and name to what its constructor takes for what is not given."""

    def of(module: str, name: str) -> Mapping[str, Any]:
        cls = schema.get(f"{module}.{name}") or schema.by_class_name(name, "layer")
        return defaults(cls) if cls is not None else {}

    return of


@lru_cache(maxsize=1024)
def defaults(cls: ClassSchema) -> Mapping[str, Any]:
    """The constructor's defaults, as far as they are JSON values."""
    return cls.defaults
