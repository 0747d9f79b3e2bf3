"""What changed in the model itself: layers, their arguments, and how they are connected."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from kerasarchive.diffing.alignment import Layer, align, layers_of
from kerasarchive.diffing.canonical import identity, is_object
from kerasarchive.diffing.side import Path, Side
from kerasarchive.diffing.values import Comparison, Pair
from kerasarchive.layout.shapes import Source, calls_of, sources_of
from kerasarchive.model.change import Change
from kerasarchive.model.location import Location

MAX_NESTING = 48
MAX_NAME = 100
Numbers = tuple[dict[str, int], dict[str, int]]
ENDS = ("input_layers", "output_layers")


@dataclass(frozen=True, slots=True)
class Placed:
    """A change and the layer that it belongs to, for its place among the others: indices from the outermost model."""

    order: tuple[int, ...]
    change: Change


@dataclass(slots=True)
class Models:
    """Two aligned models: their objects and paths. `order` is the newer one's place among the layers."""

    a: dict[str, Any]
    b: dict[str, Any]
    at_a: Path
    at_b: Path
    order: tuple[int, ...] = (0,)


@dataclass(slots=True)
class Architecture:
    """Compares the configs of two sides. `layers` are afterwards the aligned layers: older path -> newer path."""

    a: Side
    b: Side
    layers: dict[Path, Path] = field(default_factory=dict)
    orders: dict[Path, tuple[int, ...]] = field(default_factory=dict)

    def changes(self) -> Iterator[Placed]:
        """Every change, a model's own before its layers'."""
        a, b = self.a.archive, self.b.archive
        self.layers[()] = ()
        if not is_object(a.config) or not is_object(b.config):
            yield from (Placed((0,), change) for change in self.whole(a.config, b.config))
            return
        stack = [Models(a.config, b.config, (), ())]
        while stack:
            models = stack.pop()
            if len(models.order) > MAX_NESTING:
                continue
            inner: list[Models] = []
            yield from self.compare(models, inner)
            stack.extend(reversed(inner))

    def whole(self, a: Any, b: Any) -> Iterator[Change]:
        """Where at least one side has no model's config: weights alone, or something else."""
        roots = self.a.archive.config_at, self.b.archive.config_at
        if a is None and b is not None:
            yield Change("+", roots[1], None, _called(b), "the architecture")
        elif b is None and a is not None:
            yield Change("-", roots[0], _called(a), None, "the architecture")
        elif a is not None:
            yield from Comparison(self.a, self.b, roots).changes(Pair(a, b, (), ()))

    def compare(self, models: Models, inner: list[Models]) -> Iterator[Placed]:
        """One model: class and own arguments, then layer by layer. Nested models are added to `inner`."""
        here, a, b = models.order, models.a, models.b
        roots = self.a.archive.config_at, self.b.archive.config_at
        values = Comparison(self.a, self.b, roots)
        if identity(a) != identity(b):
            at_a, at_b = (*models.at_a, "class_name"), (*models.at_b, "class_name")
            yield Placed(here, values.change(Pair(identity(a), identity(b), at_a, at_b), _title(a, b)))
        left, right = layers_of(a), layers_of(b)
        own = {"layers", *ENDS} if left or right else set()
        pair = Pair(_without(a["config"], own), _without(b["config"], own),
                    (*models.at_a, "config"), (*models.at_b, "config"), "", "config",
                    (self.a.describe(a, "layer"), self.b.describe(b, "layer")), (models.at_a, models.at_b))  # fmt: skip
        yield from (Placed(here, change) for change in values.changes(pair, _title(a, b)))
        pairs = align(left, right)
        names = _numbers(pairs)
        below_a, below_b = _listed(a, models.at_a), _listed(b, models.at_b)
        last = -1
        for x, y in pairs:
            last = y.index if y is not None else last
            order = (*here, last)
            if x is None or y is None:
                yield Placed(order, _gone(x, y, roots, below_a, below_b))
                continue
            place_a, place_b = (*below_a, x.index), (*below_b, y.index)
            self.layers[place_a] = place_b
            self.orders[place_b] = order
            yield from (Placed(order, change) for change in self.layer(x, y, below_a, below_b, roots, names))
            if layers_of(x.data) or layers_of(y.data):
                inner.append(Models(x.data, y.data, (*below_a, x.index), (*below_b, y.index), order))
        yield from (Placed((*here, 1 << 30), change) for change in self.ends(a, b, models, roots, names, left, right))
        moved = [y.index for x, y in pairs if x is not None and y is not None]
        was = [x.index for x, y in pairs if x is not None and y is not None]
        if identity(b) == identity(a) == "Sequential" and sorted(was) != was and moved == sorted(moved):
            before, after = [x.name for x in left], [y.name for y in right]
            yield Placed(here, _changed(before, after, roots, (below_a, below_b), "the order of the layers"))

    def layer(
        self, x: Layer, y: Layer, below_a: Path, below_b: Path, roots: tuple[Location, Location], names: Numbers
    ) -> Iterator[Change]:
        """One layer: its name, its arguments unless it is a model, where its inputs come from."""
        at_a, at_b = (*below_a, x.index), (*below_b, y.index)
        if x.name != y.name:
            before, after = roots[0].at(*at_a), roots[1].at(*at_b)
            yield Change(">", before, str(before), str(after), f"{x.name[:MAX_NAME]} > {y.name[:MAX_NAME]}")
        if not (layers_of(x.data) or layers_of(y.data)):
            data_a, data_b = _nameless(x.data), _nameless(y.data)
            pair = Pair(data_a, data_b, at_a, at_b, "layer", "", (None, None), (at_a, at_b))
            yield from Comparison(self.a, self.b, roots).changes(pair, _title(x.data, y.data))
        calls_a, calls_b = calls_of(x.data), calls_of(y.data)
        if [_meant(c.sources, names[0]) for c in calls_a] != [_meant(c.sources, names[1]) for c in calls_b]:
            said = [_said(call.sources) for call in calls_a], [_said(call.sources) for call in calls_b]
            places = (*at_a, "inbound_nodes"), (*at_b, "inbound_nodes")
            yield _changed(*said, roots, places, _title(x.data, y.data))

    def ends(
        self, a: Any, b: Any, models: Models, roots: tuple[Location, Location], names: Numbers,
        left: tuple[Layer, ...], right: tuple[Layer, ...],
    ) -> Iterator[Change]:  # fmt: skip
        """A graph's inputs and outputs."""
        if not (left and right) or not (isinstance(a["config"], dict) and isinstance(b["config"], dict)):
            return
        for key in ENDS:
            if key not in a["config"] or key not in b["config"]:
                continue
            before, after = sources_of(a["config"][key]), sources_of(b["config"][key])
            if _meant(before, names[0]) != _meant(after, names[1]):
                places = (*models.at_a, "config", key), (*models.at_b, "config", key)
                yield _changed(_said(before), _said(after), roots, places, _title(a, b))


def _said(sources: tuple[Source, ...]) -> list[str]:
    """Tensors as people write them: ``dense``, or ``lstm[1]`` for another output than the first."""
    return [f"{s.layer}[{s.tensor}]" if s.tensor else s.layer for s in sources]


def _meant(sources: tuple[Source, ...], numbers: dict[str, int]) -> list[tuple[int | str, int]]:
    """Tensors by the number of the pair that their layer belongs to, so that names do not matter."""
    return [(numbers.get(s.layer, s.layer), s.tensor) for s in sources]


def _numbers(pairs: list[tuple[Layer | None, Layer | None]]) -> Numbers:
    """The number of its pair for each aligned layer of either side."""
    left: dict[str, int] = {}
    right: dict[str, int] = {}
    for number, (x, y) in enumerate(pairs):
        if x is not None and y is not None:
            left.setdefault(x.name, number)
            right.setdefault(y.name, number)
    return left, right


def _changed(before: Any, after: Any, roots: tuple[Location, Location], places: tuple[Path, Path], note: str) -> Change:
    place_a, place_b = roots[0].at(*places[0]), roots[1].at(*places[1])
    return Change("~", place_b, before, after, note, None if place_a == place_b else place_a)


def _gone(x: Layer | None, y: Layer | None, roots: tuple[Location, Location], below_a: Path, below_b: Path) -> Change:
    """A layer that only one of the two has."""
    if y is not None:
        return Change("+", roots[1].at(*below_b, y.index), None, y.kind, _called(y.data))
    assert x is not None
    return Change("-", roots[0].at(*below_a, x.index), x.kind, None, _called(x.data))


def _title(a: Any, b: Any) -> str:
    """The layer as people look for it, with both names if they differ."""
    x, y = _called(a), _called(b)
    return x if x == y else f"{x} > {y}"


def _called(data: Any) -> str:
    if not is_object(data):
        return type(data).__name__
    config = data.get("config")
    name = config.get("name") if isinstance(config, dict) else data.get("name")
    kind = identity(data)[:MAX_NAME]
    return f"{kind} {name[:MAX_NAME]!r}" if isinstance(name, str) else kind


def _listed(model: Any, at: Path) -> Path:
    return (*at, "config") if isinstance(model.get("config"), list) else (*at, "config", "layers")


def _without(config: Any, keys: set[str]) -> Any:
    if isinstance(config, list) and keys:
        return {}
    return {key: value for key, value in config.items() if key not in keys} if isinstance(config, dict) else config


def _nameless(data: dict[str, Any]) -> dict[str, Any]:
    """A layer without its name, which is told apart."""
    config = data.get("config")
    return {**data, "config": _without(config, {"name"})} if isinstance(config, dict) else data
