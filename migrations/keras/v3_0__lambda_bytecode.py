"""``Lambda`` layers of tf.keras hold marshalled bytecode of the Python that saved them: never executed, never kept."""

from collections.abc import Iterator
from typing import Any

from kerasarchive.migration import Log, Migration, Object, Refuse, RewriteModel, RewriteObject, descend

GONE = ("function_type", "module", "output_shape_type", "output_shape_module", "mask_type", "mask_module")


def named_function(obj: Object, log: Log) -> Object:
    """a Lambda layer stores its function by name"""
    for key in ("function", "output_shape", "mask"):
        value = obj.get(key)
        if obj.get(f"{key}_type") == "lambda" or (isinstance(value, Object) and value.class_name == "__lambda__"):
            raise Refuse(_reason(key), _ADVICE)
        if isinstance(value, dict) and value.get("class_name") == "__lambda__":
            raise Refuse(_reason(key), _ADVICE)
        if key == "function" and isinstance(value, list):
            raise Refuse(_reason(key), _ADVICE)
    if not any(key in obj.config for key in GONE):
        return obj
    return obj.with_config({key: value for key, value in obj.config.items() if key not in GONE})


def no_bytecode(model: Object, log: Log) -> Object:
    """no Python function is stored as bytecode"""
    compiled = model.extra.get("compile_config")
    for value, place in _walk(compiled, ()):
        if isinstance(value, dict) and value.get("class_name") == "__lambda__":
            log.refuse(model, _reason("/".join(("compile_config", *place))), _FUNCTION)
    for obj in descend(model):
        if obj.class_name == "Lambda":
            continue
        for key, value in obj.config.items() if isinstance(obj.config, dict) else ():
            if isinstance(value, dict) and value.get("class_name") == "__lambda__":
                log.refuse(obj, _reason(key), _FUNCTION)
    return model


def _walk(value: Any, place: tuple[str, ...]) -> Iterator[tuple[Any, tuple[str, ...]]]:
    yield value, place
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield from _walk(item, (*place, str(key)))


def _reason(key: str) -> str:
    return (
        f"its `{key}` is marshalled Python bytecode, which only the Python that wrote it can run and nothing can check"
    )


_ADVICE = (
    "register the function (keras.saving.register_keras_serializable) and name it: --map-lambda LAYER=pkg>function"
)

_FUNCTION = "rebuild the model with a function registered by keras.saving.register_keras_serializable"

migration = Migration(
    library="keras",
    release="3.0.0",
    evidence="https://github.com/keras-team/keras/issues/14875",
    operations=(RewriteObject("keras.layers.Lambda", named_function), RewriteModel(no_bytecode)),
)
