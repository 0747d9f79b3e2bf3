"""``Lambda`` layers of tf.keras hold marshalled bytecode of the Python that saved them: never executed, never kept."""

from collections.abc import Iterator, Mapping
from typing import Any

from kerasarchive.migration import (
    Log,
    Migration,
    Object,
    Refuse,
    RewriteModel,
    RewriteObject,
    descend,
    is_bare_bytecode,
)

GONE = ("function_type", "module", "output_shape_type", "output_shape_module", "mask_type", "mask_module")
FUNCTIONS = ("function", "output_shape", "mask")

LAYER_ADVICE = (
    "register the function (keras.saving.register_keras_serializable) and name it: --map-lambda LAYER=pkg>function"
)
FUNCTION_ADVICE = "rebuild the model with a function registered by keras.saving.register_keras_serializable"


def named_function(obj: Object, log: Log) -> Object:
    """a Lambda layer stores its function by name"""
    for key in FUNCTIONS:
        value = obj.get(key)
        listed = key == "function" and isinstance(value, list)
        if listed or obj.get(f"{key}_type") == "lambda" or _is_bytecode(value):
            raise Refuse(_reason(key), LAYER_ADVICE)
    if not isinstance(obj.config, Mapping) or not any(key in obj.config for key in GONE):
        return obj
    return obj.with_config({key: value for key, value in obj.config.items() if key not in GONE})


def typed_function(obj: Object, log: Log) -> Object:
    """a Lambda layer says of what kind its function is"""
    for key in FUNCTIONS:
        if _is_bytecode(obj.get(key)):
            raise Refuse(_reason(key), LAYER_ADVICE)
    config = {}
    for key, value in obj.config.items():
        config[key] = value
        if key in FUNCTIONS:
            config[f"{key}_type"] = "function" if isinstance(value, Object) else "raw"
    return obj.with_config({**config, "output_shape": config.get("output_shape")} | _raw(config))


def _raw(config: Mapping[str, Any]) -> dict[str, Any]:
    return {} if "output_shape_type" in config else {"output_shape_type": "raw"}


def no_bytecode(model: Object, log: Log) -> Object:
    """no Python function is stored as bytecode"""
    compiled = model.extra.get("compile_config")
    for place, value in _values(compiled, "compile_config"):
        if _is_bytecode(value):
            log.refuse(model, _reason(place), FUNCTION_ADVICE)
    for obj in descend(model):
        if obj.class_name != "Lambda" and isinstance(obj.config, Mapping):
            for key, value in obj.config.items():
                for place, inner in _values(value, key):
                    if _is_bytecode(inner):
                        log.refuse(obj, _reason(place), FUNCTION_ADVICE)
                    elif inner == "<lambda>" and key != "name":
                        log.refuse(obj, f"its `{place}` was a lambda, of which the archive holds nothing", FUNCTION_ADVICE)
    return model


def _is_bytecode(value: Any) -> bool:
    """A ``__lambda__``, or the bare ``{"value": [code, defaults, closure]}`` that tf.keras wrote for an activation."""
    if isinstance(value, Object):
        return value.class_name == "__lambda__"
    if not isinstance(value, Mapping):
        return False
    return is_bare_bytecode(value) or value.get("class_name") == "__lambda__"


def _values(value: Any, place: str) -> Iterator[tuple[str, Any]]:
    """(place, value) of everything in plain JSON; objects are looked at on their own."""
    yield place, value
    items = value.items() if isinstance(value, Mapping) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield from _values(item, f"{place}/{key}")


def _reason(place: str) -> str:
    return f"its `{place}` is marshalled Python bytecode, which only the Python that wrote it can run and nothing can check"


migration = Migration(
    library="keras",
    release="3.0.0",
    evidence="https://github.com/keras-team/keras/issues/14875",
    operations=(
        RewriteObject("keras.layers.Lambda", named_function, back=typed_function),
        RewriteModel(no_bytecode, back=no_bytecode),
    ),
)
