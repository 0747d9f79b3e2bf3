"""KerasNLP became KerasHub: classes are registered under ``keras_hub>``, and their modules lie in ``keras_hub``."""

from dataclasses import replace

from kerasarchive.migration import Log, Migration, Object, RewriteModel, transform

OLD, NEW = "keras_nlp", "keras_hub"


def renamed(name: str | None, mark: str) -> str | None:
    """A module's or a registered name in the package of that name; other names as they are."""
    if name is None or not (name == OLD or name.startswith(OLD + mark)):
        return name
    return NEW + name.removeprefix(OLD)


def change(obj: Object) -> Object:
    """One object in the package of the new name."""
    module, registered = renamed(obj.module, "."), renamed(obj.registered_name, ">")
    if module == obj.module and registered == obj.registered_name:
        return obj
    return replace(obj, module=module, registered_name=registered)


def rename(model: Object, log: Log) -> Object:
    """the package keras_nlp is called keras_hub"""
    return transform(model, change)


migration = Migration(
    library="keras_hub",
    release="0.16.0",
    evidence="keras_hub/src/api_export.py of 0.16.1: classes saved as keras_nlp> are found where keras_hub was imported before",
    operations=(RewriteModel(rename),),
    tells=True,
)
