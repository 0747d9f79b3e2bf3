"""Makes objects of serialized ones as ``deserialize_keras_object`` does, step by step."""

from __future__ import annotations

from typing import Any

from kerasarchive.layout.replay import layers
from kerasarchive.layout.replay.arrays import array_of
from kerasarchive.layout.replay.machine import Machine
from kerasarchive.layout.replay.values import UNKNOWN, Array, Class, Lost, Named, Raised, Thing, Value
from kerasarchive.model.config import MARKERS

DTYPES = frozenset(
    [
        "bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "float16", "float32", "float64",
        "bfloat16", "complex64", "complex128", "string", "int", "float", "half", "double", "str", "long", "uint", "single",
        "short", "byte", "ubyte", "object",
    ]
)  # fmt: skip


def read(value: Any, machine: Machine, *, types: bool = False) -> Value:
    """What a JSON value stands for. `types`: text with the library's prefix is the name of a class."""
    if isinstance(value, list):
        return [read(item, machine, types=types) for item in value]
    if isinstance(value, tuple):
        return [read(item, machine, types=types) for item in value]
    prefix = machine.context.prefix
    if types and prefix and isinstance(value, str) and value.startswith(prefix):
        return _type(value.removeprefix(prefix), machine)
    if not isinstance(value, dict):
        return value
    if "class_name" not in value or "config" not in value:
        return {key: read(item, machine, types=types) for key, item in value.items()}
    place = machine.context.places.get(id(value))
    before = machine.reading
    if place is not None:
        machine.reading = place
    try:
        return _object(value, machine, types=types)
    except Raised as error:
        if error.at is None:
            error.at = tuple(machine.reading)
        raise
    finally:
        machine.reading = before


def _type(name: str, machine: Machine) -> Value:
    path = machine.context.registered(name)
    cls = machine.library.class_of(path) if path else None
    if cls is not None:
        return cls
    return Named(f"builtins.{name}") if ">" not in name else UNKNOWN


def _object(value: dict[str, Any], machine: Machine, *, types: bool) -> Value:
    name, inner = value["class_name"], value["config"] or {}
    if name in ("__tensor__", "__numpy__"):
        return _array(inner, str(name))
    if isinstance(name, str) and name in MARKERS:
        return UNKNOWN
    module, registered = value.get("module"), value.get("registered_name", name)
    if name == "function":
        return Named(f"{module}.{inner}") if isinstance(inner, str) else UNKNOWN
    number = value.get("shared_object_id")
    if isinstance(number, int) and number in machine.shared:
        return machine.shared[number]
    made = _made(value, name, module, registered, inner, machine)
    if isinstance(number, int) and isinstance(made, Thing):
        machine.shared[number] = made
    return made


def _made(value: dict[str, Any], name: Any, module: Any, registered: Any, inner: Any, machine: Machine) -> Value:
    if isinstance(registered, (list, dict)):
        raise Raised("TypeError", f"unhashable type: {type(registered).__name__!r}")
    path = machine.context.registered(registered) if isinstance(registered, str) else ""
    if path:
        cls = machine.library.class_of(path)
        if cls is None:
            return Thing(path.rpartition(".")[2], kind="Layer", opaque=True)
        return _own(cls, inner, value, machine)
    if module and not isinstance(module, str):
        raise Raised("AttributeError", f"{type(module).__name__!r} object has no attribute 'startswith'")
    if not module:
        if isinstance(registered, str) and ">" in registered:
            return _stranger(value, name)
        raise Raised("TypeError", f"Could not locate class {name!r}")
    if module == "keras" or module.startswith("keras."):
        return _of_keras(value, f"{module}.{name}", inner, machine)
    if registered is None or (isinstance(registered, str) and ">" not in registered and registered != name):
        # What is not registered goes by its class's name; nothing but Keras's own is stored without.
        raise Raised("TypeError", f"Could not locate class {name!r}: nothing is registered as {registered!r}")
    return _stranger(value, name)


def _stranger(value: dict[str, Any], name: Any) -> Thing:
    """An object of somebody else's class: one that is built is most likely a layer."""
    return Thing(str(name), kind="Layer" if value.get("build_config") else "", opaque=True, built=True)


def _own(cls: Class, inner: Any, value: dict[str, Any], machine: Machine) -> Value:
    try:
        made = machine.call(machine.attribute(cls, "from_config", machine), [inner], {}, machine)
    except Lost:
        return Thing(cls.name, cls, cls.kind, opaque=True, built=True, at=tuple(machine.reading))
    if not isinstance(made, Thing):
        return made
    made.at = tuple(machine.reading)
    build = value.get("build_config")
    if build and not made.built and not made.opaque:
        try:
            machine.call(machine.attribute(made, "build_from_config", machine), [build], {}, machine)
        except Lost:
            layers.blur(made)
        made.built = True
    return made


def _of_keras(value: dict[str, Any], dotted: str, inner: Any, machine: Machine) -> Value:
    if not machine.keras.is_class(dotted):
        raise Raised("ValueError", f"Could not deserialize {dotted!r}")
    role, last = machine.keras.role(dotted), dotted.rpartition(".")[2]
    if role == "policy":
        reason = machine.keras.refuses(dotted, inner if isinstance(inner, dict) else {})
        if reason:
            raise Raised("ValueError", reason)
        named = inner.get("name") if isinstance(inner, dict) else None
        if isinstance(named, str) and not machine.keras.is_policy(named):
            raise Raised("ValueError", f"{named[:40]!r} is no dtype policy")
        return Thing(last, opaque=True)
    if last == "SeedGenerator" and isinstance(inner, dict) and inner.get("name") is not None:
        named = inner["name"]
        if not isinstance(named, str) or "/" in named:
            raise Raised(
                "ValueError", f"Argument `name` must be a string and cannot contain character `/`, not {named!r:.40}"
            )
    if role not in ("layer", "cell", "model") or not isinstance(inner, dict):
        return Thing(last, opaque=True)
    if role == "model" and last != "Sequential":
        return Thing(last, kind="Functional", opaque=True, built=True)
    config = dict(inner)
    if last == "Sequential":
        config = {
            "layers": [
                read(each, machine)
                for each in inner.get("layers", [])
                if isinstance(each, dict) and each.get("class_name") != "InputLayer"
            ]
        }
        made = Thing(last, kind="Sequential", config=config, at=tuple(machine.reading))
    else:
        if isinstance(config.get("dtype"), dict):
            _policy(config["dtype"], machine)
        config = {**machine.keras.defaults(dotted), **config}
        made = Thing(last, kind="Built-in", config=config, at=tuple(machine.reading))
    build = value.get("build_config")
    if build:
        layers.build_from_config(made, build, machine)
        made.built = True
    return made


def _policy(value: dict[str, Any], machine: Machine) -> None:
    """The dtype of one of Keras's layers: its class is looked up by name, and it is never one made before."""
    name, inner = value.get("class_name"), value.get("config")
    if "class_name" not in value:
        raise Raised("ValueError", "Unknown `config` as a `dict`")
    if value.get("module", "_") is None:
        raise Raised("TypeError", f"Cannot deserialize object of type {name!r}")
    if not isinstance(name, str) or not (machine.keras.is_class(f"keras.{name}") or machine.keras.is_policy(name)):
        raise Raised("ValueError", f"{str(name)[:40]!r} is no dtype policy")
    named = inner.get("name") if isinstance(inner, dict) else None
    if isinstance(named, str) and not machine.keras.is_policy(named):
        raise Raised("ValueError", f"{named[:40]!r} is no dtype policy")


def _array(inner: Any, name: str) -> Array:
    if not isinstance(inner, dict):
        raise Raised("TypeError", f"the config of {name} is no dict")
    for key in ("value", "dtype"):
        if key not in inner:
            raise Raised("KeyError", f"{name} needs {key!r}")
    dtype = inner["dtype"]
    if dtype is not None and not (isinstance(dtype, str) and dtype in DTYPES):
        raise Raised("ValueError", f"{str(dtype)[:40]!r} is no dtype")
    value = inner["value"]
    if dtype in ("string", "str", "object"):
        return Array(None)
    if isinstance(value, str):
        try:
            float(value)
        except ValueError:
            raise Raised("ValueError", f"{value[:40]!r} is no array of numbers") from None
        return Array(())
    return array_of(value)
