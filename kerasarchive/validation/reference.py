"""What to say of a class or function that the release does not have: someone's own, moved, removed or misspelt."""

from __future__ import annotations

from collections.abc import Iterator

from kerasarchive.model.config import ObjectNode
from kerasarchive.model.finding import Finding
from kerasarchive.model.location import Location
from kerasarchive.schema import ReleaseSchema, load, releases
from kerasarchive.schema.release_schema import LAYERS, is_keras, nearest
from kerasarchive.schema.spelling import is_name, slip
from kerasarchive.validation import rule

FUNCTION_MODULES = ("activations", "constraints", "initializers", "losses", "metrics", "optimizers", "regularizers")
"""Where Keras 3 looks for a function that was stored under ``builtins``."""


def judge_unknown(
    node: ObjectNode, at: Location, role: str, schema: ReleaseSchema, native: ReleaseSchema | None
) -> Iterator[Finding]:
    """A class that `schema` does not find. `native`, the writing release, may have had it built in."""
    name, module, registered = node.class_name, node.module, node.registered_name
    release = schema.release
    if release.major < 3 and module is None and ">" not in name:
        yield from judge_name(name, at / "class_name", role, schema)
        return
    key = registered if registered and ">" in registered else node.key
    was = native.find(node, role) if native is not None else None
    if was is None and native is not None and module is None and ">" not in name:
        was = native.by_class_name(name)
    library = schema.library(node)
    if library is not None:
        yield _of_library(node, at, key, library, schema)
        return
    own_code = ">" in key or (module is not None and not is_keras(module))
    elsewhere = schema.by_class_name(was.class_name if was else name, role)
    if module is None and was is None and not own_code:
        close = schema.nearest(name, role) or ("" if role else schema.nearest(name))
        if elsewhere is None and not schema.candidates(name) and not close:
            # A legacy file names an unregistered class of the user's own without saying where it is from.
            yield rule.CUSTOM_OBJECT.finding(f"{name} is not Keras's own; its config is not judged", at)
            return
    if own_code and was is None:
        yield rule.CUSTOM_OBJECT.finding(f"{key} is not Keras's own; its config is not judged", at)
        return
    severity = "low" if schema.relaxed else "medium" if ">" in name else ""
    there = f"in {release} it is {elsewhere.name}" if elsewhere is not None else ""
    if module is not None and not own_code and module not in schema.modules:
        message = f"{release} has no module {module!r}, so {name} cannot be loaded"
        yield rule.UNKNOWN_MODULE.finding(message, at / "module", remedy=there, severity=severity)
        return
    what = f"{module}.{name}" if module and ">" not in key else f"{role or 'class'} {key!r}"
    if elsewhere is not None and module is None and not own_code:
        message = f"{release} cannot load {name} here from a config that does not say its module"
        remedy = f"it is {elsewhere.name}"
        yield rule.UNKNOWN_CLASS.finding(message, at / "class_name", remedy=remedy, severity=severity)
        return
    close = schema.nearest(name, role) or ("" if role else schema.nearest(name))
    remedy = there or (f"did you mean {close!r}?" if close and close != name else "")
    yield rule.UNKNOWN_CLASS.finding(f"{release} has no {what}", at / "class_name", remedy=remedy, severity=severity)


def judge_name(name: str, at: Location, role: str, schema: ReleaseSchema) -> Iterator[Finding]:
    """A class that Keras 1 or 2 does not have under its bare name, which is all that their archives store, at `at`."""
    table = "layer" if role in LAYERS else role
    if schema.words(table).get(name) == "":
        # A function that makes the object, such as `he_normal`: the config holds its arguments.
        return
    if ones_own(name, table, schema):
        yield rule.CUSTOM_OBJECT.finding(f"{name} is not Keras's own; its config is not judged", at)
        return
    close = slip(name, schema.words(table)) or schema.nearest(name, role)
    remedy = f"did you mean {close!r}?" if close and close != name else ""
    message = f"{schema.release} has no {role or 'class'} {name!r}"
    yield rule.UNKNOWN_CLASS.finding(message, at, remedy=remedy)


def ones_own(word: str, role: str, schema: ReleaseSchema) -> bool:
    """Whether a bare name of Keras 1 or 2 that is none of the built-in ones of that role can be someone's own.

    It cannot if it means something elsewhere in that release, or if it is a slip of the pen. A name that Keras itself
    has taken up since then is one that people had given before.
    """
    if not is_name(word) or word in schema.vocabulary:
        return False
    newest = load(releases()[-1])
    if word in newest.words(role):
        return True
    if word.islower() and word in newest.vocabulary:
        return False
    return not slip(word, schema.words(role))


def _of_library(node: ObjectNode, at: Location, key: str, library: ReleaseSchema, schema: ReleaseSchema) -> Finding:
    """A class of a library whose release has none of that name, or one that Keras does not find by its module."""
    named = library.get(f"{node.module}.{node.class_name}")
    if named is not None and ">" in named.name and ">" not in (node.registered_name or ""):
        message = f"{schema.release} finds {node.class_name} of {library.release} by its registered name alone"
        return rule.UNKNOWN_CLASS.finding(message, at / "registered_name", remedy=f"it is {named.name}")
    close = nearest(key, [name for name in library.names if ">" in name])
    remedy = f"did you mean {close}?" if close else ""
    return rule.UNKNOWN_CLASS.finding(f"{library.release} has no class {key!r}", at / "class_name", remedy=remedy)


def judge_function(node: ObjectNode, at: Location, role: str, schema: ReleaseSchema) -> Iterator[Finding]:
    """A serialized function: ``{"class_name": "function", "module": ..., "config": name}``."""
    name, module = node.config, node.module
    if not isinstance(name, str):
        yield rule.MALFORMED_OBJECT.finding("the config of a function must be its name", at / "config")
        return
    if ">" in name or (module is not None and module != "builtins" and not is_keras(module)):
        yield rule.CUSTOM_OBJECT.finding(f"the function {name!r} of {module or 'no module'} is not Keras's own", at)
        return
    if module is None or module == "builtins":
        known = any(f"keras.{place}.{name}" in schema.lookups for place in FUNCTION_MODULES)
        if not known and (schema.release.major >= 3 or not schema.accepts_function(name, role)):
            # Functions of the user's own that were never registered are stored under `builtins` as well.
            message = f"{schema.release} has no function {name!r}; loading needs it as a custom object"
            yield rule.CUSTOM_OBJECT.finding(message, at)
        return
    if f"{module}.{name}" in schema.functions or schema.accepts_function(name, role) or schema.accepts_function(name):
        return
    severity = "low" if schema.relaxed else ""
    yield rule.UNKNOWN_FUNCTION.finding(f"{schema.release} has no function {module}.{name}", at, severity=severity)
