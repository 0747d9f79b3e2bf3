"""What two archives of the same model, one of each release, show of the change between these: keys, classes, weights."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from typing import Any

from kerasarchive.layout.parts import snake_case
from kerasarchive.migration.proposal import Proposal
from kerasarchive.model.archive import Archive
from kerasarchive.model.weights import WeightStore, is_of_model

Pair = tuple[dict[str, Any], dict[str, Any]]
LARGEST = 1 << 27
"""Bytes of a tensor that is still compared by value; a larger one by shape."""


def from_archives(old: Archive, new: Archive) -> tuple[tuple[Proposal, ...], tuple[str, ...]]:
    """(proposals, weight moves as lines) of two archives whose objects stand in the same places."""
    pairs = list(_pairs(old.config, new.config))
    found = [proposal for before, after in pairs for proposal in _of_pair(before, after)]
    moves = list(_moves(old.weights, new.weights))
    owners = {snake_case(before["class_name"]): key(before) for before, _ in pairs}
    renamed = (_part(a, b, owners) for a, b, same in moves if same)
    found += [each for each in renamed if each is not None]
    told = tuple(f"{a} -> {b}" + ("" if same else "  TODO: the same shape, no more") for a, b, same in moves)
    return tuple(dict.fromkeys(_told_once(found))), told


def key(value: Mapping[str, Any]) -> str:
    """What a migration calls the class of a serialized object."""
    registered, module = value.get("registered_name"), value.get("module")
    if isinstance(registered, str) and ">" in registered:
        return registered
    return f"{module}.{value['class_name']}" if module else str(value["class_name"])


def _told_once(found: list[Proposal]) -> Iterator[Proposal]:
    seen: set[tuple[str, tuple[str, str]]] = set()
    for each in found:
        if (each.kind, each.about) not in seen:
            seen.add((each.kind, each.about))
            yield each


def _pairs(old: Any, new: Any) -> Iterator[Pair]:
    """Objects in the same place of two configs; keys that were renamed are followed where the values say so."""
    stack: list[tuple[Any, Any]] = [(old, new)]
    while stack:
        before, after = stack.pop()
        if isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
            stack += reversed(list(zip(before, after, strict=True)))
        elif isinstance(before, dict) and isinstance(after, dict):
            if _is_object(before) and _is_object(after):
                yield before, after
                before, after = before["config"], after["config"]
            renamed = _renamed(before, after)
            names = [(name, name if name in after else renamed.get(name)) for name in before]
            stack += reversed([(before[name], after[other]) for name, other in names if other is not None])


def _is_object(value: Mapping[str, Any]) -> bool:
    return isinstance(value.get("class_name"), str) and isinstance(value.get("config"), dict)


def _renamed(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, str]:
    """Key that went -> the one that came with the same value, where there is one such pair."""
    gone = {name: _text(before[name]) for name in before if name not in after}
    come = {name: _text(after[name]) for name in after if name not in before}
    found = {}
    for name, text in gone.items():
        same = [other for other, value in come.items() if value == text]
        if len(same) == 1 and list(gone.values()).count(text) == 1:
            found[name] = same[0]
    return found


def _text(value: Any) -> str:
    """A value as it compares: objects by their class, since what is in them may have changed as well."""
    if isinstance(value, dict) and _is_object(value):
        return f"object {value['class_name']}"
    return json.dumps(value, sort_keys=True, default=str)


def _of_pair(before: dict[str, Any], after: dict[str, Any]) -> Iterator[Proposal]:
    cls, now = key(before), key(after)
    if cls != now:
        kind = "MoveModule" if before["class_name"] == after["class_name"] else "RenameClass"
        yield Proposal(kind, cls, cls, now, because="it stands in the same place in the two archives")
    was, is_ = before["config"], after["config"]
    renamed = _renamed(was, is_)
    for name in was:
        if name in renamed:
            because = f"both are {_text(was[name])[:50]} in the two archives"
            yield Proposal("RenameKey", cls, name, renamed[name], because=because)
        elif name not in is_:
            value = was[name] if not isinstance(was[name], (dict, list)) else None
            yield Proposal("RemoveKey", cls, name, value=value, because="only the first archive has it", sure=False)
    for name in is_:
        if name not in was and name not in renamed.values():
            because = f"only the second archive has it, as {_text(is_[name])[:50]}"
            yield Proposal("AddKey", cls, name, because=because, sure=False)


def _moves(old: WeightStore | None, new: WeightStore | None) -> Iterator[tuple[str, str, bool]]:
    """(path, path, whether the values are the same) of what lies in one of two stores alone."""
    if old is None or new is None:
        return
    gone = {path: _print(old, path) for path in old.tensors() if is_of_model(path) and path not in new.tensors()}
    come = {path: _print(new, path) for path in new.tensors() if is_of_model(path) and path not in old.tensors()}
    for same in (True, False):
        for path in list(gone):
            alike = [other for other in come if come[other][: 1 + same] == gone[path][: 1 + same]]
            if len(alike) == 1 and sum(each[: 1 + same] == gone[path][: 1 + same] for each in gone.values()) == 1:
                yield path, alike[0], same
                del gone[path], come[alike[0]]


def _print(store: WeightStore, path: str) -> tuple[tuple[int, ...], str]:
    """The shape, and a digest of the values; an empty one for what is too large to compare."""
    tensor = store.tensors()[path]
    shape = tuple(tensor.shape)
    size = 8
    for extent in shape:
        size *= max(extent, 1)
    return shape, hashlib.sha256(store.read(path).tobytes()).hexdigest() if size <= LARGEST else ""


def _part(old: str, new: str, owners: Mapping[str, str]) -> Proposal | None:
    """The part that was renamed, where a single name in the path differs and its owner can be told."""
    was, now = old.split("/"), new.split("/")
    differ = [index for index, (a, b) in enumerate(zip(was, now, strict=False)) if a != b]
    if len(was) != len(now) or len(differ) != 1 or not differ[0]:
        return None
    owner, _, number = was[differ[0] - 1].rpartition("_")
    cls = owners.get(was[differ[0] - 1]) or (owners.get(owner) if number.isdigit() else None)
    if cls is None:
        return None
    because = "its weights have the same values"
    return Proposal("RenameAttribute", cls, was[differ[0]], now[differ[0]], because=because)
