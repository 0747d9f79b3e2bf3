"""What a release's reader makes of a serialized object's own keys (class_name, module, registered_name, config).

Two ways to look a class up: by name alone in a table of the role (``keras.initializers.get`` and its like; in Keras 2
everything inside a model), or by module and name. A key that one way needs the other does not look at.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from kerasarchive.model.config import MARKERS, ObjectNode, is_bare_bytecode
from kerasarchive.model.finding import Finding
from kerasarchive.model.location import Location
from kerasarchive.schema import ClassSchema, ReleaseSchema
from kerasarchive.schema.release_schema import TABLED, is_keras
from kerasarchive.validation import rule
from kerasarchive.validation.loader import Loader
from kerasarchive.validation.reference import judge_function, judge_unknown

LAYERS = frozenset({"layer", "wrapped", "cell"})
NOWHERE = Location()
NAMED = TABLED | {"schedule"}
"""Roles that Keras 2 looks up by name wherever they stand; what `compile` gets, and a whole model, it does not."""

FITS = {
    "layer": frozenset({"layer", "cell", "model", "operation"}),
    "model": frozenset({"layer", "cell", "model"}),
    "wrapped": frozenset({"layer", "cell", "model"}),
    "cell": frozenset({"layer", "cell", "model"}),
    "optimizer": frozenset({"optimizer"}),
    "schedule": frozenset({"schedule"}),
}
"""What may stand where a role is expected, where the reader or its caller insists."""


Place = Callable[[], Location]
"""A place that is made only where there is something to say."""


@dataclass(slots=True)
class Opened:
    """A built-in class with the config that it will get; no class where there is nothing more to judge.

    `found` is what there is to say. `builds`: whether its ``build_config`` is looked at.
    """

    found: tuple[Finding, ...] = ()
    cls: ClassSchema | None = None
    config: Any = None
    builds: bool = False
    custom: bool = False


def by_name(role: str, value: dict[str, Any], loader: Loader, *, legacy: bool = False) -> bool:
    """Whether the class that stands where a `role` is expected is looked up by its name alone.

    `legacy`: the archive is of a format that knows no modules.
    """
    if role == "activation":
        return not loader.activation_objects
    if role == "layer":
        # Keras 3 takes a member of a model without a module for one of an old file.
        return loader.layers_by_name or "module" not in value
    if role in LAYERS:
        return loader.layers_by_name
    return role in TABLED or (not loader.keras3 and role in NAMED) or (legacy and "module" not in value and bool(role))


def open_object(
    value: dict[str, Any], at: Place, role: str, schema: ReleaseSchema, loader: Loader, native: ReleaseSchema | None,
    *, legacy: bool = False,
) -> Opened:
    """Find the class of `value`, which stands where a `role` is expected, as the reader would."""
    named = by_name(role, value, loader, legacy=legacy)
    if loader.keras3 and not named:
        value = registered_first(value)
    faults = tuple(_faults(value, at, role, named, loader))
    if faults:
        # Where nothing is expected, a dict that looks like an object need not be one.
        return Opened(faults if role else ())
    node = ObjectNode(value, NOWHERE)
    if value["class_name"] == "function":
        return Opened(tuple(judge_function(node, at(), role, schema)))
    cls = _find(node, role, named, schema, loader)
    if cls is None and not named and (wrong := tuple(_misplaced(node, at, role, schema))):
        return Opened(wrong)
    if cls is None:
        expected = "layer" if role == "wrapped" else role
        found = tuple(judge_unknown(node, at(), expected, schema, native))
        return Opened(found, config=value.get("config"), custom=True)
    found = ()
    if role in FITS and cls.role not in FITS[role] and cls.role:
        message = f"{cls.name} is a {cls.role}; where it stands {schema.release} needs a {role}"
        found = (rule.UNKNOWN_CLASS.finding(message, at() / "class_name"),)
    elif not named and loader.checks_registered_names and is_keras(node.module or ""):
        found = tuple(_registered(node, cls, at, schema))
    config = value.get("config")
    if config is None or (not loader.checks_configs and not config):
        config = {}
    return Opened(found, cls, config, builds=not named)


def registered_first(value: dict[str, Any]) -> dict[str, Any]:
    """The object as it is found: beside a name that is registered nobody looks at its class's name and module."""
    registered = value.get("registered_name")
    if not isinstance(registered, str) or ">" not in registered:
        return value
    if not isinstance(value.get("class_name", ""), str):
        value = {**value, "class_name": registered.rpartition(">")[2]}
    if not isinstance(value.get("module") or "", str):
        value = {**value, "module": None}
    return value


def open_named(
    value: dict[str, Any], at: Place, role: str, schema: ReleaseSchema, native: ReleaseSchema | None
) -> Opened:
    """Find the class of `value` in an older format as Keras 1 or 2 would: by its name in the table of the role."""
    if "config" not in value:
        message = f"the serialized {value['class_name']} has no config"
        return Opened((rule.MALFORMED_OBJECT.finding(message, at()),) if role else ())
    node = ObjectNode(value, NOWHERE)
    if value["class_name"] == "function":
        return Opened(tuple(judge_function(node, at(), role, schema)))
    expected = "layer" if role == "wrapped" else role
    cls = schema.find(node, expected)
    if cls is None:
        return Opened(tuple(judge_unknown(node, at(), expected, schema, native)), config=value["config"], custom=True)
    return Opened((), cls, value["config"])


_BARE_BYTECODE = "it is the bytecode of a Python lambda without the class that would say so, which Keras does not read back"
_BARE_BYTECODE_REMEDY = "name a function that does the same: kav migrate --map-lambda LAYER=package>function"


def _faults(value: dict[str, Any], at: Place, role: str, named: bool, loader: Loader) -> Iterator[Finding]:
    """What makes the reader stop before it looks for any class."""
    name = value.get("class_name")
    if "class_name" not in value:
        if is_bare_bytecode(value):
            yield rule.MALFORMED_OBJECT.finding(_BARE_BYTECODE, at(), remedy=_BARE_BYTECODE_REMEDY)
        else:
            yield rule.MALFORMED_OBJECT.finding("the serialized object has no class_name", at())
        return
    if name is None and named and not loader.keras3 and role in TABLED:
        yield rule.MALFORMED_OBJECT.finding("class_name is null, which stands for nothing", at(), severity="low")
        return
    if not isinstance(name, str):
        yield rule.MALFORMED_OBJECT.finding("class_name must be a string", at() / "class_name")
        return
    if "config" not in value and not (named and (loader.keras3 or "module" in value)):
        yield rule.MALFORMED_OBJECT.finding(f"the serialized {name} has no config", at())
    if isinstance(value.get("registered_name"), (list, dict)):
        yield rule.MALFORMED_OBJECT.finding("registered_name must be a string or null", at() / "registered_name")
    module = value.get("module", "")
    registered = value.get("registered_name", name)
    custom = isinstance(registered, str) and ">" in registered
    if module is None and not custom and ("module" in value):
        yield rule.MALFORMED_OBJECT.finding(f"{name}: the module is null, so that it cannot be found", at() / "module")
    elif module is not None and not isinstance(module, str) and not named:
        yield rule.MALFORMED_OBJECT.finding("module must be a string or null", at() / "module")
    if name == "function" and "module" not in value:
        yield rule.MALFORMED_OBJECT.finding("the serialized function has no module", at())


def _find(
    node: ObjectNode, role: str, named: bool, schema: ReleaseSchema, loader: Loader
) -> ClassSchema | None:
    expected = "layer" if role == "wrapped" else role
    name, module = node.class_name, node.module
    registered = node.registered_name
    if registered and ">" in registered and not is_keras(module or ""):
        return schema.get(registered)
    if ">" in name:
        return schema.get(name)
    if not named:
        found = schema.get(f"{module}.{name}") if module else None
        if found is None and module and registered and loader.registered_names_stand_in:
            found = schema.get(f"{module}.{registered}")
        return found if found is None or found.name in schema.raw or schema.imports(module or "") else None
    if loader.keras3 and expected in TABLED:
        key = schema.raw.get(f"names.{expected}", {}).get("x-kav-classes", {}).get(name)
        return schema.get(key) if key else None
    found = schema.by_role(node, expected)
    if found is None and (expected in LAYERS or not schema.words(expected)):
        found = schema.by_class_name(name, expected)
        if found is not None and loader.keras3 and not schema.reads_without_module(found):
            return None
    return found or (schema.get(f"{module}.{name}") if module else None)


def _misplaced(node: ObjectNode, at: Place, role: str, schema: ReleaseSchema) -> Iterator[Finding]:
    """A class that is Keras's own in all but its module: one of someone else's has a config of its own."""
    module, registered = node.module, node.registered_name or ""
    if is_keras(module or "") or ">" in registered or ">" in node.class_name or not isinstance(node.config, dict):
        return
    expected = "layer" if role in LAYERS or role == "model" else role
    meant = schema.by_class_name(node.class_name, expected) or schema.by_class_name(node.class_name)
    if meant is None:
        return
    needed = {key for key, known in meant.parameters.items() if known.required}
    if meant.role != "model":
        needed |= {key for key in meant.stored if key not in meant.sometimes}
    if needed <= node.config.keys() <= {*meant.parameters, *meant.stored}:
        said = f"{module!r} is no module of {schema.release}" if module else "it does not say of which module"
        message = f"{node.class_name} cannot be found: {said}"
        yield rule.UNKNOWN_MODULE.finding(message, at() / "module", remedy=f"it is {meant.name}")


def _registered(node: ObjectNode, cls: ClassSchema, at: Place, schema: ReleaseSchema) -> Iterator[Finding]:
    """Keras 3.15 refuses a registered_name beside a built-in class that is not its name."""
    given = node.data.get("registered_name")
    if given and given != node.class_name and cls.name != cls.path:
        message = f"{schema.release} refuses the registered_name {str(given)!r} beside the built-in {cls.name}"
        yield rule.UNKNOWN_CLASS.finding(message, at() / "registered_name", remedy="it must be null or the class's name")


def is_marker(value: dict[str, Any]) -> bool:
    """Whether it is a value that only looks like an object (``__numpy__``)."""
    name = value.get("class_name")
    return isinstance(name, str) and name in MARKERS
