"""What libraries on Keras add to a serialized object: shapes to be built with by name, classes that stand for themselves."""

from __future__ import annotations

import builtins
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from kerasarchive.model.config import ObjectNode
from kerasarchive.model.finding import Finding
from kerasarchive.model.location import Location
from kerasarchive.schema import ClassSchema, ReleaseSchema
from kerasarchive.schema.release_schema import nearest
from kerasarchive.validation import rule
from kerasarchive.validation.checker import compile_check

UNNAMED = frozenset({"args", "kwargs"})


def check_object(value: Mapping[str, Any], cls: ClassSchema, at: Location, schema: ReleaseSchema) -> Iterator[Finding]:
    """Findings about an object of a library, beyond its config. `schema` is that of the library's release."""
    yield from _check_build(value.get("build_config"), cls, at / "build_config", schema)
    yield from _check_compilation(value.get("compile_config"), cls, at / "compile_config", schema)
    prefix = schema.raw.get("types", {}).get("const")
    if prefix:
        yield from _check_types(value["config"], prefix, at / "config", schema)


def _check_build(config: Any, cls: ClassSchema, at: Location, schema: ReleaseSchema) -> Iterator[Finding]:
    """Keras calls ``build(input_shape)``, or ``build(**shapes_dict)``, with what stands there."""
    taken: Mapping[str, Any] | None = cls.raw.get("x-kav-shapes")
    if taken is None or not isinstance(config, dict) or cls.role == "model":
        return
    parameters: Mapping[str, Any] = taken["properties"]
    needed: Sequence[str] = taken.get("required", ())
    if "input_shape" in config:
        if len(needed) > 1:
            message = f"{cls.name} of {schema.release} is built with {' and '.join(map(repr, needed))}, not with one shape"
            yield rule.MISSING_ARGUMENT.finding(message, at)
        for name in list(parameters)[:1]:
            yield from _check_shape(config["input_shape"], parameters[name], cls, at / "input_shape", schema)
        return
    shapes = config.get("shapes_dict")
    if "shapes_dict" in config and not isinstance(shapes, dict):
        message = f"the shapes that {cls.name} is built with must be an object"
        yield rule.WRONG_TYPE.finding(message, at / "shapes_dict")
    if not isinstance(shapes, dict) or UNNAMED.intersection(shapes):
        return
    for name, shape in shapes.items():
        if name in parameters:
            yield from _check_shape(shape, parameters[name], cls, at.at("shapes_dict", name), schema)
        else:
            close = nearest(name, [known for known in parameters if known not in shapes])
            message = f"{cls.name} of {schema.release} is not built with a shape {name!r}"
            remedy = f"did you mean {close!r}?" if close else ""
            yield rule.UNKNOWN_ARGUMENT.finding(message, at.at("shapes_dict", name), remedy=remedy)
    for name in needed:
        if name not in shapes:
            message = f"{cls.name} of {schema.release} cannot be built without the shape {name!r}"
            yield rule.MISSING_ARGUMENT.finding(message, at / "shapes_dict")


def _check_shape(
    shape: Any, taken: Mapping[str, Any], cls: ClassSchema, at: Location, schema: ReleaseSchema
) -> Iterator[Finding]:
    check = compile_check(taken)
    if check is not None and not check(shape):
        yield rule.WRONG_TYPE.finding(f"{cls.name} of {schema.release} cannot be built with this as a shape", at)


def _check_compilation(config: Any, cls: ClassSchema, at: Location, schema: ReleaseSchema) -> Iterator[Finding]:
    own: Sequence[str] | None = cls.raw.get("x-kav-compile")
    definition = schema.on.raw.get("compile", {}) if schema.on is not None else {}
    if own is None or not isinstance(config, dict) or definition.get("additionalProperties") is not False:
        return
    known = [*own, *definition["properties"]]
    for key in config:
        if key not in known:
            close = nearest(key, [candidate for candidate in known if candidate not in config])
            remedy = f"did you mean {close!r}?" if close else ""
            message = f"compile() of {cls.name} of {schema.release} does not accept the argument {key!r}"
            yield rule.UNKNOWN_ARGUMENT.finding(message, at / key, remedy=remedy)


def check_standing_alone(config: Any, at: Location, schema: ReleaseSchema) -> Iterator[Finding]:
    """A layer of a library that stands alone in an archive with weights: nobody else builds it before these are loaded."""
    if not isinstance(config, dict) or not isinstance(config.get("class_name"), str):
        return
    cls = schema.find(ObjectNode(config, at), "layer")
    if cls is None or schema.owner(cls) is schema or cls.role == "model" or "x-kav-shapes" not in cls.raw:
        return
    build = config.get("build_config")
    if not isinstance(build, dict) or not {"input_shape", "shapes_dict"}.intersection(build):
        message = f"{cls.name} is not built, so that its weights cannot be loaded"
        yield rule.MISSING_ARGUMENT.finding(message, at / "build_config")


def _check_types(value: Any, prefix: str, at: Location, schema: ReleaseSchema) -> Iterator[Finding]:
    """Text that begins with `prefix` is the registered name of a class; serialized objects below are looked at by themselves."""
    stack: list[tuple[Any, Location]] = [(value, at)]
    while stack:
        current, place = stack.pop()
        if isinstance(current, dict):
            if not isinstance(current.get("class_name"), str):
                stack += [(child, place / key) for key, child in current.items()]
        elif isinstance(current, list):
            stack += [(child, place / index) for index, child in enumerate(current)]
        elif isinstance(current, str) and current.startswith(prefix):
            name = current.removeprefix(prefix)
            own = name.partition(">")[0].partition(".")[0] == schema.package
            unknown = schema.get(name) is None if own else ">" not in name and not _is_builtin(name)
            if unknown:
                close = nearest(name, list(schema.names))
                remedy = f"did you mean {close}?" if close else ""
                yield rule.UNKNOWN_CLASS.finding(f"{schema.release} has no class {name!r}", place, remedy=remedy)


def _is_builtin(name: str) -> bool:
    """Whether a bare name is looked up among Python's own or NumPy's, of which nobody here has a list."""
    return hasattr(builtins, name) or name.islower()
