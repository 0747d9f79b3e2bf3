"""One class's definition: what rebuilding takes and refuses, what its config holds, how it is built, what it is made of."""

from __future__ import annotations

import ast
from typing import Any

from kerasarchive.schema.builder.classes import ROOTS, SourceClass
from kerasarchive.schema.builder.library.parts import attributes_of
from kerasarchive.schema.builder.library.rebuilding import Rebuilt, Taken, is_closed, rebuild, shown_default, taken
from kerasarchive.schema.builder.library.trial import Trial
from kerasarchive.schema.builder.library.world import World
from kerasarchive.schema.builder.library.writing import written

OBJECT = "object"
"""The role of what is registered but none of Keras's own kinds of things."""


def role_of(world: World, cls: SourceClass) -> str:
    """What kind of object it is, by its ancestors in Keras; empty for none of Keras's."""
    names = {ancestor.node.name for ancestor in cls.ancestors if not world.is_own(ancestor)}
    role = next((role for root, role in ROOTS.items() if root in names), "")
    return "cell" if role == "layer" and cls.node.name.endswith(("Cell", "Cells")) else role


def define_class(world: World, cls: SourceClass) -> dict[str, Any]:
    """The definition of a class of the library, but for the names that it goes by."""
    rebuilt = rebuild(world, cls, {})
    sound = not (rebuilt.refused or rebuilt.given_up)
    if rebuilt.refused:
        # What `build` does may hang on what it is given; an abstract class has nothing to build.
        rebuilt = rebuild(world, cls, {}, built=False)
    receipts = rebuilt.run.notes.receipts
    arguments = taken(receipts)
    definition: dict[str, Any] = {"type": "object", "properties": _properties(world, cls, rebuilt, arguments, sound)}
    required = sorted(name for name, argument in arguments.items() if argument.required)
    if required:
        definition["required"] = required
    if is_closed(receipts) and not (rebuilt.refused or rebuilt.given_up):
        definition["additionalProperties"] = False
    definition["x-kav-role"] = role_of(world, cls) or OBJECT
    definition["x-kav-path"] = cls.path
    _add_written(definition, world, cls, rebuilt, tuple(arguments))
    shapes = _shapes(world, cls, sound=sound)
    if shapes is not None:
        definition["x-kav-shapes"] = shapes
    compiled = _compiled(world, cls)
    if compiled is not None:
        definition["x-kav-compile"] = compiled
    attributes = attributes_of(world, cls, rebuilt)
    if attributes:
        definition["x-kav-attributes"] = attributes
    return definition


def _properties(
    world: World, cls: SourceClass, rebuilt: Rebuilt, arguments: dict[str, Taken], sound: bool
) -> dict[str, Any]:
    properties: dict[str, Any] = {}
    touched = set(rebuilt.run.notes.touched)
    is_model = role_of(world, cls) == "model"
    for name, argument in arguments.items():
        schema = {key: value for key, value in (argument.schema or {}).items() if key != "x-kav-length"}
        if sound and name in touched:
            schema = {**schema, **Trial(world, cls, name, built=not is_model).schema(argument.default)}
        known, default = shown_default(argument.default)
        if known and not argument.by and not (argument.required and default is None):
            schema = _allowing({**schema, "default": default})
        if argument.by:
            schema["x-kav-by"] = argument.by
        properties[name] = schema
    return properties


def _allowing(schema: dict[str, Any]) -> dict[str, Any]:
    """A default of None is always accepted, whatever becomes of it."""
    if schema["default"] is None and "type" in schema:
        kinds = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
        return {**schema, "type": sorted({*kinds, "null"})}
    if schema["default"] is None and "anyOf" in schema:
        return {**schema, "anyOf": [*schema["anyOf"], {"type": "null"}]}
    return schema


def _add_written(
    definition: dict[str, Any], world: World, cls: SourceClass, rebuilt: Rebuilt, accepted: tuple[str, ...]
) -> None:
    keys = written(world, cls, rebuilt, accepted)
    if list(keys.keys) != list(definition["properties"]):
        definition["x-kav-stored"] = list(keys.keys)
    if keys.sometimes:
        definition["x-kav-sometimes"] = sorted(keys.sometimes)
    if keys.more:
        definition["x-kav-writes-more"] = True


def _shapes(world: World, cls: SourceClass, *, sound: bool) -> dict[str, Any] | None:
    """What the library's own `build` takes, as JSON Schema; None where there is none or it takes whatever comes."""
    parameters = _built(world, cls)
    if parameters is None:
        return None
    properties: dict[str, Any] = {}
    for name in parameters:
        found = Trial(world, cls, name, shape=True).schema() if sound and role_of(world, cls) != "model" else {}
        # How long a shape is and what its first size is depends on what the others are.
        properties[name] = {key: value for key, value in found.items() if key == "type"}
    definition: dict[str, Any] = {"properties": properties}
    needed = sorted(name for name, required in parameters.items() if required)
    return {**definition, "required": needed} if needed else definition


def _compiled(world: World, cls: SourceClass) -> list[str] | None:
    """Keywords that the library's own `compile` takes before it hands the others on to Keras's; None if it does not."""
    names: list[str] = []
    found = False
    for ancestor in cls.ancestors:
        method = ancestor.methods.get("compile") if world.is_own(ancestor) else None
        if method is None:
            continue
        rest = method.args.kwarg.arg if method.args.kwarg else ""
        calls = [node for node in ast.walk(method) if isinstance(node, ast.Call)]
        if not any(ast.unparse(call.func) == "super().compile" and any(
            keyword.arg is None and ast.unparse(keyword.value) == rest for keyword in call.keywords
        ) for call in calls):
            return None
        found = True
        names += [argument.arg for argument in (*method.args.args[1:], *method.args.kwonlyargs)]
    return sorted(set(names)) if found else None


def _built(world: World, cls: SourceClass) -> dict[str, bool] | None:
    """The parameters of the library's own `build`, true for those that it needs."""
    for ancestor in cls.ancestors:
        if not world.is_own(ancestor):
            return None
        if "build_from_config" in ancestor.methods or "get_build_config" in ancestor.methods:
            return None
        method = ancestor.methods.get("build")
        if method is not None:
            return _parameters(method.args)
    return None


def _parameters(spec: ast.arguments) -> dict[str, bool] | None:
    if spec.vararg is not None:
        return None
    names = [argument.arg for argument in (*spec.posonlyargs, *spec.args)][1:]
    needed = len(names) - len(spec.defaults)
    found = {name: index < needed for index, name in enumerate(names)}
    found.update({a.arg: d is None for a, d in zip(spec.kwonlyargs, spec.kw_defaults, strict=True)})
    if spec.kwarg is not None:
        found[spec.kwarg.arg] = False
    return found
