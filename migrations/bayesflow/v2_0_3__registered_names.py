"""Classes are registered under their package, ``bayesflow.networks>MLP``, not under the decorator's or a whole module."""

from dataclasses import replace
from typing import Any

from kerasarchive.migration import Log, Migration, Object, RewriteModel, transform

DECORATOR = "bayesflow.utils.decorators"
EXPERIMENTAL = ["bayesflow", "experimental"]
"""Networks that are tried out are registered among the others."""
TYPE = "__bayesflow_type__"
OLD = "_bayesflow_"
OF_SCORES = ("links", "subnets")
"""Of a score: what each of its heads has stands alone in a wrapping of its own."""


def package(registered: str, module: str) -> str:
    """The name that the release registers a class under, by that of the releases before."""
    where, _, name = registered.rpartition(">")
    if where == DECORATOR:
        where = module
    if where.startswith(("networks.", "links.")):
        where = f"bayesflow.{where}"
    parts = where.split(".")
    if parts[:2] == EXPERIMENTAL:
        parts[1] = "networks"
    return f"{'.'.join(parts[:2])}>{name}" if parts[0] == "bayesflow" else registered


def types(value: Any, key: str = "") -> Any:
    """JSON with the names of classes that stand for themselves in the new spelling, and values without their wrapping."""
    if isinstance(value, str) and value.startswith(TYPE):
        # Only the transforms of adapters that build others stand for a class there; elsewhere it is a network's.
        module = "bayesflow.adapters" if key == "transform_constructor" else "bayesflow.networks"
        return TYPE + package(value.removeprefix(TYPE), module)
    if isinstance(value, list):
        return [types(item, key) for item in value]
    if not isinstance(value, dict):
        return value
    items = {}
    for name, item in value.items():
        if name.startswith(OLD) and name.endswith("_val"):
            items[name[len(OLD) : -4]] = types(item)
        elif name.startswith(OLD) and name.endswith("_type"):
            items[name[len(OLD) : -5]] = types(f"{TYPE}{item}", name[len(OLD) : -5])
        elif name in OF_SCORES and isinstance(item, dict):
            items[name] = {head: unwrapped(each) for head, each in item.items()}
        else:
            items[name] = types(item, name)
    return items


def unwrapped(value: Any) -> Any:
    """What one head of a score has."""
    found = types(value)
    wrapped = isinstance(value, dict) and len(value) == 1 and next(iter(value)).startswith(OLD)
    return next(iter(found.values())) if wrapped else found


def change(obj: Object) -> Object:
    """One object under its new name."""
    registered = obj.registered_name or ""
    name = package(registered, obj.module or "") if ">" in registered else registered
    config = types(obj.config) if isinstance(obj.config, dict) else obj.config
    if name == registered and config == obj.config:
        return obj
    return replace(obj, registered_name=name or obj.registered_name, config=config)


def rename(model: Object, log: Log) -> Object:
    """Classes are registered under their package."""
    return transform(model, change)


migration = Migration(
    library="bayesflow",
    release="2.0.3",
    evidence="bayesflow/utils/serialization.py of 2.0.3: `serializable` takes the package",
    operations=(RewriteModel(rename),),
    tells=True,
)
