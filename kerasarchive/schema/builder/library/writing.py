"""Which keys an object's `get_config` writes."""

from __future__ import annotations

from dataclasses import dataclass

from kerasarchive.schema.builder.classes import SourceClass
from kerasarchive.schema.builder.library.attributes import from_class
from kerasarchive.schema.builder.library.calling import call
from kerasarchive.schema.builder.library.rebuilding import Rebuilt
from kerasarchive.schema.builder.library.run import TooLong
from kerasarchive.schema.builder.library.values import Bound, FunctionValue, Instance, KerasMethod, Record, Refused
from kerasarchive.schema.builder.library.world import World
from kerasarchive.schema.builder.serialization import Written, read_written


@dataclass(frozen=True, slots=True)
class Keys:
    """What is written: all of `keys`, those in `sometimes` not always; `more` if the source computes further ones."""

    keys: tuple[str, ...] = ()
    sometimes: frozenset[str] = frozenset()
    more: bool = False
    passed: bool = False
    """Whether Keras writes by itself whatever the constructor was given, and no more."""


def written(world: World, cls: SourceClass, rebuilt: Rebuilt, accepted: tuple[str, ...]) -> Keys:
    """The keys of the config that the rebuilt object writes. `accepted` are the arguments that its class takes."""
    made, run = rebuilt.made, rebuilt.run
    if not isinstance(made, Instance) or made.cls is not cls:
        return Keys(more=True)
    method = from_class(cls, 0, "get_config", made, run)
    if isinstance(method, KerasMethod):
        return _by_keras(cls, method, accepted)
    if not isinstance(method, (Bound, FunctionValue)):
        return Keys(more=True)
    run.steps = 0
    try:
        found = call(method, [], Record(), run)
    except (Refused, TooLong, RecursionError):
        return Keys(more=True)
    if not isinstance(found, Record):
        return Keys(more=True)
    keys = dict.fromkeys(found.entries)
    sometimes = set(found.maybe)
    rest = found.rest
    if rest is not None and rest.limit is not None:
        more = {key for key in rest.limit if rest.may_hold(key) and key not in keys}
        keys.update(dict.fromkeys(sorted(more)))
        sometimes |= more
    return Keys(tuple(keys), frozenset(sometimes), found.computed or (rest is not None and rest.limit is None))


def _by_keras(cls: SourceClass, method: KerasMethod, accepted: tuple[str, ...]) -> Keys:
    """What Keras's own `get_config` writes for a class that defines none: what its constructor was given, if that."""
    ancestor = cls.ancestors[method.index]
    generated = any("default" in str(getattr(d, "attr", getattr(d, "id", ""))) for d in
                    ancestor.methods["get_config"].decorator_list)
    base = read_written(cls, method.index) or Written()
    always = [key for key in base.keys if key not in base.sometimes]
    if not generated:
        return Keys(tuple(base.keys), frozenset(base.sometimes), base.partial)
    keys = tuple(dict.fromkeys((*base.keys, *accepted)))
    return Keys(keys, frozenset(set(keys) - set(always)), passed=True)
