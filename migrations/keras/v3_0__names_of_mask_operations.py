"""Computing the mask of a ``Concatenate`` makes an operation called ``concatenate``: no layer may be called that too."""

import re

from kerasarchive.migration import Log, Migration, Object, RewriteModel, descend, rename_layers, unchanged


def distinct_names(model: Object, log: Log) -> Object:
    """a Concatenate that may get a mask has a name that no operation gets"""
    if not any(_masks(obj) for obj in descend(model)):
        return model
    changed, renamed = rename_layers(model, _name)
    for old, new in renamed.items():
        log.did(model, f"'{old}' is called '{new}'", "fails")
    return changed


def _masks(obj: Object) -> bool:
    return obj.key == "keras.layers.Masking" or (obj.key == "keras.layers.Embedding" and bool(obj.get("mask_zero")))


def _name(layer: Object) -> str:
    name = layer.own_name or ""
    automatic = layer.key == "keras.layers.Concatenate" and re.fullmatch(r"concatenate(_\d+)?", name)
    return f"{name}_layer" if automatic else name


migration = Migration(
    library="keras",
    release="3.0.0",
    evidence="keras/src/layers/merging/concatenate.py of 3.0.0: compute_mask; measured with Masking",
    operations=(RewriteModel(distinct_names, back=unchanged),),
)
