"""The names of the attributes that may hold an object's parts: its weights lie under them in a weight file."""

from __future__ import annotations

import ast

from kerasarchive.schema.builder.classes import SourceClass
from kerasarchive.schema.builder.library.world import World
from kerasarchive.schema.builder.source import dotted_name


def attributes_of(world: World, cls: SourceClass) -> list[str]:
    """Every attribute that a method of the class, or of its bases in the library, gives something to."""
    names: set[str] = set()
    for ancestor in cls.ancestors:
        if not world.is_own(ancestor):
            continue
        for method in ancestor.methods.values():
            for node in ast.walk(method):
                if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store) and dotted_name(node.value) == "self":
                    names.add(node.attr)
                elif isinstance(node, ast.Call) and dotted_name(node.func) == "setattr" and len(node.args) == 3:
                    names.add("*")
    return sorted(names)
