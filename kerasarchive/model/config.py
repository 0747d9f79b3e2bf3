"""A serialized Keras object is a view on its JSON: no copy, true locations, any depth without recursion."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from kerasarchive.model.location import Location

MARKERS = frozenset({"__keras_tensor__", "__numpy__", "__tensor__", "__bytes__", "__ellipsis__", "__typespec__",
                     "__slice__", "__complex__", "__lambda__"})
"""Values in Keras's serialization that look like objects (a ``class_name``) and are none."""


def is_bare_bytecode(value: Any) -> bool:
    """``{"value": [code, defaults, closure]}``: what layers since Keras 2.13 store of a lambda that is their activation."""
    code = value.get("value") if isinstance(value, Mapping) else None
    return isinstance(code, list) and len(value) == 1 and len(code) == 3 and isinstance(code[0], str)


@dataclass(frozen=True, slots=True, eq=False)
class ObjectNode:
    """One serialized Keras object: a dict with ``class_name`` and ``config``, at `location`."""

    data: dict[str, Any]
    location: Location
    depth: int = 0

    @property
    def class_name(self) -> str:
        """The class as the archive spells it (legacy files: ``package>Class`` for a registered one)."""
        return str(self.data.get("class_name"))

    @property
    def module(self) -> str | None:
        """Where the archive says the class lives; None in legacy files and for registered custom objects."""
        module = self.data.get("module")
        return module if isinstance(module, str) else None

    @property
    def registered_name(self) -> str | None:
        """``package>Class`` of a registered custom object."""
        name = self.data.get("registered_name")
        return name if isinstance(name, str) else None

    @property
    def config(self) -> Any:
        """What `get_config` wrote; a str for functions."""
        return self.data.get("config")

    @property
    def name(self) -> str | None:
        """The object's own name, where it has one."""
        config = self.config
        name = config.get("name") if isinstance(config, dict) else None
        name = name if isinstance(name, str) else self.data.get("name")
        return name if isinstance(name, str) else None

    @property
    def key(self) -> str:
        """The name that registries know it by: ``labpkg>Scale``, else module and class."""
        if self.registered_name and ">" in self.registered_name:
            return self.registered_name
        return f"{self.module}.{self.class_name}" if self.module else self.class_name


def is_object(value: Any) -> bool:
    """Whether `value` is a serialized object (or function), not a marker such as ``__keras_tensor__``."""
    return (
        isinstance(value, dict)
        and isinstance(value.get("class_name"), str)
        and "config" in value
        and value["class_name"] not in MARKERS
    )


def walk(value: Any, location: Location) -> Iterator[tuple[Any, Location, int]]:
    """Every dict, list and scalar at and below `value`, parents first, in document order; iterative, so depth is no danger.

    Yields (value, its location, its depth of nesting).
    """
    stack: list[tuple[Any, Location, int]] = [(value, location, 0)]
    while stack:
        current, at, depth = stack.pop()
        yield current, at, depth
        if isinstance(current, dict):
            stack.extend((child, at / key, depth + 1) for key, child in reversed(current.items()))
        elif isinstance(current, list):
            stack.extend((current[index], at / index, depth + 1) for index in range(len(current) - 1, -1, -1))


def objects(value: Any, location: Location) -> Iterator[ObjectNode]:
    """Every serialized object at and below `value`, parents first, in document order."""
    for current, at, depth in walk(value, location):
        if is_object(current):
            yield ObjectNode(current, at, depth)
