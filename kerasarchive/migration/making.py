"""Make an object that a step puts into a model, from what is not default about it."""

from __future__ import annotations

from typing import Any

from kerasarchive.migration.operations.classes import split
from kerasarchive.model.objects import Object
from kerasarchive.schema import ReleaseSchema


def new(cls: str, /, **non_defaults: Any) -> Object:
    """An object of class `cls` (``keras.layers.Rescaling``) with these config values.

    The other keys that its `get_config` writes are filled in from the target's schema when the plan is lowered.
    """
    module, class_name, registered = split(cls)
    if registered is None and module is not None and module.startswith("keras.src."):
        registered = class_name
    return Object(class_name, module, dict(non_defaults), registered)


def complete(obj: Object, schema: ReleaseSchema) -> Object:
    """`obj`, if a step made it, with the defaults of `schema` for the keys that it stores and the step did not name."""
    if obj.origin is not None or not isinstance(obj.config, dict):
        return obj
    cls = schema.get(obj.key)
    if cls is None:
        return obj
    config = dict(obj.config)
    for key in cls.stored:
        parameter = cls.parameters.get(key)
        if key not in config and parameter is not None and not parameter.required and _plain(parameter.default):
            config[key] = parameter.default
    return obj.with_config(config)


def _plain(value: Any) -> bool:
    return value is None or isinstance(value, (bool, int, float, str))
