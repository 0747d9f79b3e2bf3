"""Sharded weights of Keras 3: a `.weights.json` that maps weight groups to `.weights.h5` files beside it."""

from __future__ import annotations

from pathlib import Path

from kerasarchive.formats.config_json import looks_like_json
from kerasarchive.formats.format import Format, Source
from kerasarchive.formats.hdf5.shards import ShardedStore
from kerasarchive.model.archive import Archive


def recognise(source: Source) -> bool:
    """A JSON object with a ``weight_map``."""
    return looks_like_json(source) and b'"weight_map"' in source.head.replace(b"\0", b"")


def read(source: Source) -> Archive:
    """The archive, which has no config. The shards are opened when a tensor is asked for."""
    store = ShardedStore(Path(source.path), "", source.limits)
    source.closers.append(store.close)
    return Archive(path=source.path, format=FORMAT.name, weights=store, findings=(), closers=(source.close,))


FORMAT = Format("weights-json", "sharded Keras weights (.weights.json)", recognise, read, precedence=60)
