"""Checks one object's config against its definition: a compiled yes or no first, jsonschema only to explain a no."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING, Any

from kerasarchive.model.config import MARKERS

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError
    from jsonschema.protocols import Validator

Check = Callable[[Any], bool]
Schema = Mapping[str, Any]

PYTHON: dict[str, tuple[type, ...]] = {
    "null": (type(None),),
    "boolean": (bool,),
    "integer": (int,),
    "number": (int, float),
    "string": (str,),
    "array": (list,),
    "object": (dict,),
}
MOST_ERRORS = 1000
"""Errors of one config that are explained: a list of a million wrong items need not be."""
COMPILED = {"type", "enum", "pattern", "anyOf", "items", "minimum", "minItems", "maxItems", "required", "default"}


def is_type(value: Any, kind: str) -> bool:
    """JSON Schema's types as Keras sees them: 1.0 is no integer to ``isinstance``, and true no number."""
    if isinstance(value, bool):
        return kind == "boolean"
    return isinstance(value, PYTHON[kind])


def is_serialized(value: Any) -> bool:
    """Whether the loader turns this dict into something else before any constructor sees it."""
    if not isinstance(value, dict):
        return False
    if "class_name" in value:
        return "config" in value or str(value["class_name"]) in MARKERS
    # How a lambda is stored where its wrapper was lost; what it may do is the audit's concern.
    return len(value) == 1 and isinstance(value.get("value"), list)


def compile_check(schema: Schema) -> Check | None:
    """A predicate equal to the schema; None where everything passes."""
    keywords = {key for key in schema if not key.startswith("x-kav-")} - {"default"}
    if not keywords:
        return None
    if not keywords <= COMPILED:
        validator = _validator(schema)
        return lambda value: bool(validator.is_valid(value))
    tests: list[Check] = []
    if "type" in schema:
        kinds = (schema["type"],) if isinstance(schema["type"], str) else tuple(schema["type"])
        tests.append(lambda value: any(is_type(value, kind) for kind in kinds))
    if "enum" in schema:
        allowed = [(type(item), item) for item in schema["enum"]]
        tests.append(lambda value: any(type(value) is kind and value == item for kind, item in allowed))
    if "minimum" in schema:
        least = schema["minimum"]
        tests.append(lambda value: isinstance(value, bool) or not isinstance(value, (int, float)) or value >= least)
    if "pattern" in schema:
        search = re.compile(schema["pattern"]).search
        tests.append(lambda value: not isinstance(value, str) or search(value) is not None)
    if "required" in schema:
        needed = tuple(schema["required"])
        tests.append(lambda value: not isinstance(value, dict) or all(key in value for key in needed))
    if "anyOf" in schema:
        options = [compile_check(option) for option in schema["anyOf"]]
        tests.append(lambda value: any(option is None or option(value) for option in options))
    tests += _array_tests(schema)
    return tests[0] if len(tests) == 1 else lambda value: all(test(value) for test in tests)


def _array_tests(schema: Schema) -> list[Check]:
    tests: list[Check] = []
    least, most = schema.get("minItems", 0), schema.get("maxItems", 1 << 62)
    if least or most < 1 << 62:
        tests.append(lambda value: not isinstance(value, list) or least <= len(value) <= most)
    item = compile_check(schema["items"]) if "items" in schema else None
    if item is not None:
        tests.append(lambda value: not isinstance(value, list) or all(map(item, value)))
    return tests


class Checker:
    """The compiled form of one class's definition."""

    def __init__(self, definition: Schema) -> None:
        self.definition = definition
        self.required = tuple(definition.get("required", ()))
        self.open = definition.get("additionalProperties", True) is not False
        self.either = [option["required"] for option in definition.get("anyOf", ())]
        properties = definition.get("properties", {})
        self.known = frozenset(properties)
        self.checks = {key: check for key, check in ((k, compile_check(s)) for k, s in properties.items()) if check}

    def accepts(self, config: dict[str, Any], more: frozenset[str]) -> bool:
        """Whether the config is valid. Keys in `more` are let pass; serialized objects are judged elsewhere."""
        if not self.open and not self.known.issuperset(config) and not (self.known | more).issuperset(config):
            return False
        for key in self.required:
            if key not in config:
                return False
        checks = self.checks
        for key, value in config.items():
            check = checks.get(key)
            if check is not None and not is_serialized(value) and not check(value):
                return False
        return not self.either or any(all(key in config for key in keys) for keys in self.either)

    def errors(self, config: dict[str, Any], more: frozenset[str]) -> Iterator[ValidationError]:
        """jsonschema's errors, in a stable order; at most `MOST_ERRORS`."""
        properties = {key: schema for key, schema in self.definition.get("properties", {}).items()}
        for key, value in config.items():
            if (key in properties and is_serialized(value)) or (key in more and key not in properties):
                properties[key] = True
        found = islice(_validator({**self.definition, "properties": properties}).iter_errors(config), MOST_ERRORS)
        yield from sorted(found, key=lambda error: (error.validator or "", [str(part) for part in error.absolute_path]))


def _validator(schema: Schema) -> Validator:
    made: Validator = _dialect()(schema)
    return made


@lru_cache(maxsize=1)
def _dialect() -> Any:
    from jsonschema import Draft202012Validator
    from jsonschema.validators import extend

    def checked(kind: str) -> Callable[[Any, Any], bool]:
        return lambda checker, value: is_type(value, kind)

    types = Draft202012Validator.TYPE_CHECKER.redefine_many({kind: checked(kind) for kind in PYTHON})
    build: Any = extend
    return build(Draft202012Validator, type_checker=types)
