"""Turns jsonschema's errors into findings that name the object, the key, what is accepted and the nearest spelling."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from kerasarchive.model.config import ObjectNode
from kerasarchive.model.finding import Finding
from kerasarchive.model.location import Location
from kerasarchive.schema import ClassSchema, ReleaseSchema
from kerasarchive.schema.release_schema import nearest
from kerasarchive.validation import rule
from kerasarchive.validation.reference import ones_own

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError

SHOWN = 12
"""So many of the accepted words are listed."""

UNMISSED = frozenset({"dtype", "name", "trainable"})
"""Arguments that nearly every object stores and few were given."""

KINDS = {"null": "null", "boolean": "a boolean", "integer": "an integer", "number": "a number", "string": "a string",
         "array": "a list", "object": "an object"}


def explain(
    errors: Iterable[ValidationError], node: ObjectNode, cls: ClassSchema, at: Location, schema: ReleaseSchema
) -> Iterator[Finding]:
    """One finding per unknown key, missing key and refused value; `at` is the config's place."""
    for error in errors:
        path = tuple(error.absolute_path)
        if error.validator == "additionalProperties":
            yield from _unknown(error, node, cls, at, schema)
        elif error.validator == "required" and not path:
            yield from _missing(error, node, cls, at, schema)
        elif error.validator == "anyOf" and not path:
            keys = [" and ".join(map(repr, option["required"])) for option in _schema(error)["anyOf"]]
            message = f"{_who(node, cls)}: {cls.name} of {schema.release} needs {' or '.join(keys)}"
            yield rule.MISSING_ARGUMENT.finding(message, at)
        elif path:
            yield _refused(error, node, cls, at.at(*path), schema)
        else:
            yield rule.MALFORMED_OBJECT.finding(f"{_who(node, cls)}: {error.message}", at)


def _who(node: ObjectNode, cls: ClassSchema) -> str:
    return f"{cls.class_name} {node.name!r}" if node.name else cls.class_name


def _schema(error: ValidationError) -> dict[str, Any]:
    """The schema that the value fails; jsonschema's own types leave open what it is."""
    return dict(error.schema) if isinstance(error.schema, Mapping) else {}


def _instance(error: ValidationError) -> Any:
    return error.instance


def _unknown(
    error: ValidationError, node: ObjectNode, cls: ClassSchema, at: Location, schema: ReleaseSchema
) -> Iterator[Finding]:
    known = list(_schema(error)["properties"])
    accepted = [key for key, parameter in cls.parameters.items() if not parameter.by]
    given: dict[str, Any] = _instance(error)
    for key in given:
        if key in known:
            continue
        close = nearest(key, [candidate for candidate in known if candidate not in given] or known)
        remedy = f"did you mean {close!r}?" if close else f"it accepts {_some(accepted)}"
        message = f"{_who(node, cls)}: {cls.name} of {schema.release} does not accept the argument {key!r}"
        severity = "low" if schema.relaxed else ""
        yield rule.UNKNOWN_ARGUMENT.finding(message, at / key, remedy=remedy, severity=severity)


def ignored(
    config: Mapping[str, Any], more: Iterable[str], node: ObjectNode, cls: ClassSchema, at: Location
) -> Iterator[Finding]:
    """Keys that the class lets pass and does nothing with."""
    known = {*cls.parameters, *cls.stored, *more}
    for key in config:
        if key not in known:
            close = nearest(key, [candidate for candidate in cls.parameters if candidate not in config])
            message = f"{_who(node, cls)}: {cls.name} silently ignores the argument {key!r}"
            remedy = f"did you mean {close!r}?" if close else ""
            yield rule.IGNORED_ARGUMENT.finding(message, at / key, remedy=remedy)


def unheard_of(
    config: Mapping[str, Any], node: ObjectNode, cls: ClassSchema, at: Location, schema: ReleaseSchema
) -> Iterator[Finding]:
    """Names that the release takes without knowing them, and stumbles over when training goes on."""
    for key, parameter in cls.parameters.items():
        value = config.get(key)
        role = parameter.words
        if isinstance(value, str) and role and schema.is_lenient(role) and ">" not in value and value not in schema.words(role):
            message = f"{_who(node, cls)}: {key}: {schema.release} has no {role} {value!r}: it loads, and training fails"
            yield rule.UNKNOWN_NAME.finding(message, at / key, severity="low")


def _missing(
    error: ValidationError, node: ObjectNode, cls: ClassSchema, at: Location, schema: ReleaseSchema
) -> Iterator[Finding]:
    wanted: list[str] = _schema(error)["required"]
    key = next(name for name in wanted if f"{name!r}" == error.message.split(" is a required")[0])
    close = nearest(key, [candidate for candidate in _instance(error) if candidate not in cls.parameters])
    remedy = f"{close!r} may be meant for it" if close else f"{cls.name} cannot be made without it"
    message = f"{_who(node, cls)}: the argument {key!r}, which {cls.name} of {schema.release} needs, is missing"
    yield rule.MISSING_ARGUMENT.finding(message, at, remedy=remedy)


def _refused(
    error: ValidationError, node: ObjectNode, cls: ClassSchema, at: Location, schema: ReleaseSchema
) -> Finding:
    key = str(error.absolute_path[0])
    parameter = cls.parameters.get(key)
    value = _instance(error)
    refusing = _schema(error)
    who = f"{_who(node, cls)}: {key}"
    if parameter is not None and parameter.words and isinstance(value, str):
        if schema.release.major < 3 and parameter.words != "policy" and ones_own(value, parameter.words, schema):
            message = f"{who}: {value!r} is no {parameter.words} of {schema.release}; loading needs it as a custom object"
            return rule.CUSTOM_OBJECT.finding(message, at)
        names = sorted(schema.words(parameter.words))
        close = nearest(value, names)
        remedy = f"did you mean {close!r}?" if close else f"it has {_some(names)}"
        what = "dtype" if parameter.words == "policy" else parameter.words
        return rule.UNKNOWN_NAME.finding(f"{who}: {schema.release} has no {what} {value!r}", at, remedy=remedy)
    words: list[Any] = list(refusing.get("x-kav-words", refusing.get("enum", ())))
    if words and (error.validator == "enum" or isinstance(value, str)):
        close = nearest(value, [word for word in words if isinstance(word, str)]) if isinstance(value, str) else ""
        remedy = f"did you mean {close!r}?" if close else ""
        message = f"{who} is {_shown(value)}, {schema.release} accepts {_some(words)}"
        return rule.WRONG_VALUE.finding(message, at, remedy=remedy)
    if error.validator in ("minItems", "maxItems"):
        wanted = refusing.get("minItems")
        message = f"{who} has {len(value)} entries, {schema.release} accepts {wanted}"
        return rule.WRONG_VALUE.finding(message, at)
    if error.validator == "pattern" and "/" in str(value):
        return rule.WRONG_VALUE.finding(f"{who} {value!r} contains '/', which {schema.release} refuses", at)
    kinds = parameter.types if parameter is not None and len(error.absolute_path) == 1 else ()
    accepted = " or ".join(KINDS[kind] for kind in kinds) or error.message
    message = f"{who} is {_shown(value)}, {schema.release} accepts {accepted}"
    return rule.WRONG_TYPE.finding(message, at)


def _shown(value: Any) -> str:
    if isinstance(value, (dict, list)):
        return KINDS["object" if isinstance(value, dict) else "array"]
    spelt = {None: "null", True: "true", False: "false"} if value is None or isinstance(value, bool) else {}
    text = repr(value) if isinstance(value, str) else spelt.get(value, str(value))
    return text if len(text) <= 60 else text[:57] + "..."


def _some(words: list[Any]) -> str:
    shown = [repr(word) if isinstance(word, str) else _shown(word) for word in words[:SHOWN]]
    return ", ".join(shown) + (f" and {len(words) - SHOWN} more" if len(words) > SHOWN else "")
