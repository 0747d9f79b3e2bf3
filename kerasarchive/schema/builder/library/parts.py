"""The attributes that may hold an object's parts, and of which classes: weights lie under them in a weight file."""

from __future__ import annotations

import ast

from kerasarchive.schema.builder.classes import SourceClass
from kerasarchive.schema.builder.library.rebuilding import Rebuilt
from kerasarchive.schema.builder.library.values import Choice, Instance, Record, Several, Value
from kerasarchive.schema.builder.library.world import World
from kerasarchive.schema.builder.source import dotted_name

ANYTHING: frozenset[str] = frozenset({"*"})


def attributes_of(world: World, cls: SourceClass, rebuilt: Rebuilt) -> dict[str, list[str]]:
    """Every attribute that may hold parts -> the paths of the classes that these are of; none listed: of any.

    A name that ends with a slash is that of a list or dict of parts: its members go by their classes' names.
    """
    cells = rebuilt.run.cells.items()
    made = {name: value for (owner, name), value in cells if owner is rebuilt.made and isinstance(owner, Instance)}
    held = {name: _classes(value) for name, value in made.items()}
    assigned, lists = _assigned(world, cls)
    found: dict[str, list[str]] = {}
    for name in sorted({*assigned, *(name for name in held if name.isidentifier())}):
        classes = held.get(name, ANYTHING)
        if rebuilt.unbuilt and name in assigned:
            # What `build` puts there is not known.
            classes = ANYTHING
        if classes and name != "built":
            many = name in lists or isinstance(made.get(name), (list, tuple, Several, Record))
            found[f"{name}/" if many else name] = [] if classes & ANYTHING else sorted(classes)
    return found


def _classes(value: Value) -> frozenset[str]:
    """Paths of the classes of the objects in a value; nothing for plain values, `ANYTHING` for what is not known."""
    if isinstance(value, Instance):
        return frozenset({value.cls.path})
    if isinstance(value, Several):
        return _classes(value.item)
    inner: tuple[Value, ...] = ()
    if isinstance(value, Choice):
        inner = value.values
    elif isinstance(value, Record):
        if value.computed or value.rest:
            return ANYTHING
        inner = tuple(value.entries.values())
    elif isinstance(value, (list, tuple)):
        inner = tuple(value)
    elif value is None or isinstance(value, (bool, int, float, str)):
        return frozenset()
    else:
        return ANYTHING
    return frozenset().union(*map(_classes, inner))


def _assigned(world: World, cls: SourceClass) -> tuple[set[str], set[str]]:
    """Every attribute that a method of the class, or of its bases in the library, gives something to, and properties;
    those of them that are lists.
    """
    names: set[str] = set()
    lists: set[str] = set()
    for ancestor in cls.ancestors:
        if not world.is_own(ancestor):
            continue
        for method in ancestor.methods.values():
            if any(ast.unparse(decorator).endswith(("property", ".setter")) for decorator in method.decorator_list):
                names.add(method.name)
            for node in ast.walk(method):
                if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store) and dotted_name(node.value) == "self":
                    names.add(node.attr)
                elif isinstance(node, ast.Call) and dotted_name(node.func) == "setattr" and len(node.args) == 3:
                    names.add("*")
                if isinstance(node, ast.Assign) and isinstance(node.value, (ast.List, ast.ListComp, ast.Dict, ast.DictComp)):
                    lists |= {target.attr for target in node.targets if isinstance(target, ast.Attribute)}
    return names, lists
