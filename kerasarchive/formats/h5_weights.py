"""The weights-only HDF5 file of Keras 1 and 2: a group per layer, listed in ``layer_names``."""

from __future__ import annotations

from kerasarchive.formats.format import Format, Source
from kerasarchive.formats.legacy import judge_file, metadata
from kerasarchive.model.archive import Archive

MARKS = frozenset({"layer_names", "layer_names0", "nb_layers"})


def recognise(source: Source) -> bool:
    """HDF5 whose root, or ``model_weights`` in it, lists layers."""
    store = source.hdf5
    if store is None:
        return False
    if MARKS & store.attributes().keys():
        return True
    return "model_weights" in store.top() and bool(MARKS & store.attributes("model_weights").keys())


def read(source: Source) -> Archive:
    """The archive, which has no config."""
    store = source.hdf5
    assert store is not None
    findings = judge_file(source, (".h5", ".hdf5", ".weights.h5"))
    return Archive(
        path=source.path, format=FORMAT.name, metadata=metadata(store.attributes()), weights=store,
        findings=tuple(findings), closers=(source.close,),
    )  # fmt: skip


FORMAT = Format("h5-weights", "weights-only HDF5 of Keras 1 and 2 (.h5)", recognise, read, precedence=30)
