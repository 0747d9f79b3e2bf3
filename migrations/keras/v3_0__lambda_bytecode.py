"""``Lambda`` layers of tf.keras hold marshalled bytecode of the Python that saved them: never executed, never kept."""

from kerasarchive.migration import Log, Migration, Object, Refuse, RewriteObject

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


def _reason(key: str) -> str:
    return f"its `{key}` is marshalled Python bytecode, which only the Python that wrote it can run and nothing can check"


_ADVICE = "register the function (keras.saving.register_keras_serializable) and name it: --map-lambda LAYER=pkg>function"

migration = Migration(
    library="keras",
    release="3.0.0",
    evidence="https://github.com/keras-team/keras/issues/14875",
    operations=(RewriteObject("keras.layers.Lambda", named_function),),
)
