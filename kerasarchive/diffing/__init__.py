"""What changed from one archive to another, for people: noise of spelling and of release is no change.

Changes come grouped: metadata, the model and its layers in the newer one's order (arguments, connections, weights of
each), assets, training set-up and state. A ``~`` stands at its place in the newer archive, with `counterpart` where the
older one has it elsewhere; ``+`` where it is, ``-`` where it was; ``>`` is a layer under another name.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from fnmatch import fnmatchcase

from kerasarchive.diffing.architecture import Architecture, Placed
from kerasarchive.diffing.compiled import training_changes
from kerasarchive.diffing.side import Side
from kerasarchive.diffing.stored import asset_changes, metadata_changes
from kerasarchive.diffing.weights import weight_changes
from kerasarchive.model.archive import Archive
from kerasarchive.model.change import Change

__all__ = ["diff"]

FIRST, LAST = (-1,), (1 << 31,)


def diff(
    a: Archive, b: Archive, *, weights: bool = True, rtol: float = 0.0, atol: float = 0.0, ignore: Sequence[str] = ()
) -> tuple[Change, ...]:
    """Every change from `a` to `b`. ``diff(x, x)`` is empty, and mirrored changes are those of ``diff(b, a)``.

    A weight counts as changed where ``|new - old| > atol + rtol * max(|new|, |old|)``; NaN equals NaN. Tensors are read
    in pieces. `ignore` are shell patterns for places: one that matches either place of a change drops it.
    """
    old, new = Side(a), Side(b)
    model = Architecture(old, new)
    placed = list(model.changes())
    placed += [Placed(FIRST, change) for change in metadata_changes(a, b)]
    placed += [Placed(LAST, change) for change in asset_changes(a, b)]
    placed += [Placed((*LAST, 0), change) for change in training_changes(old, new)]
    if weights:
        placed += weight_changes(model, rtol=rtol, atol=atol)
    placed.sort(key=lambda item: item.order)
    return tuple(_kept((item.change for item in placed), ignore))


def _kept(changes: Iterable[Change], ignore: Sequence[str]) -> Iterator[Change]:
    for change in changes:
        places = [str(place) for place in (change.location, change.counterpart) if place is not None]
        if not any(fnmatchcase(place, pattern) for place in places for pattern in ignore):
            yield change
