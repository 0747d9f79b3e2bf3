"""The raw structural difference of two JSON values, and its application: what a plan changes, to the letter."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator
from typing import Any

from kerasarchive.model.change import Change
from kerasarchive.model.location import Location


def changes(before: Any, after: Any, at: Location) -> Iterator[Change]:
    """Every difference, at the innermost place that both values have. Lists of different length change as a whole."""
    stack = [(before, after, at)]
    while stack:
        old, new, place = stack.pop()
        if isinstance(old, dict) and isinstance(new, dict):
            for key in old:
                if key not in new:
                    yield Change("-", place / key, before=old[key])
            for key in new:
                if key not in old:
                    yield Change("+", place / key, after=new[key])
            stack.extend((old[key], new[key], place / key) for key in reversed(list(old)) if key in new)
        elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
            stack.extend((old[i], new[i], place / i) for i in range(len(old) - 1, -1, -1))
        elif not _same(old, new):
            yield Change("~", place, before=old, after=new)


def _same(old: Any, new: Any) -> bool:
    if isinstance(old, float) and isinstance(new, float) and old != old and new != new:
        return True
    return type(old) is type(new) and bool(old == new)


def apply(value: Any, changes: Iterable[Change], at: Location) -> Any:
    """A copy of `value`, which stands at `at`, with the changes made."""
    result = copy.deepcopy(value)
    for change in changes:
        *path, last = change.location.parts[len(at.parts) :] or (None,)
        if last is None:
            result = copy.deepcopy(change.after)
            continue
        place = result
        for part in path:
            place = place[part]
        if change.kind == "-":
            del place[last]
        else:
            place[last] = copy.deepcopy(change.after)
    return result
