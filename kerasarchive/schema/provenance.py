"""Which releases wrote an archive: Keras's from what the archive records, those of libraries from what it holds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kerasarchive import _catalog
from kerasarchive.model.archive import Archive
from kerasarchive.model.config import objects
from kerasarchive.model.location import Location
from kerasarchive.model.release import Provenance, Release
from kerasarchive.schema.inference import inferred


def written_with(archive: Archive) -> tuple[Provenance, ...]:
    """What is known of the release that wrote the archive, Keras first.

    ``keras_version`` stands in a `.keras` file's metadata and in an HDF5 file's attributes (readers put either in
    `Archive.metadata`); so it does in the metadata of a SavedModel, where Keras wrote it, and TensorFlow alone is named
    where it did not. A record of kav's own names the release that the archive was migrated to, which is then the
    one whose conventions it follows. Nothing records the release of a library on Keras: see `inference`.
    """
    tensorflow = _release(archive.metadata.get("tensorflow_version"), "tensorflow")
    if tensorflow is not None and archive.config is None and "keras_version" not in archive.metadata:
        return (Provenance("tensorflow", tensorflow, because=("tensorflow_version in saved_model.pb",)),)
    pinned = _pinned(archive)
    known = pinned[0] if pinned else _recorded(archive)
    keras = known.release if known.library == "keras" else None
    found = (known, *pinned[1:])
    said = {each.library for each in found}
    return (*found, *(each for each in inferred(archive, keras) if each.library not in said))


def _pinned(archive: Archive) -> tuple[Provenance, ...]:
    """The releases that kav's record of a migration to a library names: Keras's first. None without such a record."""
    record = archive.metadata.get("kav")
    pins = record.get("pins") if isinstance(record, Mapping) else None
    found = [_release(pin) for pin in pins] if isinstance(pins, list) else []
    because = ("kav's record of the migration",)
    return tuple(Provenance(each.library, each, because=because) for each in found if each is not None)


def _recorded(archive: Archive) -> Provenance:
    record = archive.metadata.get("kav")
    if isinstance(record, Mapping):
        migrated = _release(record.get("to"))
        if migrated is not None:
            return Provenance(migrated.library, migrated, because=("kav's record of the migration",))
    for where, value in (
        ("metadata", archive.metadata.get("keras_version")),
        ("the model's config", _in_config(archive.config)),
    ):
        found = _release(value)
        if found is not None and found.major == 2 and _is_tf_keras(found, archive.config):
            because = (f"keras_version in {where}", "Keras 2 beyond 2.15 is the package tf_keras")
            return Provenance("tf_keras", Release("tf_keras", found.label), because=because)
        if found is not None:
            return Provenance(found.library, found, because=(f"keras_version in {where}",))
        if value is not None:
            return Provenance("keras", because=(f"keras_version in {where} is no version: {str(value)[:60]!r}",))
    return Provenance("keras", because=("the archive records no keras_version",))


def _is_tf_keras(release: Release, config: Any) -> bool:
    """Whether tf_keras wrote it, which records its own version as that of Keras.

    Keras 2 itself ended with 2.15.0. Of the numbers that both have, the modules in the config tell.
    """
    if "tf_keras" not in _catalog.libraries() or release.flavour or release.key.release < (2, 14):
        return False
    if release.label not in _catalog.read_schema("keras", "index.json")["releases"]:
        return release.label in _catalog.read_schema("tf_keras", "index.json")["releases"] or release.key.minor > 15
    modules = (node.module for node in objects(config, Location()))
    return any(module == "tf_keras" or module.startswith("tf_keras.") for module in modules if module)


def _in_config(config: Any) -> Any:
    return config.get("keras_version") if isinstance(config, dict) else None


def _release(value: Any, library: str = "keras") -> Release | None:
    return Release.parse(value, library=library) if isinstance(value, str) else None
