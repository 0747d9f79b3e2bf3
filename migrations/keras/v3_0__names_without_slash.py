"""Names of layers and models must not contain ``/``."""

from kerasarchive.migration import Log, Migration, Object, RewriteModel, rename_layers, unchanged


def without_slashes(model: Object, log: Log) -> Object:
    """a `/` in a name is written `_`"""
    changed, renamed = rename_layers(model, lambda layer: (layer.own_name or "").replace("/", "_"))
    for old, new in renamed.items():
        log.did(model, f"the name '{old}' is written '{new}'", "fails")
    return changed


migration = Migration(
    library="keras",
    release="3.0.0",
    evidence="keras/src/ops/operation.py of 3.0.0: 'Argument `name` must be a string and cannot contain character `/`'",
    operations=(RewriteModel(without_slashes, back=unchanged),),
)
