"""The whole-model HDF5 file of Keras 1 to 3: architecture and training set-up as attributes, weights as groups."""

from __future__ import annotations

from kerasarchive.formats.document import misplaced
from kerasarchive.formats.format import Format, Source
from kerasarchive.formats.legacy import json_attribute, judge_file, metadata
from kerasarchive.model.archive import Archive
from kerasarchive.model.location import in_json


def recognise(source: Source) -> bool:
    """HDF5 with ``model_config`` among the attributes of its root."""
    return source.hdf5 is not None and "model_config" in source.hdf5.attributes()


def read(source: Source) -> Archive:
    """The archive; a config that cannot be parsed is a Finding and None."""
    store = source.hdf5
    assert store is not None
    attributes = store.attributes()
    findings = judge_file(source, (".h5", ".hdf5"))
    config = json_attribute(attributes, "model_config", source, findings)
    training = json_attribute(attributes, "training_config", source, findings)
    at = in_json("@model_config")
    findings.extend(misplaced(config, [each for each in findings if each.location == at], at, is_config=True))
    facts = metadata(attributes)
    if "model_weights" in store.top():
        facts = metadata(store.attributes("model_weights")) | facts
    record = json_attribute(attributes, "kav", source, findings)
    if isinstance(record, dict):
        facts["kav"] = record
    return Archive(
        path=source.path, format=FORMAT.name, metadata=facts, config=config, config_at=in_json("@model_config"),
        training=training, training_at=in_json("@training_config"), weights=store,
        findings=tuple(findings), closers=(source.close,),
    )  # fmt: skip


FORMAT = Format("h5-model", "whole-model HDF5 (.h5)", recognise, read, precedence=20)
