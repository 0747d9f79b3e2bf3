"""What changed in the weights: tensors are matched by the layer that owns them, wherever the file puts them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from kerasarchive.diffing.architecture import Architecture, Placed
from kerasarchive.diffing.owners import FLAT, LOOSE, Key, named, of_model, owners
from kerasarchive.model.change import Change
from kerasarchive.model.location import Location, in_hdf5
from kerasarchive.model.weights import Tensor, WeightStore, is_of_metrics, is_of_optimizer

CHUNK = 1 << 22


def weight_changes(model: Architecture, *, rtol: float, atol: float) -> list[Placed]:
    """Every change of a stored tensor, beside the changes of its layer; the optimizer's state in one."""
    a, b = model.a.archive.weights, model.b.archive.weights
    if a is None or b is None:
        return _all_or_nothing(a, b)
    comparison = Tensors(a, b, rtol, atol)
    end = (1 << 31, 1)
    state = [Placed(end, change) for change in comparison.state("optimizer", is_of_optimizer)]
    state += [Placed(end, change) for change in comparison.state("metrics", is_of_metrics)]
    if model.a.archive.config == model.b.archive.config and comparison.same_by_path():
        return state
    flat = not FLAT.isdisjoint((model.a.archive.format, model.b.archive.format))
    before = {_moved(key, model): (path, key) for key, path in owners(model.a, flat=flat).items()}
    after = owners(model.b, flat=flat)
    found = []
    for key in [*after, *(key for key in before if key not in after)]:
        old, key_a = before.get(key, (None, key))
        change = comparison.change(old, after.get(key))
        if change is None:
            continue
        titles = {named(side, k) for side, k, known in ((model.a, key_a, old), (model.b, key, after.get(key))) if known}
        if len(titles) == 1:
            change = replace(change, note=": ".join(filter(None, (titles.pop(), change.note))))
        found.append(Placed((*model.orders.get(key[0], (1 << 30,)), 1), change))
    return found + state


def _all_or_nothing(a: WeightStore | None, b: WeightStore | None) -> list[Placed]:
    if a is not None:
        return [Placed((1 << 31,), Change("-", Location(a.member), f"{len(a.tensors()):,} tensors", None, "weights"))]
    if b is not None:
        return [Placed((1 << 31,), Change("+", Location(b.member), None, f"{len(b.tensors()):,} tensors", "weights"))]
    return []


def _moved(key: Key, model: Architecture) -> Key:
    """The key of an older tensor in terms of the newer config; a layer that is gone keeps its own, marked."""
    path, rest = key
    for size in range(len(path), -1, -1):
        found = model.layers.get(path[:size])
        if found is not None and (found or not path):
            return (*found, *path[size:]), rest
    return (LOOSE if path == LOOSE else ("-", *path)), rest


class Tensors:
    """Compares the tensors of two stores."""

    def __init__(self, a: WeightStore, b: WeightStore, rtol: float, atol: float) -> None:
        self.a, self.b, self.rtol, self.atol = a, b, rtol, atol

    def same_by_path(self) -> bool:
        """Whether both stores hold the same model's tensors at the same places."""
        paths = of_model(self.a)
        return paths == of_model(self.b) and all(self.change(path, path) is None for path in paths)

    def change(self, old: str | None, new: str | None) -> Change | None:
        """What became of one variable; None if nothing did."""
        before = self.a.tensors()[old] if old is not None else None
        after = self.b.tensors()[new] if new is not None else None
        at_a, at_b = in_hdf5(self.a.member, old or ""), in_hdf5(self.b.member, new or "")
        if before is None and after is not None:
            return Change("+", at_b, None, kind(after))
        if after is None and before is not None:
            return Change("-", at_a, kind(before), None)
        assert before is not None
        assert after is not None
        counterpart = None if at_a == at_b else at_a
        if before.shape != after.shape or before.dtype != after.dtype:
            return Change("~", at_b, kind(before), kind(after), "", counterpart)
        count, largest = self.difference(before, after)
        if not count:
            return None
        total = 1
        for size in before.shape:
            total *= size
        note = f"{count:,} of {total:,} values differ" + ("" if largest is None else f", by {largest:.4g} at most")
        return Change("~", at_b, kind(before), kind(after), note, counterpart)

    def difference(self, before: Tensor, after: Tensor) -> tuple[int, float | None]:
        """(number of values that differ, the largest difference) of two tensors of one shape and dtype."""
        import numpy as np

        count, largest = 0, None
        for x, y in zip(self.a.chunks(before.path, CHUNK), self.b.chunks(after.path, CHUNK), strict=True):
            if x.shape == y.shape and x.tobytes() == y.tobytes():
                continue
            if x.shape != y.shape or x.dtype.kind not in "fiub":
                count += int(np.sum(x != y)) if x.shape == y.shape else max(x.size, y.size)
                continue
            wide = np.float64
            left, right = x.astype(wide), y.astype(wide)
            with np.errstate(all="ignore"):
                gap = np.abs(left - right)
                bound = self.atol + self.rtol * np.maximum(np.abs(left), np.abs(right))
                differs = ~((gap <= bound) | (left == right) | (np.isnan(left) & np.isnan(right)))
            if differs.any():
                count += int(differs.sum())
                finite = gap[differs & np.isfinite(gap)]
                if finite.size:
                    largest = max(largest or 0.0, float(finite.max()))
        return count, largest

    def state(self, name: str, belongs: Callable[[str], bool]) -> Iterator[Change]:
        """The state of the optimizer or the metrics as a whole."""
        before, after = (_under(store, belongs) for store in (self.a, self.b))
        if not before and not after:
            return
        at_a, at_b = (in_hdf5(s.member, _top(paths, name)) for s, paths in ((self.a, before), (self.b, after)))
        said = _variables(before), _variables(after)
        if not before:
            yield Change("+", at_b, None, said[1], f"state of the {name}")
        elif not after:
            yield Change("-", at_a, said[0], None, f"state of the {name}")
        else:
            note = f"state of the {name}"
            old, new = ([store.tensors()[p] for p in paths] for store, paths in ((self.a, before), (self.b, after)))
            if [(t.shape, t.dtype) for t in old] == [(t.shape, t.dtype) for t in new]:
                changed = sum(bool(self.difference(x, y)[0]) for x, y in zip(old, new, strict=True))
                if not changed:
                    return
                note += f": {changed:,} of {len(old):,} variables have other values"
            yield Change("~", at_b, *said, note, None if at_a == at_b else at_a)


def _under(store: WeightStore, belongs: Callable[[str], bool]) -> list[str]:
    paths = [path for path in store.tensors() if belongs(path)]
    return sorted(paths, key=lambda path: [(part.isdigit(), int(part) if part.isdigit() else 0, part)
                                           for part in path.split("/")])  # fmt: skip


def _top(paths: list[str], name: str) -> str:
    return paths[0].partition("/")[0] if paths else name


def _variables(paths: list[str]) -> str:
    return f"{len(paths):,} variables"


def kind(tensor: Tensor) -> str:
    """``float32 (3, 4)``."""
    return f"{tensor.dtype} {tensor.shape}"
