"""What to say of a class or function that the release does not have: someone's own, moved, removed or misspelt."""

from __future__ import annotations

from collections.abc import Iterator

from kerasarchive.model.config import ObjectNode
from kerasarchive.model.finding import Finding
from kerasarchive.model.location import Location
from kerasarchive.schema import ReleaseSchema
from kerasarchive.schema.release_schema import is_keras
from kerasarchive.validation import rule


def judge_unknown(node: ObjectNode, at: Location, role: str, schema: ReleaseSchema) -> Iterator[Finding]:
    """A class that `schema` does not find."""
    name, module, registered = node.class_name, node.module, node.registered_name
    custom = (registered and ">" in registered) or ">" in name or (module is not None and not is_keras(module))
    if custom:
        key = registered if registered and ">" in registered else node.key
        yield rule.CUSTOM_OBJECT.finding(f"{key} is not Keras's own; its config is not judged", at)
        return
    release = schema.release
    elsewhere = schema.by_class_name(name, role) or schema.by_class_name(name)
    if module is not None and module not in schema.modules:
        remedy = f"in {release} it is {elsewhere.name}" if elsewhere else ""
        message = f"{release} has no module {module!r}, so {name} cannot be loaded"
        yield rule.UNKNOWN_MODULE.finding(message, at / "module", remedy=remedy)
        return
    if elsewhere is not None and module is not None:
        remedy = f"in {release} it is {elsewhere.name}"
    else:
        close = schema.nearest(name, role) or schema.nearest(name)
        remedy = f"did you mean {close!r}?" if close and close != name else ""
    what = f"{module}.{name}" if module else f"{role or 'class'} {name!r}"
    yield rule.UNKNOWN_CLASS.finding(f"{release} has no {what}", at / "class_name", remedy=remedy)


def judge_function(node: ObjectNode, at: Location, role: str, schema: ReleaseSchema) -> Iterator[Finding]:
    """A serialized function: ``{"class_name": "function", "module": ..., "config": name}``."""
    name, module = node.config, node.module
    if not isinstance(name, str):
        yield rule.MALFORMED_OBJECT.finding("the config of a function must be its name", at / "config")
        return
    custom = ">" in name or (module is not None and module != "builtins" and not is_keras(module))
    if custom:
        yield rule.CUSTOM_OBJECT.finding(f"the function {name!r} of {module or 'no module'} is not Keras's own", at)
        return
    public = f"{module}.{name}" if module and module != "builtins" else name
    if public in schema.functions or schema.accepts_function(name, role) or schema.accepts_function(name):
        return
    if module == "builtins" or module is None:
        # Functions of the user that were never registered are stored under `builtins` as well.
        message = f"{schema.release} has no function {name!r}; loading needs it as a custom object"
        yield rule.CUSTOM_OBJECT.finding(message, at)
        return
    yield rule.UNKNOWN_FUNCTION.finding(f"{schema.release} has no function {public}", at)
