"""Make an object that a step puts into a model, from what is not default about it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kerasarchive.migration.operations.classes import split
from kerasarchive.model.objects import Object
from kerasarchive.model.weights import TensorSource
from kerasarchive.schema import ReleaseSchema


def new(cls: str, /, **non_defaults: Any) -> Object:
    """An object of class `cls` (``keras.layers.Rescaling``) with these config values.

    The other keys that its `get_config` writes are filled in from the target's schema when the plan is lowered.
    """
    module, class_name, registered = split(cls)
    if registered is None and module is not None and module.startswith("keras.src."):
        registered = class_name
    return Object(class_name, module, dict(non_defaults), registered)


def scalar(value: float, what: str, dtype: str = "float32") -> TensorSource:
    """A new variable without dimensions: Keras keeps a learning rate as float32, a count as int64."""
    import numpy as np

    return TensorSource(None, value=np.asarray(value, dtype), what=what)


def zeros(like: TensorSource, what: str) -> TensorSource:
    """A new variable of zeros, shaped as another is."""
    import numpy as np

    return TensorSource(None, value=np.zeros(like.shape, "float32"), what=what)


def computed(source: TensorSource, function: Callable[[float], float], what: str) -> TensorSource:
    """A float32 scalar computed, when the archive is written, from one of its scalar variables."""
    import numpy as np

    return source.then(lambda array: np.asarray(function(float(array)), "float32"), what=what)


def scaled(source: TensorSource, factors: Callable[[tuple[int, ...]], Any] | float, what: str) -> TensorSource:
    """A variable multiplied by a number, or by what `factors` gives for its shape (it broadcasts), in its own dtype."""

    def multiply(array: Any) -> Any:
        by = factors(array.shape) if callable(factors) else factors
        return (array * by).astype(array.dtype)

    return source.then(multiply, what=what)


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
