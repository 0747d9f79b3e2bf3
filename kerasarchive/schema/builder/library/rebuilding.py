"""Rebuilds an object of a class from a config of which only some keys are known: what is taken, needed, refused."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from kerasarchive.schema.builder.classes import SourceClass
from kerasarchive.schema.builder.constructor import OPAQUE, REQUIRED
from kerasarchive.schema.builder.library.attributes import from_class
from kerasarchive.schema.builder.library.calling import call, construct
from kerasarchive.schema.builder.library.engine import start
from kerasarchive.schema.builder.library.run import Receipt, Run, TooLong
from kerasarchive.schema.builder.library.values import (
    UNKNOWN,
    Bound,
    Choice,
    ClassValue,
    FunctionValue,
    Instance,
    KerasMethod,
    Record,
    Refused,
    Rest,
    Value,
)
from kerasarchive.schema.builder.library.world import World


@dataclass(frozen=True, slots=True)
class Taken:
    """One key that rebuilding takes."""

    name: str
    default: Any = REQUIRED
    required: bool = False
    schema: Mapping[str, Any] | None = None
    by: str = ""


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """One attempt. `run` holds what was noted; `made` is the object, or unknown; `refused` if it certainly fails."""

    run: Run
    made: Value = UNKNOWN
    refused: bool = False
    given_up: bool = False
    unbuilt: bool = False
    """Whether its `build` was not followed."""


def rebuild(
    world: World,
    cls: SourceClass,
    known: Mapping[str, Value],
    *,
    tracked: Any = None,
    built: bool = True,
    shapes: Mapping[str, Value] | None = None,
) -> Rebuilt:
    """Call the class's `from_config` on a config that holds `known` and whatever else, then `build` what it makes.

    `built` is false where what `build` does is of no account; `shapes` are those of its arguments that are known.
    """
    run = start(world, tracked=tracked)
    run.stack.append(cls.module.name)
    config = Record(dict(known), rest=Rest(removed=frozenset(known)))
    try:
        method = from_class(cls, 0, "from_config", ClassValue(cls), run)
        if isinstance(method, (Bound, FunctionValue, KerasMethod)):
            made = call(method, [config], Record(), run)
        else:
            made = construct(ClassValue(cls), [], config, run)
        if isinstance(made, Choice):
            # Built in two ways, as by a `from_config` that looks at who wrote the config: either will do.
            made = next((one for one in made.values if isinstance(one, Instance) and one.cls is cls), made)
        if isinstance(made, Instance) and built:
            _build(made, run, shapes or {})
    except Refused:
        return Rebuilt(run, refused=True)
    except (TooLong, RecursionError):
        return Rebuilt(run, given_up=True)
    return Rebuilt(run, made, unbuilt=not built)


def _build(made: Instance, run: Run, shapes: Mapping[str, Value]) -> None:
    """What `build` asks of the arguments: an object with weights is built before it has any."""
    method = from_class(made.cls, 0, "build", made, run)
    if isinstance(method, Bound):
        receipts = list(run.notes.receipts)
        call(method, [], Record(dict(shapes), computed=True), run)
        run.notes.receipts = receipts


def taken(receipts: list[Receipt]) -> dict[str, Taken]:
    """Every key that somebody takes, in the order of taking."""
    found: dict[str, Taken] = {}
    for receipt in receipts:
        for name, (default, required, schema) in receipt.names.items():
            known = found.get(name)
            if known is None:
                found[name] = Taken(name, default, required, schema, receipt.by)
                continue
            by = "" if not receipt.by else known.by
            best = known.default if known.default is not REQUIRED or receipt.by else default
            found[name] = Taken(name, best, known.required or required, {**(known.schema or {}), **schema}, by)
    shut = [receipt for receipt in receipts if receipt.closed and receipt.rest.limit is None]
    return {name: each for name, each in found.items()
            if all(name in receipt.names or name in receipt.rest.removed for receipt in shut)}


def is_closed(receipts: list[Receipt]) -> bool:
    """Whether a key that nobody takes is refused."""
    return any(receipt.closed and receipt.rest.limit is None for receipt in receipts)


def shown_default(default: Any) -> tuple[bool, Any]:
    """Whether a default is a JSON value, and that."""
    return default is not REQUIRED and default is not OPAQUE, default
