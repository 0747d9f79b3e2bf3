"""Where the state of replayed objects is stored: Keras walks their attributes in the order of their names.

Source: ``_walk_saveable`` and ``_load_state`` in ``keras/src/saving/saving_lib.py``.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field

from kerasarchive.layout import variables
from kerasarchive.layout.parts import MODELS, Names
from kerasarchive.layout.replay.attributes import OF_LAYERS, OF_MODELS, sublayers
from kerasarchive.layout.replay.layers import jsonlike
from kerasarchive.layout.replay.machine import Machine
from kerasarchive.layout.replay.values import Class, Lost, Raised, Thing, Value
from kerasarchive.layout.variables import Variable

MOST = 20_000


@dataclass(slots=True, eq=False)
class Stored:
    """One object whose state is stored. `wanted` are its own variables, in order; None where they are not known.

    `at` is the path of the config that it was made of, or of the nearest around it. `built`: else it has no variables yet.
    `below` are the objects in it with their places, in the order in which Keras comes to them; one object may come up more
    than once.
    """

    title: str
    at: tuple[str | int, ...]
    wanted: tuple[Variable, ...] | None
    built: bool = True
    below: list[tuple[str, Stored]] = field(default_factory=list)


def stored(root: Thing, machine: Machine) -> Stored:
    """An object and those below it."""
    known: dict[int, Stored] = {id(root): _alone(root)}
    stack = [root]
    while stack:
        thing = stack.pop()
        here = known[id(thing)]
        for name, value in _attributes(thing, machine):
            for child, suffix in _held(value):
                if id(child) not in known:
                    if len(known) > MOST:
                        return known[id(root)]
                    known[id(child)] = _alone(child)
                    stack.append(child)
                here.below.append((f"{name}/{suffix}" if suffix else name, known[id(child)]))
    return known[id(root)]


def _alone(thing: Thing) -> Stored:
    if thing.opaque:
        return Stored(thing.name, thing.at, None, thing.built)
    if thing.cls is None and thing.kind == "Built-in":
        return _builtin(thing)
    own = tuple(_ordered(thing)) if not _stores_itself(thing.cls) else None
    return Stored(thing.name, thing.at, own, thing.built)


def _builtin(thing: Thing) -> Stored:
    """A layer of Keras with its parts (the cell of a recurrent layer)."""
    found: dict[tuple[str, ...], Stored] = {}
    for part in variables.tree(thing.name, jsonlike(thing.config), input_shape=thing.shape):
        if "seed_generator" in part.path:
            continue
        known = part.variables if part.class_name not in MODELS or not part.path else None
        wanted = None if known is None else tuple(variable for variable in known if variable.key is not None)
        if not thing.built and wanted is not None:
            wanted = ()
        title = ".".join((thing.name, *part.path))
        found[part.path] = Stored(title, thing.at, wanted, thing.built)
        if not part.path:
            continue
        if part.path[-1].isdigit():
            # The members of a list go by their classes' names, which is told elsewhere.
            found[part.path[:-2]].below.append((part.path[-2], Stored(title, thing.at, None)))
        elif part.path[:-1] in found:
            found[part.path[:-1]].below.append((part.path[-1], found[part.path]))
    return found[()]


def _ordered(thing: Thing) -> Iterator[Variable]:
    """Trained variables first."""
    made = [weight.variable for weight in thing.weights]
    yield from (variable for variable in made if variable.trainable)
    yield from (variable for variable in made if not variable.trainable)


def _stores_itself(cls: Class | None) -> bool:
    """Whether the library says itself how an object is stored."""
    return cls is not None and any(
        isinstance(each, Class)
        and any(
            isinstance(s, ast.FunctionDef) and s.name in ("load_own_variables", "save_own_variables")
            for s in each.node.body
        )
        for each in (cls, *cls.order)
    )


def _attributes(thing: Thing, machine: Machine) -> Iterator[tuple[str, Value]]:
    """(name, value) of the attributes that Keras looks at, in its order."""
    if thing.kind == "Sequential":
        yield "layers", list(thing.config.get("layers", []))
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
    if thing.kind == "Sequential":
        names.discard("_functional")
    if thing.kind == "Model":
        names.add("layers")
    for name in sorted(names | properties, key=lambda each: f"~{each}" if each.startswith("_") else each):
        if name.startswith("__") or name in skipped:
            continue
        if name == "layers" and thing.kind == "Model" and name not in properties | set(thing.attributes):
            yield name, sublayers(thing)
            continue
        if name in OF_MODELS and thing.kind in ("Model", "Sequential") and name not in thing.attributes:
            continue
        opaque, thing.opaque = thing.opaque, False
        try:
            value = machine.attribute(thing, name, machine)
        except (Lost, Raised):
            continue
        finally:
            thing.opaque = opaque
        yield name, value


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
    names = Names()
    for one in value:
        if isinstance(one, Thing) and one.kind:
            yield one, names.next(one.name)
