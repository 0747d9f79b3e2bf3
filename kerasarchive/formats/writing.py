"""`formats.write` and `formats.publish`: an archive with parts of it replaced, everything else copied byte for byte."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kerasarchive.errors import KavError
from kerasarchive.model.archive import Archive
from kerasarchive.model.weights import WeightPlan

if TYPE_CHECKING:
    from kerasarchive.formats.sharding import Shards


def write(
    archive: Archive,
    out: str | os.PathLike[str],
    *,
    config: Any = None,
    metadata: Mapping[str, Any] | None = None,
    weights: WeightPlan | None = None,
    assets: Mapping[str, str] | None = None,
    training: Any = None,
    format: str = "keras-zip",
    shards: Shards | None = None,
) -> None:
    """Write `archive` to exactly `out` with the given parts replaced; what is None stays as it is.

    `assets` maps a member's name to its new one; `training` is the training_config of a legacy HDF5 file; `shards` says
    how weights are split for a `.weights.json`, of which a folder is made. The same input gives the
    same bytes. Raises KavError if that format cannot be written or needs what the archive does not have.
    """
    from kerasarchive.formats.output import WRITERS, Parts

    if format not in WRITERS:
        msg = f"kav does not write the format {format}"
        raise KavError(msg, hint=f"it writes {', '.join(WRITERS)}")
    WRITERS[format](Parts(archive, config, metadata, weights, assets, training, shards), Path(out))


def temporary(out: str | os.PathLike[str]) -> Path:
    """A fresh path beside `out`, on the same file system, for `write`; give it to `publish`, or remove it."""
    import secrets  # as shutil below, half a command's start-up

    target = Path(out)
    return target.with_name(f".{target.name}.{secrets.token_hex(4)}.kav")


def publish(temp: str | os.PathLike[str], out: str | os.PathLike[str]) -> None:
    """Make `temp` appear at `out` in one step, on the disk for good: fsync, rename, fsync of the folder."""
    source, target = Path(temp), Path(out)
    if source.is_dir() and (source / target.name).is_file():
        # Shards and their map: the map comes last, so that it never names what is not there.
        files = sorted(source.iterdir(), key=lambda file: file.name == target.name)
        for file in files:
            _sync(file)
            file.replace(target.with_name(file.name))
        source.rmdir()
    elif source.is_dir():
        for folder, _, names in os.walk(source):
            for name in names:
                _sync(Path(folder, name))
            _sync(Path(folder))
        if target.is_dir():
            # A folder cannot be replaced in one step everywhere: the old one steps aside and goes last.
            aside = temporary(target)
            target.rename(aside)
            source.rename(target)
            import shutil

            shutil.rmtree(aside)
        else:
            source.replace(target)
    else:
        _sync(source)
        source.replace(target)
    _sync(target.absolute().parent)


def _sync(path: Path) -> None:
    with suppress(PermissionError):  # Windows opens no folders
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
