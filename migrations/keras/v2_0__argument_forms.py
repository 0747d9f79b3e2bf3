"""Windows, orderings, implementations, regularizers and constraints are written in another form."""

from typing import Any

from kerasarchive.migration import (
    Log,
    Migration,
    Object,
    Refuse,
    Release,
    RewriteConfig,
    RewriteModel,
    RewriteObject,
    descend,
    new,
    transform,
)

ORDERINGS = {"th": "channels_first", "tf": "channels_last"}
WINDOWS = {
    ("nb_row", "nb_col"): "kernel_size",
    ("kernel_dim1", "kernel_dim2", "kernel_dim3"): "kernel_size",
}
ORDERED = ("ZeroPadding2D", "ZeroPadding3D", "UpSampling2D", "UpSampling3D", "Cropping2D", "Cropping3D")
"""Layers of which Keras 1 does not store the ordering."""
TAKEN = "the archive does not say the order of this layer's dimensions; it is taken from the model's other layers"
SIDES = {
    "ZeroPadding1D": (("left_pad", "right_pad"),),
    "ZeroPadding2D": (("top_pad", "bottom_pad"), ("left_pad", "right_pad")),
}
CONSTRAINTS = {
    "MaxNorm": {"m": "max_value", "axis": "axis"},
    "NonNeg": {},
    "UnitNorm": {"axis": "axis"},
    "MinMaxNorm": {"low": "min_value", "high": "max_value", "rate": "rate", "axis": "axis"},
}
REGULARIZERS = ("L1L2Regularizer", "WeightRegularizer", "ActivityRegularizer", "L1Regularizer", "L2Regularizer")


def other_forms(obj: Object, log: Log) -> Object:
    """windows are one argument, orderings are named, regularizers and constraints are objects"""
    if not isinstance(obj.config, dict):
        return obj
    config: dict[str, Any] = dict(obj.config)
    for parts, whole in WINDOWS.items():
        if all(part in config for part in parts):
            config[whole] = [config.pop(part) for part in parts]
    if "dim_ordering" in config:
        ordering = config.pop("dim_ordering")
        if ordering not in ORDERINGS:
            reason = f"its dim_ordering is {ordering!r}, which is neither 'th' nor 'tf'"
            raise Refuse(reason)
        config["data_format"] = ORDERINGS[ordering]
    if "consume_less" in config:
        gpu = config.pop("consume_less") == "gpu"
        if obj.class_name != "SimpleRNN":
            config["implementation"] = 2 if gpu else 1
    if "forget_bias_init" in config:
        config["unit_forget_bias"] = config.pop("forget_bias_init") == "one"
    if obj.class_name == "SeparableConvolution2D" and "init" in config:
        config["pointwise_initializer"] = config["init"]
    for key, value in config.items():
        if key.endswith(("_regularizer", "_constraint")) and isinstance(value, dict):
            config[key] = _named(value)
    return obj if config == obj.config else obj.with_config(config)


def _named(value: dict[str, Any]) -> Any:
    name = value.get("name")
    if name in REGULARIZERS:
        return new("keras.regularizers.L1L2", l1=value.get("l1", 0.0), l2=value.get("l2", 0.0))
    if name in CONSTRAINTS:
        given = {new_key: value[old] for old, new_key in CONSTRAINTS[name].items() if old in value}
        return new(f"keras.constraints.{name}", **given)
    reason = f"`{name}` is no regularizer or constraint that Keras 2 has"
    raise Refuse(reason, "it matters for training alone: remove it from the config (kav reads architecture JSON)")


def paddings(config: dict[str, Any]) -> dict[str, Any]:
    """sides by name, or four in a row, are pairs"""
    padding = config.get("padding")
    if isinstance(padding, dict):
        pairs = SIDES["ZeroPadding2D"] if "top_pad" in padding else SIDES["ZeroPadding1D"]
        found = [[padding.get(one, 0) for one in pair] for pair in pairs]
        return config | {"padding": found if len(found) > 1 else found[0]}
    if isinstance(padding, list) and len(padding) == 4:
        return config | {"padding": [padding[:2], padding[2:]]}
    return config


def orderings(model: Object, log: Log) -> Object:
    """layers whose ordering was not stored have that of the others"""
    known = {layer.get("data_format") for layer in descend(model)} - {None}
    bare = [layer for layer in descend(model) if layer.class_name in ORDERED and "data_format" not in layer.config]
    if not bare:
        return model
    if len(known) != 1:
        for layer in bare:
            reason = "the archive does not say the order of its dimensions, and no other layer of the model tells"
            log.refuse(layer, reason, "load it in Keras 2.2 under the right `image_data_format` and save it again")
        return model
    (ordering,) = known

    def told(obj: Object) -> Object:
        if obj.class_name not in ORDERED or "data_format" in obj.config:
            return obj
        log.announce(obj, "lost_at_save", TAKEN)
        return obj.with_config({**obj.config, "data_format": ordering})

    return transform(model, told)


VARIANCES_SINCE = "1.0.6"
DEVIATIONS = "until Keras 1.0.5 it stored standard deviations, which it added epsilon to, where variances are stored now"


def modes(obj: Object, log: Log) -> Object:
    """there is one mode of batch normalization"""
    if log.source is not None and log.source < Release("keras", VARIANCES_SINCE):
        raise Refuse(DEVIATIONS, "load it in the release that wrote it, and set the weights of a model of today by hand")
    mode = obj.get("mode", 0)
    if mode in (1, 2):
        what = "each sample by itself" if mode == 1 else "each batch by its own statistics, in inference too"
        reason = f"its mode is {mode} (it normalizes {what}), which Keras 2 dropped"
        raise Refuse(reason, "rebuild the layer with LayerNormalization, or train on with mode 0")
    return (
        obj.with_config({key: value for key, value in obj.config.items() if key != "mode"})
        if "mode" in obj.config
        else obj
    )


def shared_slopes(obj: Object, log: Log) -> Object:
    """the axes along which a PReLU shares its slopes are told by their shape"""
    sources = list(obj.states[""].variables.values()) if "" in obj.states else []
    shared = [axis + 1 for axis, size in enumerate(sources[0].shape) if size == 1] if sources else []
    return obj.with_config({**obj.config, "shared_axes": shared}) if shared and "shared_axes" not in obj.config else obj


def dropped_words(obj: Object, log: Log) -> Object:
    """an Embedding drops no words"""
    if "dropout" not in obj.config:
        return obj
    if obj.get("dropout"):
        log.announce(obj, "training_semantics", "dropout of whole words was removed in Keras 2")
    return obj.with_config({key: value for key, value in obj.config.items() if key != "dropout"})


migration = Migration(
    library="keras",
    release="2.0.0",
    evidence="keras/legacy/interfaces.py of 2.0.0; https://github.com/keras-team/keras/wiki/Keras-2.0-release-notes",
    operations=(
        RewriteObject("keras.layers.*", other_forms),
        RewriteConfig(tuple(f"keras.layers.{name}" for name in ("ZeroPadding1D", "ZeroPadding2D")), paddings),
        RewriteObject("keras.layers.BatchNormalization", modes),
        RewriteObject("keras.layers.Embedding", dropped_words),
        RewriteObject("keras.layers.PReLU", shared_slopes),
        RewriteModel(orderings),
    ),
)
