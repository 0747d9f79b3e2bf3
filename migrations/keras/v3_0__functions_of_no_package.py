"""A function that belongs to no package is saved by its bare name, under which no release finds one of TensorFlow's."""

from kerasarchive.migration import Log, Migration, Object, Refuse, RewriteObject

NAMES = {
    "swish": "keras.activations.silu",
    "softmax_v2": "keras.activations.softmax",
    "log_softmax_v2": "keras.activations.log_softmax",
    "leaky_relu_v2": "",
    "crelu_v2": "",
    "abs": "",
    "absolute": "",
    "arcsinh": "",
    "arctan": "",
    "asinh": "",
    "atan": "",
    "cos": "",
    "cosh": "",
    "erf": "",
    "exp": "",
    "expm1": "",
    "identity": "keras.activations.linear",
    "l2_normalize": "",
    "l2_normalize_v2": "",
    "log": "",
    "log1p": "",
    "logsigmoid": "keras.activations.log_sigmoid",
    "negative": "",
    "reciprocal": "",
    "rsqrt": "",
    "sign": "",
    "sin": "",
    "sinh": "",
    "sqrt": "",
    "square": "",
    "tan": "",
}
"""Functions of ``tf.nn``, ``tf.math`` and ``keras.ops`` that people give for activations, and what computes the same."""


def refuse_bare_name(obj: Object, log: Log) -> Object:
    """a function of TensorFlow's or of `keras.ops` cannot be found by its bare name"""
    name = obj.config
    if name not in NAMES:
        return obj
    log.did(obj, f"no release finds the function '{name}'", "fails")
    reason = f"the function '{name}' is saved by its bare name, under which Keras finds no function of its own or of TensorFlow's"
    same = NAMES[name] or "package>function"
    raise Refuse(reason, f"say what it is: --map-lambda LAYER={same}, if that is what the layer computes")


migration = Migration(
    library="keras",
    release="3.0.0",
    evidence="keras/src/saving/serialization_lib.py of 3.0.0 to 3.15.1: _retrieve_class_or_fn; measured",
    repairs=("3.0.0", "3.15.1"),
    operations=(RewriteObject("builtins.function", refuse_bare_name, consequence=""),),
)
