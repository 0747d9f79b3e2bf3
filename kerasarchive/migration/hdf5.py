"""The last leg to a whole-model HDF5 file: what of a planned `.keras` it can hold, and how.

Keras 3 never restores an optimizer's state from such a file: it builds the optimizer for the model's own variables,
of which a Sequential or Functional has none, and refuses to train it afterwards
(``load_model_from_hdf5`` in ``keras/src/legacy/saving/legacy_h5_format.py``). So the file is written without it.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from kerasarchive.layout.dialect import dialect
from kerasarchive.layout.enlist import enlist
from kerasarchive.layout.hdf5 import model_config, training_config
from kerasarchive.layout.lay import Laid
from kerasarchive.layout.lower import Lowered
from kerasarchive.migration.operations.operation import Log
from kerasarchive.model.archive import Archive
from kerasarchive.model.objects import Object
from kerasarchive.model.report import Refusal
from kerasarchive.model.weights import WeightPlan, WeightStore, is_of_optimizer
from kerasarchive.schema import ReleaseSchema

H5_MODEL = "h5-model"
COUNTER = "optimizer/vars/0"
"""The number of steps that an optimizer of Keras 3 has taken."""


class Hdf5Plan(NamedTuple):
    """The parts of a whole-model HDF5 file."""

    config: dict[str, Any]
    training: dict[str, Any] | None
    weights: WeightPlan


def as_hdf5(root: Object, lowered: Lowered, laid: Laid, archive: Archive, schema: ReleaseSchema, log: Log) -> Hdf5Plan:
    """What is planned as a `.keras`, as an HDF5 file. Raises MigrationError where that holds less."""
    if _steps_taken(laid, archive.weights):
        reason = "Keras 3 does not restore an optimizer's state from an HDF5 file, and cannot train on from one that has it"
        advice = "name the output .keras, or leave the state behind: --drop-training-state"
        optimizer = root.optimizer or root
        log.refusals.append(Refusal(optimizer.at, f"{optimizer.title}: {reason}", advice, str(schema.release)))
    target = schema.release
    spelled = dialect(target)
    found = enlist(root, laid, archive.weights, spelled, release=target.version, defaults=lambda layer: _defaults(schema, layer))
    for layer in found.reseeded:
        message = "the state of its random numbers is not held by an HDF5 file: they start from its seed"
        log.announce(layer, "training_semantics", message)
    compiled = lowered.config.get("compile_config")
    return Hdf5Plan(model_config(lowered, archive.config_at), training_config(compiled), found.weights)


def _defaults(schema: ReleaseSchema, layer: Object) -> Any:
    cls = schema.get(layer.key)
    return cls.defaults if cls is not None else {}


def _steps_taken(laid: Laid, store: WeightStore | None) -> bool:
    """Whether the optimizer has state to lose: one that never took a step has none."""
    if not any(map(is_of_optimizer, laid.weights.tensors)):
        return False
    counter = laid.weights.tensors.get(COUNTER)
    if counter is None or counter.shape not in ((), (1,)):
        return True
    if counter.path is None:
        return bool(counter.value)
    assert store is not None
    return bool(store.read(counter.path).reshape(-1)[0])
