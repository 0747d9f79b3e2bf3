"""What the rules look at: every place of an archive's JSON, visited once, with locations made when they are needed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from kerasarchive.auditing._saved import sayings
from kerasarchive.auditing.symbols import Symbol, Symbols
from kerasarchive.layout import shapes
from kerasarchive.model.archive import Archive
from kerasarchive.model.config import MARKERS
from kerasarchive.model.finding import Skipped
from kerasarchive.model.location import Location, in_json

Flows = Mapping[tuple[str | int, ...], shapes.Flow]

_VALUES = MARKERS | {"TensorShape", "TypeSpec", "CompositeTensor", "__tuple__", "ListWrapper", "_DictWrapper"}
"""Values in Keras's serialization that have a ``class_name`` and are no objects."""
_FUNCTIONS = frozenset({"function", "output_shape", "mask"})
"""Where a Lambda layer keeps functions."""


@dataclass(slots=True, eq=False)  # not frozen: there may be a hundred thousand, and those take four times as long
class Site:
    """One dict of the JSON. `trail` leads back to the root: (the parent's trail, key in the parent)."""

    value: dict[str, Any]
    root: Location
    trail: tuple[Any, Any] | None
    depth: int
    class_name: str = ""
    """Its ``class_name``, empty if it has none."""

    @property
    def key(self) -> str | int:
        """The key or index under which it stands in its parent."""
        return self.trail[1] if self.trail else ""

    @property
    def location(self) -> Location:
        """Where it stands."""
        parts, trail = [], self.trail
        while trail is not None:
            trail, part = trail
            parts.append(part)
        return self.root.at(*reversed(parts)) if parts else self.root

    @property
    def config(self) -> Mapping[str, Any]:
        """Its ``config`` if that is a dict, else an empty one."""
        config = self.value.get("config")
        return config if isinstance(config, dict) else {}


class Evidence:
    """An archive as the rules see it. `allow` holds patterns of custom objects that are known to the user."""

    def __init__(
        self, archive: Archive, symbols: Symbols, allow: tuple[str, ...] = (), flows: Callable[[], Flows] | None = None
    ) -> None:
        self.archive = archive
        self._flows = flows
        self.symbols = symbols
        self.allow = allow
        self.gaps: list[Skipped] = []
        """What could not be read when `sites` were listed."""

    @cached_property
    def flows(self) -> Flows:
        """What flows through each layer, by its path in the config."""
        return shapes.infer(self.archive.config) if self._flows is None else self._flows()

    @property
    def roots(self) -> Iterator[tuple[Any, Location]]:
        """Every JSON document of the archive: the config with everything in it, the training config, the metadata."""
        yield self.archive.config, self.archive.config_at
        if self.archive.training is not None:
            yield self.archive.training, self.archive.training_at
        if self.archive.metadata:
            yield dict(self.archive.metadata), in_json("metadata.json")
        yield from sayings(self.archive, self.gaps)

    @cached_property
    def sites(self) -> tuple[Site, ...]:
        """Every dict, parents first, in document order."""
        found: list[Site] = []
        for document, root in self.roots:
            if not _opens(document):
                continue
            stack: list[tuple[Any, tuple[Any, Any] | None, int]] = [(document, None, 0)]
            while stack:
                value, trail, depth = stack.pop()
                if isinstance(value, dict):
                    name = value.get("class_name")
                    found.append(Site(value, root, trail, depth, name if isinstance(name, str) else ""))
                    stack.extend(
                        [
                            (item, (trail, key), depth + 1)
                            for key, item in reversed(value.items())
                            if item and (type(item) is dict or type(item) is list)
                        ]
                    )
                else:
                    last = len(value) - 1
                    stack.extend(
                        [
                            (item, (trail, last - back), depth + 1)
                            for back, item in enumerate(reversed(value))
                            if item and (type(item) is dict or type(item) is list)
                        ]
                    )
        return tuple(found)

    @cached_property
    def objects(self) -> tuple[tuple[Site, Symbol], ...]:
        """Every serialized object and function with what its name resolves to."""
        found = (
            named
            for site in self.sites
            if site.class_name and site.class_name not in _VALUES and ("config" in site.value or "module" in site.value)
            for named in (site, *_named_functions(site))
        )
        return tuple((site, self.symbols.resolve(site.value)) for site in found)

    def of_class(self, *names: str) -> Iterator[Site]:
        """The objects of these classes, under whatever module, alias or registered name they go."""
        for name in names:
            yield from self._by_class.get(name, ())

    @cached_property
    def _by_class(self) -> dict[str, list[Site]]:
        """The objects by the bare name of the class, as spelt and as resolved."""
        found: dict[str, list[Site]] = {}
        for site, symbol in self.objects:
            for name in {symbol.name.rpartition(".")[2], site.class_name.rpartition(">")[2]}:
                found.setdefault(name, []).append(site)
        return found


def _named_functions(site: Site) -> Iterator[Site]:
    """The functions that a Lambda of tf.keras names by module and name, as if they were serialized like others."""
    config = site.config
    if _FUNCTIONS.isdisjoint(config):
        return
    for key in ("function", "output_shape", "mask"):
        name, module = config.get(key), config.get("module" if key == "function" else f"{key}_module")
        if isinstance(name, str) and isinstance(module, str) and config.get(f"{key}_type") in ("function", "raw"):
            value = {"class_name": "function", "module": module, "config": name, "registered_name": name}
            yield Site(value, site.root, ((site.trail, "config"), key), site.depth + 2, "function")


def _opens(value: Any) -> bool:
    return isinstance(value, (dict, list)) and bool(value)
