"""One release's definitions, put together from what the source analysis found and the reviewed overrides."""

from __future__ import annotations

import ast
from typing import Any

from kerasarchive.schema.builder.classes import SourceClass, read_classes
from kerasarchive.schema.builder.constructor import OPAQUE, REQUIRED, Argument, read_constructor
from kerasarchive.schema.builder.exports import Exports
from kerasarchive.schema.builder.names import read_dtypes, read_functions, read_names
from kerasarchive.schema.builder.serialization import read_taken, read_written
from kerasarchive.schema.builder.signature import read_build, read_call
from kerasarchive.schema.builder.source import Source, dotted_name
from kerasarchive.schema.builder.training import read_training
from kerasarchive.schema.builder.weights import read_weights

Definitions = dict[str, dict[str, Any]]


def define(source: Source, package: str = "keras") -> Definitions:
    """Every definition of a release by name: a class's config, ``names.<role>`` and ``functions``, sorted."""
    package = f"{package}.src" if f"{package}.src" in source.modules else package
    exports = Exports(source, package)
    classes = read_classes(source, exports)
    reexports = _reexports(source, classes)
    found: Definitions = {}
    weighted = {path for path, cls in classes.items() if _makes_weights(cls)}
    for path, cls in classes.items():
        if not cls.role or path.rpartition(".")[2].startswith("Legacy"):
            continue
        definition = _definition(cls, reexports.get(path, ()))
        if any(ancestor.path in weighted for ancestor in cls.ancestors):
            definition[WEIGHTED] = True
        name = cls.name if cls.name not in found else path
        found[name] = definition
    by_path = {definition["x-kav-path"]: name for name, definition in found.items()}
    for role, table in read_names(source, package).items():
        classes_of = {word: by_path[path] for word, path in table.names.items() if path in by_path}
        words = [word for word, path in table.names.items() if not path or path in by_path]
        found[f"names.{role}"] = {"enum": words, "x-kav-classes": classes_of}
        if table.key:
            found[f"names.{role}"]["x-kav-key"] = table.key
    functions, others = read_functions(source, exports)
    found["functions"] = {"enum": functions, "x-kav-aliases": others}
    found["compile"] = _compile(classes)
    if "names.layer" in found:
        # Keras 1 and 2: whole models in HDF5 are read by functions of their own, not by `from_config` alone.
        found["training"] = read_training(source)
    dtypes = read_dtypes(source)
    if dtypes:
        policies = found.get("names.policy", {}).get("x-kav-classes", {})
        found["names.policy"] = {"enum": dtypes, "x-kav-classes": policies}
    return dict(sorted(found.items()))


WEIGHTED = "x-kav-weighted"
"""Marks classes that make weights of their own; facts may ask for it, the files do not hold it."""


def _makes_weights(cls: SourceClass) -> bool:
    """Whether its own body makes a weight; the root of all layers only offers to."""
    calls = (node for node in ast.walk(cls.node) if isinstance(node, ast.Call)) if cls.node.name != "Layer" else ()
    return any(dotted_name(call.func) in ("self.add_weight", "self.add_variable") for call in calls)


def _compile(classes: dict[str, SourceClass]) -> dict[str, Any]:
    """What ``compile_config`` may hold: the arguments of ``compile``."""
    for path, cls in classes.items():
        if not path.endswith(("trainers.trainer.Trainer", "engine.training.Model")) or "compile" not in cls.methods:
            continue
        method = cls.methods["compile"]
        names = [argument.arg for argument in (*method.args.args[1:], *method.args.kwonlyargs)]
        definition: dict[str, Any] = {"type": "object", "properties": {name: {} for name in names}}
        return definition if method.args.kwarg else {**definition, "additionalProperties": False}
    return {"type": "object"}


def _reexports(source: Source, classes: dict[str, SourceClass]) -> dict[str, tuple[str, ...]]:
    """Packages under whose path a class can be imported too."""
    found: dict[str, list[str]] = {}
    for name, module in sorted(source.modules.items()):
        if not module.is_package:
            continue
        for word, binding in module.bindings.items():
            if binding.node is not None:
                continue
            resolved = source.resolve(name, word)
            if resolved is not None:
                path = f"{resolved[0].name}.{getattr(resolved[1], 'name', '')}"
                if path in classes:
                    found.setdefault(path, []).append(f"{name}.{word}")
    return {path: tuple(sorted(names)) for path, names in found.items()}


def _definition(cls: SourceClass, reexports: tuple[str, ...]) -> dict[str, Any]:
    constructor = read_constructor(cls)
    taken = read_taken(cls)
    written = read_written(cls)
    arguments = dict(constructor.arguments)
    for key in sorted((taken.popped if taken.passed else taken.popped | taken.read) - set(arguments)):
        arguments[key] = Argument(key, None, {}, by="from_config")
    properties: dict[str, Any] = {}
    required: list[str] = []
    for name, argument in arguments.items():
        schema = {key: value for key, value in argument.schema.items() if key != "x-kav-length"}
        if name in taken.read or (argument.default is REQUIRED and name not in taken.supplied):
            required.append(name)
        if argument.default is not REQUIRED and argument.default is not OPAQUE and not argument.by:
            schema["default"] = argument.default
            schema = allowing(schema, argument.default)
        if argument.by:
            schema["x-kav-by"] = argument.by
        properties[name] = schema
    stored = list(properties) if written is None else list(written.keys)
    if written is None:
        named = "name" in constructor.arguments or constructor.accepts_any
        stored = [name for name in stored if name != "name" or named]
    definition: dict[str, Any] = {"type": "object", "properties": properties}
    if required:
        definition["required"] = sorted(set(required))
    if not constructor.accepts_any and taken.passed:
        definition["additionalProperties"] = False
    definition["x-kav-role"] = cls.role
    definition["x-kav-path"] = cls.path
    if cls.exports[1:]:
        definition["x-kav-exports"] = list(cls.exports[1:])
    if cls.registered:
        reexports = (*reexports, cls.registered)
    aliases = [name for name in reexports if name != cls.path and name not in cls.exports]
    if aliases:
        definition["x-kav-aliases"] = aliases
    if cls.bases:
        definition["x-kav-bases"] = [base.name for base in cls.bases if base.role]
    built = read_build(cls) if cls.role in ("layer", "cell") else None
    if built is not None:
        definition["x-kav-build"] = built
    weights = read_weights(cls) if cls.role in ("layer", "cell") else []
    if weights:
        definition["x-kav-weights"] = weights
    if cls.role in ("layer", "cell", "model", "operation"):
        called = read_call(cls)
        if called is not None:
            definition["x-kav-call"] = called
    if stored != list(properties):
        definition["x-kav-stored"] = stored
    if written is not None and written.sometimes:
        definition["x-kav-sometimes"] = sorted(written.sometimes)
    if written is not None and written.partial:
        definition["x-kav-writes-more"] = True
    return definition


def allowing(schema: dict[str, Any], default: Any) -> dict[str, Any]:
    """A default is always accepted, whatever the checks look like."""
    kinds = schema.get("type")
    if default is None and kinds is not None:
        names = kinds if isinstance(kinds, list) else [kinds]
        return {**schema, "type": sorted({*names, "null"})}
    if default is None and "enum" in schema and None not in schema["enum"]:
        return {**schema, "enum": [None, *schema["enum"]]}
    return schema
