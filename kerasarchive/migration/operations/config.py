"""Operations on the keys of a config. Each is idempotent: a config that has the new form is left alone."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from kerasarchive.migration.operations.operation import Log, Refuse, first_line, keys, listed
from kerasarchive.model.objects import Object

ANY = object()
"""Whatever stands there. A `RemoveKey` drops it: the key never had a meaning for what the model computes."""

Rewrite = Callable[[dict[str, Any]], dict[str, Any]]


@dataclass(frozen=True, slots=True)
class AddKey:
    """The release introduced `key`: nothing to do upwards; downwards it is dropped at its default, else refused."""

    cls: str | tuple[str, ...]
    key: str
    default: Any

    @property
    def classes(self) -> frozenset[str]:
        """The classes that got the key."""
        return keys(self.cls)

    @property
    def summary(self) -> str:
        """In a line."""
        return f"{listed(self.classes)}: `{self.key}` is new, {_shown(self.default)} by default"

    def apply(self, obj: Object, log: Log) -> Object:
        """Nothing: the constructor's default holds."""
        return obj

    def reverse(self) -> RemoveKey:
        """Drop it."""
        return RemoveKey(self.cls, self.key, self.default)


@dataclass(frozen=True, slots=True)
class RemoveKey:
    """The release no longer takes `key`: dropped where it holds `default` (or one of `also`), else refused."""

    cls: str | tuple[str, ...]
    key: str
    default: Any = ANY
    also: tuple[Any, ...] = ()
    consequence: str = "fails"
    advice: str = ""

    @property
    def classes(self) -> frozenset[str]:
        """The classes that lost the key."""
        return keys(self.cls)

    @property
    def summary(self) -> str:
        """In a line."""
        return f"{listed(self.classes)}: `{self.key}` is gone"

    def apply(self, obj: Object, log: Log) -> Object:
        """Drop the key."""
        if not isinstance(obj.config, Mapping) or self.key not in obj.config:
            return obj
        value = obj.config[self.key]
        if self.default is not ANY and not any(_same(value, allowed) for allowed in (self.default, *self.also)):
            reason = f"`{self.key}` is {_shown(value)}, which {listed(self.classes)} can no longer express"
            raise Refuse(reason, self.advice)
        log.did(obj, f"`{self.key}` ({_shown(value)}) is no longer an argument", self.consequence, argument=self.key)
        return obj.with_config({key: item for key, item in obj.config.items() if key != self.key})

    def reverse(self) -> AddKey:
        """The older release fills in its default."""
        return AddKey(self.cls, self.key, self.default)


@dataclass(frozen=True, slots=True)
class RenameKey:
    """The release spells `old` as `new`, with the same meaning."""

    cls: str | tuple[str, ...]
    old: str
    new: str
    consequence: str = "fails"

    @property
    def classes(self) -> frozenset[str]:
        """The classes that changed the spelling."""
        return keys(self.cls)

    @property
    def summary(self) -> str:
        """In a line."""
        return f"{listed(self.classes)}: `{self.old}` is spelled `{self.new}`"

    def apply(self, obj: Object, log: Log) -> Object:
        """Rename the key in its place."""
        if not isinstance(obj.config, Mapping) or self.old not in obj.config:
            return obj
        if self.new in obj.config:
            reason = f"both `{self.old}` and `{self.new}` are given"
            raise Refuse(reason)
        log.did(obj, f"`{self.old}` is spelled `{self.new}`", self.consequence)
        return obj.with_config({self.new if key == self.old else key: item for key, item in obj.config.items()})

    def reverse(self) -> RenameKey:
        """The other way round."""
        return RenameKey(self.cls, self.new, self.old, self.consequence)


@dataclass(frozen=True, slots=True)
class RewriteConfig:
    """A pure function from the old config to the new one, for what no key-wise operation expresses.

    `rewrite` gets a dict that it must not change and gives another; the same dict means nothing to do. It may raise
    `Refuse`. `back` undoes it, where anything can.
    """

    cls: str | tuple[str, ...]
    rewrite: Rewrite
    consequence: str = "fails"
    back: Rewrite | None = None

    @property
    def classes(self) -> frozenset[str]:
        """The classes whose config is rewritten."""
        return keys(self.cls)

    @property
    def summary(self) -> str:
        """In a line: the first line of the function's docstring."""
        return f"{listed(self.classes)}: {first_line(self.rewrite)}"

    def apply(self, obj: Object, log: Log) -> Object:
        """Rewrite the config."""
        if not isinstance(obj.config, Mapping):
            return obj
        new = self.rewrite(dict(obj.config))
        if new == obj.config:
            return obj
        log.did(obj, first_line(self.rewrite), self.consequence)
        return obj.with_config(new)

    def reverse(self) -> RewriteConfig | None:
        """The function back, if there is one."""
        return None if self.back is None else RewriteConfig(self.cls, self.back, self.consequence, self.rewrite)


@dataclass(frozen=True, slots=True)
class PinDefault:
    """The release changed a constructor's default that archives did not store: the old one is written out.

    With `new`, the release's own default, the way back writes that out; without it there is none.
    """

    cls: str | tuple[str, ...]
    key: str
    old: Any
    new: Any = ANY
    consequence: str = "differs"

    @property
    def classes(self) -> frozenset[str]:
        """The classes whose default changed."""
        return keys(self.cls)

    @property
    def summary(self) -> str:
        """In a line."""
        return (
            f"{listed(self.classes)}: the default of `{self.key}` changed; the old one, {_shown(self.old)}, is pinned"
        )

    def apply(self, obj: Object, log: Log) -> Object:
        """Write the old default where nothing stands."""
        if not isinstance(obj.config, Mapping) or self.key in obj.config:
            return obj
        log.did(obj, f"the default of `{self.key}` was {_shown(self.old)}", self.consequence)
        return obj.with_config({**obj.config, self.key: self.old})

    def reverse(self) -> PinDefault | None:
        """What the newer release takes where nothing stands is written out for the older."""
        return None if self.new is ANY else PinDefault(self.cls, self.key, self.new, self.old, self.consequence)


def _shown(value: Any) -> str:
    return f"{value!r}" if isinstance(value, Object) else json.dumps(value, default=str)[:60]


def _same(value: Any, other: Any) -> bool:
    return type(value) is type(other) and bool(value == other)
