"""The `.weights.h5` of Keras 3 and of tf.keras since 2.12: the weight tree alone, variables in ``vars`` groups."""

from __future__ import annotations

from kerasarchive.formats.format import Format, Source
from kerasarchive.formats.legacy import judge_file
from kerasarchive.model.archive import Archive

TOPS = frozenset({"layers", "_layer_checkpoint_dependencies", "optimizer", "vars"})


def recognise(source: Source) -> bool:
    """HDF5 with a group named ``vars`` somewhere; an empty file is one if its name says so."""
    store = source.hdf5
    if store is None:
        return False
    top = store.top()
    if TOPS & set(top):
        return True
    if not top:
        return source.suffix == ".weights.h5"
    return any(group == "vars" or group.endswith("/vars") for group in store.groups())


def read(source: Source) -> Archive:
    """The archive, which has no config."""
    findings = judge_file(source, (".weights.h5", ".h5", ".hdf5"))
    return Archive(
        path=source.path, format=FORMAT.name, weights=source.hdf5, findings=tuple(findings), closers=(source.close,)
    )


FORMAT = Format("weights-h5", "Keras weights (.weights.h5)", recognise, read, precedence=40)
