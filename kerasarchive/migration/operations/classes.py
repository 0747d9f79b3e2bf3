"""Operations on what a class is called and where it lives. Weight paths follow from the new names by themselves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from kerasarchive.migration.operations.operation import Log, keys, listed
from kerasarchive.model.objects import Object


def split(key: str) -> tuple[str | None, str, str | None]:
    """(module, class name, registered name) that a key stands for: ``keras.layers.Dense`` or ``pkg>Class``."""
    if ">" in key:
        return None, key.rpartition(">")[2], key
    module, _, class_name = key.rpartition(".")
    return module or None, class_name, None


def _called(obj: Object, key: str) -> Object:
    module, class_name, registered = split(key)
    if registered is None and obj.registered_name == obj.class_name:
        registered = class_name
    return replace(obj, module=module, class_name=class_name, registered_name=registered)


@dataclass(frozen=True, slots=True)
class RenameClass:
    """The release renamed a class, two-way: the older releases do not know the new name. `old` and `new` are keys."""

    old: str
    new: str
    consequence: str = "fails"

    @property
    def classes(self) -> frozenset[str]:
        """The class under its old name."""
        return keys(self.old)

    @property
    def summary(self) -> str:
        """In a line."""
        return f"{self.old} is called {self.new}"

    def apply(self, obj: Object, log: Log) -> Object:
        """Call it by the new name."""
        log.did(obj, self.summary, self.consequence, argument="class")
        return _called(obj, self.new)

    def reverse(self) -> RenameClass:
        """The other way round."""
        return type(self)(self.new, self.old, self.consequence)


@dataclass(frozen=True, slots=True)
class MoveModule(RenameClass):
    """The release moved a class; its name stays (``keras.src.engine.functional.Functional``)."""

    @property
    def summary(self) -> str:
        """In a line."""
        return f"{self.old} moved to {self.new}"


@dataclass(frozen=True, slots=True)
class ReplaceClass:
    """The release dropped a class that another, existing one expresses exactly. One-way: the way back would capture
    that class's own objects. `rewrite`, a pure function on the config, says how; it may raise `Refuse`."""

    old: str
    new: str
    rewrite: Callable[[dict[str, Any]], dict[str, Any]] | None = None
    consequence: str = "fails"

    @property
    def classes(self) -> frozenset[str]:
        """The class that is gone."""
        return keys(self.old)

    @property
    def summary(self) -> str:
        """In a line."""
        return f"{listed(self.classes)} is gone; {self.new} expresses it"

    def apply(self, obj: Object, log: Log) -> Object:
        """Put the other class in its place."""
        config = self.rewrite(dict(obj.config)) if self.rewrite else obj.config
        log.did(obj, f"{self.old} is gone; {self.new} expresses it", self.consequence)
        return _called(obj.with_config(config), self.new)

    def reverse(self) -> None:
        """Nothing can."""
