"""What is said of one variable of a layer, and of one sublayer that the layer makes or holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from kerasarchive.layout.shapes.setting import Shape, product, shape_of, shapes_of


@dataclass(frozen=True, slots=True)
class Variable:
    """One variable that a layer creates itself. `shape` is None, or has None in it, as far as it is not known.

    `trainable` is the variable's own: a layer with ``trainable: false`` freezes it all the same.
    """

    name: str
    shape: Shape | None = None
    trainable: bool = True
    dtype: str | None = None
    key: str | None = None
    """Its dataset's name in the layer's ``vars`` group (``"0"``); None if it is never stored."""
    alias: tuple[str, ...] = ()
    """Set where it is the very variable of a sublayer, stored twice: attributes and name (``("layer", "kernel")``)."""

    @property
    def size(self) -> int | None:
        """Number of elements, if known."""
        return None if self.shape is None else product(self.shape)


@dataclass(frozen=True, slots=True)
class Child:
    """One sublayer: the attribute that holds it (a list's items share it), and what it is made of.

    `key` is the path of its object within the parent's config; None for a sublayer that the layer makes on its own.
    """

    attribute: str
    class_name: str
    config: Mapping[str, Any] = field(hash=False)
    key: tuple[str | int, ...] | None = None
    input_shape: Any = None
    """As `own` takes it."""
    module: str | None = None
    registered_name: str | None = None


class Given:
    """What the variables of a layer depend on: its config, its input shape(s), and which Keras it is."""

    __slots__ = ("config", "dtype", "input_shape", "major", "shape", "shapes")

    def __init__(self, config: Mapping[str, Any], input_shape: Any, major: int) -> None:
        self.config = config
        self.input_shape = input_shape
        self.major = major
        self.shapes: tuple[Shape, ...] | None = shapes_of(input_shape)
        self.shape: Shape | None = self.shapes[0] if self.shapes else None
        self.dtype: str | None = variable_dtype(config.get("dtype"))

    def named(self, name: str, position: int) -> Shape | None:
        """The shape of an input that a layer takes by name (``query_shape``), or by position."""
        for source in (self.input_shape, self.config):
            if isinstance(source, Mapping) and name in source:
                return shape_of(source[name])
        shapes = self.shapes or ()
        return shapes[position] if position < len(shapes) else None

    def variable(
        self, name: str, shape: Shape | None, *, trainable: bool = True, dtype: str | None = None, key: str | None = ""
    ) -> Variable:
        """A Variable of the layer's dtype unless another is given. Its `key` is numbered later unless given."""
        return Variable(name, shape, trainable, dtype or self.dtype, key)


def variable_dtype(policy: Any) -> str | None:
    """The dtype in which a layer with that ``dtype`` keeps its variables (``mixed_float16`` keeps float32)."""
    if isinstance(policy, dict):
        config = policy.get("config")
        config = config if isinstance(config, dict) else {}
        policy = config.get("name") or config.get("source_name")
    if not isinstance(policy, str):
        return None
    _, quantized, source = policy.partition("_from_")
    name = source if quantized else policy
    return "float32" if name.startswith("mixed_") else name


def quantization(policy: Any) -> str | None:
    """The mode of a quantized policy (``int8``, ``int4``, ``float8``, ...), of its dict or of ``int8_from_float32``."""
    if isinstance(policy, dict):
        config = policy.get("config")
        mode = config.get("mode") if isinstance(config, dict) else None
        name = config.get("name") if isinstance(config, dict) else None
        if isinstance(mode, str):
            return mode.partition("/")[0]
        policy = name
    if isinstance(policy, str) and "_from_" in policy:
        return policy.partition("_from_")[0].partition("/")[0]
    return None
