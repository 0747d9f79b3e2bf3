"""What libraries on Keras add to a serialized object: shapes to be built with by name, classes that stand for themselves."""

from __future__ import annotations

import builtins
from collections.abc import Iterator, Mapping
from typing import Any

from kerasarchive.model.finding import Finding
from kerasarchive.model.location import Location
from kerasarchive.schema import ClassSchema, ReleaseSchema
from kerasarchive.schema.release_schema import nearest
from kerasarchive.validation import rule

UNNAMED = frozenset({"args", "kwargs"})


def check_object(value: Mapping[str, Any], cls: ClassSchema, at: Location, schema: ReleaseSchema) -> Iterator[Finding]:
    """Findings about an object of a library, beyond its config. `schema` is that of the library's release."""
    yield from _check_build(value.get("build_config"), cls, at / "build_config", schema)
    prefix = schema.raw.get("types", {}).get("const")
    if prefix:
        yield from _check_types(value["config"], prefix, at / "config", schema)


def _check_build(config: Any, cls: ClassSchema, at: Location, schema: ReleaseSchema) -> Iterator[Finding]:
    """Keras calls ``build(input_shape)``, or ``build(**shapes_dict)``, with what stands there."""
    parameters: Mapping[str, bool] | None = cls.raw.get("x-kav-build")
    if parameters is None or not isinstance(config, dict):
        return
    needed = [name for name, required in parameters.items() if required]
    if "input_shape" in config:
        if len(needed) > 1:
            message = f"{cls.name} of {schema.release} is built with {' and '.join(map(repr, needed))}, not with one shape"
            yield rule.MISSING_ARGUMENT.finding(message, at)
        return
    shapes = config.get("shapes_dict")
    if not isinstance(shapes, dict) or UNNAMED.intersection(shapes):
        return
    for name in shapes:
        if name not in parameters:
            close = nearest(name, [known for known in parameters if known not in shapes])
            message = f"{cls.name} of {schema.release} is not built with a shape {name!r}"
            remedy = f"did you mean {close!r}?" if close else ""
            yield rule.UNKNOWN_ARGUMENT.finding(message, at.at("shapes_dict", name), remedy=remedy)
    for name in needed:
        if name not in shapes:
            message = f"{cls.name} of {schema.release} cannot be built without the shape {name!r}"
            yield rule.MISSING_ARGUMENT.finding(message, at / "shapes_dict")


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
