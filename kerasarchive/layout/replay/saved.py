"""Where the state of replayed objects is stored: Keras walks their attributes in the order of their names.

Source: ``_walk_saveable`` and ``_load_state`` in ``keras/src/saving/saving_lib.py``.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from kerasarchive.layout import variables
from kerasarchive.layout.parts import snake_case
from kerasarchive.layout.replay.attributes import OF_LAYERS, OF_MODELS, sublayers
from kerasarchive.layout.replay.layers import jsonlike
from kerasarchive.layout.replay.machine import Machine
from kerasarchive.layout.replay.values import Class, Lost, Raised, Thing, Value
from kerasarchive.layout.variables import Variable

MOST = 20_000


@dataclass(frozen=True, slots=True)
class Stored:
    """One object and the group that it is stored in. `wanted` is None where that is not known.

    `at` is the path of the config that it was made of, or of the nearest around it. `built`: else it has no variables.
    """

    path: str
    title: str
    at: tuple[str | int, ...]
    wanted: tuple[Variable, ...] | None
    built: bool = True


def stored(root: Thing, machine: Machine) -> Iterator[Stored]:
    """Every object with state at and below `root`."""
    seen: set[int] = set()
    stack: list[tuple[Thing, str]] = [(root, "")]
    while stack:
        thing, path = stack.pop()
        if id(thing) in seen:
            continue
        seen.add(id(thing))
        if len(seen) > MOST:
            return
        below: list[tuple[Thing, str]] = []
        if thing.opaque:
            yield Stored(path, thing.name, thing.at, None)
        elif thing.cls is None and thing.kind == "Built-in":
            yield from _builtin(thing, path)
        else:
            own = tuple(_ordered(thing)) if not _stores_itself(thing.cls) else None
            yield Stored(path, thing.name, thing.at, own, thing.built)
        for name, value in _attributes(thing, machine):
            inner = f"{path}/{name}" if path else name
            below += [(child, f"{inner}/{suffix}" if suffix else inner) for child, suffix in _held(value)]
        stack += reversed(below)


def _builtin(thing: Thing, path: str) -> Iterator[Stored]:
    config = jsonlike(thing.config)
    for part in variables.tree(thing.name, config, input_shape=thing.shape):
        if "seed_generator" in part.path:
            continue
        if len(part.path) > 1 and part.path[-2] == "cells":
            return
        inner = "/".join((path, *part.path) if path else part.path)
        known = part.variables
        if part.path and part.class_name in ("Sequential", "Functional", "Model"):
            known = None
        title = f"{thing.name} {'.'.join(part.path)}".rstrip()
        yield Stored(inner, title, thing.at, None if known is None else tuple(v for v in known if v.key is not None), thing.built)


def _ordered(thing: Thing) -> Iterator[Variable]:
    """Trained variables first."""
    made = [weight.variable for weight in thing.weights]
    yield from (variable for variable in made if variable.trainable)
    yield from (variable for variable in made if not variable.trainable)


def _stores_itself(cls: Class | None) -> bool:
    """Whether the library says itself how an object is stored."""
    return cls is not None and any(
        isinstance(each, Class) and any(
            isinstance(s, ast.FunctionDef) and s.name in ("load_own_variables", "save_own_variables") for s in each.node.body
        )
        for each in (cls, *cls.order)
    )


def _attributes(thing: Thing, machine: Machine) -> Iterator[tuple[str, Value]]:
    """(name, value) of the attributes that Keras looks at, in its order."""
    if thing.kind == "Sequential":
        yield "layers", list(thing.config.get("layers", []))
        return
    if thing.cls is None or not thing.kind:
        return
    skipped = OF_LAYERS
    names = set(thing.attributes)
    properties: set[str] = set()
    for cls in (thing.cls, *thing.cls.order):
        if isinstance(cls, Class):
            for statement in cls.node.body:
                if isinstance(statement, ast.FunctionDef) and any(
                    ast.unparse(each).endswith("property") for each in statement.decorator_list
                ):
                    properties.add(statement.name)
    if thing.kind == "Model":
        names.add("layers")
    for name in sorted(names | properties, key=lambda each: f"~{each}" if each.startswith("_") else each):
        if name.startswith("__") or name in skipped:
            continue
        if name == "layers" and thing.kind == "Model" and name not in properties | set(thing.attributes):
            yield name, sublayers(thing)
            continue
        if name in OF_MODELS and thing.kind == "Model" and name not in thing.attributes:
            continue
        try:
            yield name, machine.attribute(thing, name, machine)
        except (Lost, Raised):
            continue


def _held(value: Value) -> Iterator[tuple[Thing, str]]:
    """(object, name within its container) of the objects that an attribute holds."""
    if isinstance(value, Thing):
        if value.kind:
            yield value, ""
        return
    if isinstance(value, dict):
        value = list(value.values())
    if not isinstance(value, (list, tuple)):
        return
    used: dict[str, int] = {}
    for one in value:
        if isinstance(one, Thing) and one.kind:
            name = snake_case(one.name)
            number = used.get(name, 0)
            used[name] = number + 1
            yield one, f"{name}_{number}" if number else name
