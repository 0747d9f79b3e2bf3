"""What changed in how the model was compiled."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from kerasarchive.diffing.side import Side
from kerasarchive.diffing.values import ABSENT, Comparison, Pair
from kerasarchive.model.change import Change


def training_changes(a: Side, b: Side) -> Iterator[Change]:
    """Key by key; nothing if neither was compiled. An empty compile_config is none."""
    before, after = a.archive.compile_config or None, b.archive.compile_config or None
    if before is None and after is None:
        return
    roots = a.archive.compile_at, b.archive.compile_at
    pair = Pair(_spelled(before), _spelled(after), (), (), "", "compile_config")
    yield from Comparison(a, b, roots).changes(pair, "training set-up")


def _spelled(compiled: Any) -> Any:
    return ABSENT if compiled is None else compiled
