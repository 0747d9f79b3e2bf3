"""One call of an op layer while it is translated: its arguments, and the operations that take its place."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from kerasarchive.migration.functions.tensor import (
    FLOATS,
    INTEGERS,
    Shape,
    Sizes,
    Tensor,
    Value,
    is_constant,
    is_integer,
    is_number,
    numbers,
    shape_of,
)
from kerasarchive.migration.operations.operation import Refuse
from kerasarchive.model.objects import Node, Object, Ref

REQUIRED = object()
LARGEST = 4096
"""How many numbers a constant that kav computes, or how many outputs an operation, may have."""
UNNAMED = frozenset({"core.StopGradient"})
"""Operations without arguments whose constructor takes no name before Keras 3.11."""

ADVICE = "replace it by a layer or by functions that kav knows, save again in the old release, and migrate that"


@dataclass(frozen=True)
class Function:
    """How calls of one TensorFlow function are translated.

    `parameters` as in its signature: ``"x y axis=None"``. `translate` gets the call and a value for each of them and
    gives the result (a list where the function gives several). `sizes`: it takes `Sizes` as they are.
    """

    parameters: str
    translate: Callable[..., Value]
    sizes: bool = False

    @property
    def signature(self) -> tuple[tuple[str, Any], ...]:
        """(parameter, default) in order; REQUIRED where there is none."""
        return tuple(_parameter(text) for text in self.parameters.split())


def _parameter(text: str) -> tuple[str, Any]:
    name, _, default = text.partition("=")
    return name, ast.literal_eval(default) if default else REQUIRED


@dataclass
class Call:
    """A call of `layer`. `operations` collects what takes its place, in the order in which it is computed."""

    layer: Object
    function: str
    name: str
    used: set[str]
    operations: list[Object] = field(default_factory=list)

    def bind(self, function: Function, node: Node, resolve: Callable[[Any], Value]) -> list[Value]:
        """The values of the function's parameters. Refuses arguments that the table does not list."""
        signature = function.signature
        given = {key: resolve(value) for key, value in node.kwargs.items() if key != "name"}
        if node.args and signature:
            given.setdefault(signature[0][0], resolve(node.args[0]))
        values = []
        for name, default in signature:
            value = given.pop(name, default)
            if value is REQUIRED:
                reason = f"a call of tf.{self.function} lacks its argument `{name}`"
                raise Refuse(reason, ADVICE)
            values.append(value)
        for name, value in given.items():
            if value is not None:
                self.refuse(name, value)
        return values

    def refuse(self, argument: str, value: object, why: str = "") -> None:
        """Refuse the call for the value of one argument."""
        said = f": {why}" if why else ", which has no exact counterpart in Keras 3 that kav knows"
        tensors = any(isinstance(item, Tensor) for item in _flat(value))
        shown = f"{value!r:.60}" if not tensors else "a tensor" if isinstance(value, Tensor) else "a list of tensors"
        reason = f"tf.{self.function} with {argument}={shown}{said}"
        raise Refuse(reason, ADVICE)

    def emit(
        self,
        cls: str,
        *args: Value,
        shape: Shape | None = None,
        dtype: str | None = None,
        config: Mapping[str, Any] | None = None,
        keywords: Mapping[str, Any] | None = None,
    ) -> Tensor:
        """Add the operation `cls` (``numpy.Add``) on `args`; its (first) output."""
        if not any(isinstance(arg, Tensor) for arg in _flat(args)):
            self.refuse("arguments", "constants", "it computes with constants alone")
        name = self._unique()
        module, _, class_name = cls.rpartition(".")
        named = {"name": name} if not config and cls not in UNNAMED else {}
        self.operations.append(
            Object(
                class_name=class_name,
                module=f"keras.src.ops.{module}",
                registered_name=class_name,
                config=named | dict(config or {}),
                name=name,
                nodes=(Node(tuple(_argument(arg) for arg in args), dict(keywords or {})),),
                origin=self.layer.origin,
            )
        )
        return Tensor(Ref(name, 0, 0, shape, dtype), shape, dtype)

    def several(
        self, first: Tensor, shapes: list[Shape | None], dtypes: list[str | None] | None = None
    ) -> list[Tensor]:
        """All outputs of the operation that gave `first`."""
        kinds = dtypes or [first.dtype] * len(shapes)
        refs = [
            replace(first.ref, tensor=index, shape=shape, dtype=dtype)
            for index, (shape, dtype) in enumerate(zip(shapes, kinds, strict=True))
        ]
        return [Tensor(ref, ref.shape, ref.dtype) for ref in refs]

    def _unique(self) -> str:
        number = 1
        while f"{self.name}_{number}" in self.used:
            number += 1
        self.used.add(f"{self.name}_{number}")
        return f"{self.name}_{number}"

    def tensor(self, value: Value, argument: str) -> Tensor:
        """`value`, which has to be a tensor of the graph."""
        if not isinstance(value, Tensor):
            self.refuse(argument, value, "kav translates it only on a tensor of the graph")
        assert isinstance(value, Tensor)
        return value

    def floating(self, value: Value, argument: str) -> Tensor:
        """`value`, which has to be a tensor of a floating dtype."""
        tensor = self.tensor(value, argument)
        if tensor.dtype not in FLOATS:
            self.refuse(argument, tensor, f"its dtype is {tensor.dtype or 'not known'}, and only floats are sure")
        return tensor

    def dtype(self, tensor: Tensor, argument: str, allowed: frozenset[str] | None = None) -> str:
        """The tensor's dtype, which has to be known, and among `allowed`."""
        if tensor.dtype is None or (allowed is not None and tensor.dtype not in allowed):
            self.refuse(argument, tensor, f"the result depends on its dtype, which is {tensor.dtype or 'not known'}")
        assert tensor.dtype is not None
        return tensor.dtype

    def shape(self, tensor: Tensor, argument: str) -> Shape:
        """The tensor's shape, whose rank has to be known."""
        if tensor.shape is None:
            self.refuse(argument, tensor, "how many axes it has is not known")
        assert tensor.shape is not None
        return tensor.shape

    def flag(self, value: Value, argument: str) -> bool:
        """A boolean argument; None means False."""
        if value not in (None, False, True, 0, 1):
            self.refuse(argument, value)
        return bool(value)

    def axis(self, value: Value, argument: str = "axis") -> int:
        """An axis that is given as a number."""
        if isinstance(value, list) and len(value) == 1:
            value = value[0]
        if not is_integer(value):
            self.refuse(argument, value)
        assert isinstance(value, int)
        return value

    def axes(self, value: Value, argument: str = "axis") -> list[int] | None:
        """Axes that are given as None, a number or a list."""
        if value is None:
            return None
        found = [value] if is_integer(value) else value
        if not isinstance(found, list) or not all(is_integer(item) for item in found):
            self.refuse(argument, value)
        assert isinstance(found, list)
        return found

    def integers(self, value: Value, argument: str) -> list[int]:
        """A list of numbers."""
        if not isinstance(value, list) or not all(is_integer(item) for item in value):
            self.refuse(argument, value)
        assert isinstance(value, list)
        return value

    def operand(self, value: Value, argument: str, like: str | None, *, strict: bool = False) -> Value:
        """`value` as an argument beside a tensor of dtype `like`, to which TensorFlow converts constants.

        Keras takes a plain number to the other's dtype itself, but for comparisons (`strict`): those need an array.
        """
        if isinstance(value, Tensor):
            return value
        if not is_constant(value):
            self.refuse(argument, value)
        if like is None and (strict or isinstance(value, list)):
            self.refuse(argument, value, "the dtype of the tensor beside it is not known")
        scalars = list(numbers(value))
        if like == "bool":
            fits = all(isinstance(item, bool) for item in scalars)
        elif like in INTEGERS:
            fits = all(is_integer(item) for item in scalars)
        else:
            fits = all(is_number(item) for item in scalars) and (like is None or like in FLOATS)
        if not fits:
            self.refuse(argument, value, f"TensorFlow does not convert it to {like or 'a number'}")
        if isinstance(value, list) or like not in (None, "float32", "int32"):
            return array(value, str(like))
        return float(value) if like == "float32" else value


def array(value: Any, dtype: str) -> dict[str, Any]:
    """A constant array as Keras spells it."""
    return {"class_name": "__numpy__", "config": {"value": value, "dtype": dtype}}


def constant_shape(value: Value) -> Shape | None:
    """The shape of a value, also of an array spelled for Keras."""
    if isinstance(value, dict):
        return shape_of(value["config"]["value"])
    return shape_of(value)


def _flat(value: Any) -> Iterator[Any]:
    if isinstance(value, (list, tuple)):
        for item in value:
            yield from _flat(item)
    else:
        yield value


def _argument(value: Value) -> Any:
    if isinstance(value, Tensor):
        return value.ref
    if isinstance(value, (list, tuple)):
        return [_argument(item) for item in value]
    if isinstance(value, Sizes):
        message = "a size stands where a tensor or constant belongs"
        raise TypeError(message)
    return value
