"""All definitions of one release of a library."""

from __future__ import annotations

from typing import Any

from kerasarchive.schema.builder.library.definition import define_class, role_of
from kerasarchive.schema.builder.library.memory import Memory
from kerasarchive.schema.builder.library.registration import read_registry
from kerasarchive.schema.builder.library.world import World

Definitions = dict[str, dict[str, Any]]


def define(world: World, memory: Memory | None = None) -> Definitions:
    """Every class by the name that archives hold, and ``functions``: the registered ones."""
    registry = read_registry(world)
    names: dict[str, tuple[str, ...]] = {}
    for path, cls in world.own.items():
        registered = registry.classes.get(path, ())
        if registered or role_of(world, cls):
            names[path] = registered or (path,)

    def shown(path: str) -> str:
        return names[path][-1] if path in names else world.classes[path].name

    taken: dict[str, str] = {}
    for path in names:
        taken.setdefault(names[path][-1], path)
    found: Definitions = {}
    for path, known in names.items():
        cls = world.own[path]
        core = memory.recall(world, path) if memory is not None else None
        if core is None:
            with world.watched() as asked:
                core = define_class(world, cls)
            if memory is not None:
                memory.keep(world, path, core, asked)
        definition = dict(core)
        others = [name for name in known[:-1] if name not in taken]
        if others:
            definition["x-kav-aliases"] = others
        if "x-kav-attributes" in core:
            parts = core["x-kav-attributes"].items()
            definition["x-kav-attributes"] = {name: [shown(path) for path in paths] for name, paths in parts}
        bases = [names[base.path][-1] if base.path in names else base.name for base in cls.bases]
        if bases:
            definition["x-kav-bases"] = bases
        found[known[-1] if taken[known[-1]] == path else path] = definition
    functions = sorted({name for known in registry.functions.values() for name in known})
    found["functions"] = {"enum": functions}
    return dict(sorted(found.items()))
