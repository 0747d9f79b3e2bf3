"""What a plan for a library's archive must not lose: tensors that no object claims, and slots that no longer fit."""

from __future__ import annotations

from collections.abc import Iterator

from kerasarchive.layout.lay import Laid, order
from kerasarchive.migration.operations.operation import Log
from kerasarchive.model.archive import Archive
from kerasarchive.model.location import in_hdf5
from kerasarchive.model.objects import Object
from kerasarchive.model.report import Refusal
from kerasarchive.model.weights import is_of_model

WITH_THE_LAYOUT = (
    "the release lays the model's variables out anew, and the optimizer's state does not follow: it is left behind"
)


def lost(archive: Archive, laid: Laid, log: Log) -> Iterator[Refusal]:
    """A refusal for stored weights of the model that the planned archive does not hold, and that no step gave up."""
    if archive.weights is None:
        return
    kept = {path for source in laid.weights.tensors.values() for path in source.paths}
    for path in archive.weights.tensors():
        if is_of_model(path) and path not in kept and path not in log.dropped:
            reason = "no step says what becomes of this weight"
            yield Refusal(in_hdf5(archive.weights.member, path), reason, "report the file")
            return


def has_slots(root: Object) -> bool:
    """Whether the optimizer has taken a step."""
    return root.optimizer is not None and root.optimizer.has_variables


def same_variables(before: Object, after: Object) -> bool:
    """Whether the model has the very same variables as before, none of them in another form."""
    old, new = order(before), order(after)
    return {each.path for each in old} == {each.path for each in new} and all(each.transform is None for each in new)
