"""The cases that `generate.py` writes: a registry of model builders, and what they are built with.

`keras` is whichever old Keras this Python has: standalone Keras before 2.4, else tf.keras. Runs on Python 3.6.
"""

import os
import warnings

os.environ.update(TF_CPP_MIN_LOG_LEVEL="3", CUDA_VISIBLE_DEVICES="-1", TF_ENABLE_ONEDNN_OPTS="0")
warnings.simplefilter("ignore")

import numpy as np

try:
    import keras

    VERSION = tuple(int(part) for part in keras.__version__.split(".")[:2])
except ImportError:
    VERSION = (9, 9)
STANDALONE = VERSION < (2, 4)
"""Keras before 2.4 has backends and graphs of its own; from then on ``keras`` hands on to tf.keras."""
if not STANDALONE:
    import tensorflow as tf
    from tensorflow import keras

    VERSION = tuple(int(part) for part in tf.__version__.split(".")[:2])
    tf.get_logger().setLevel("ERROR")
L = keras.layers
CASES = {}


def case(name, x=None, **options):
    """Register a builder of a model (or of (model, inputs))."""

    def register(build):
        assert name not in CASES, name
        CASES[name] = (build, x, options)
        return build

    return register


def put(name, build, x=None, **options):
    case(name, x, **options)(build)


def inp(*shape, name=None, dtype=None, **more):
    return keras.Input(shape, name=name, dtype=dtype, **more)


def rnd(*shape):
    return np.random.RandomState(sum(shape) + len(shape)).normal(size=shape).astype("float32")


def ints(high, *shape):
    return np.random.RandomState(high).randint(0, high, size=shape).astype("int32")


def chain(shape, *layers, name=None):
    """A Functional model of these layers in a row."""
    x = start = inp(*shape)
    for layer in layers:
        x = layer(x)
    return keras.Model(start, x, name=name)


def chain_of(start, *layers):
    x = start
    for layer in layers:
        x = layer(x)
    return keras.Model(start, x)
