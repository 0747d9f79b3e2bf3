"""Replays the loading of one serialized object of a library."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from kerasarchive.layout.replay import attributes, calls, expressions, statements
from kerasarchive.layout.replay.machine import Context, Keras, Machine
from kerasarchive.layout.replay.reading import read
from kerasarchive.layout.replay.saved import Stored, stored
from kerasarchive.layout.replay.source import Library
from kerasarchive.layout.replay.values import Lost, Raised, Thing


@dataclass(frozen=True, slots=True)
class Replayed:
    """What came of it: the error that ends it, or the object and those below it; neither where that cannot be told."""

    error: Raised | None = None
    stored: Stored | None = None


class _Following(Machine):
    evaluate = staticmethod(expressions.evaluate)
    execute = staticmethod(statements.execute)
    call = staticmethod(calls.call)
    attribute = staticmethod(attributes.attribute)
    assign = staticmethod(statements.assign)


def replay(
    value: dict[str, Any], library: Library, keras: Keras, *, registered: Callable[[str], str], prefix: str = ""
) -> Replayed:
    """Make the object that `value` serializes, a class of `library`, and see what it has to load."""
    machine = _Following(library, keras, Context(registered, prefix, dict(_places(value))))
    try:
        made = read(value, machine)
        if not isinstance(made, Thing):
            return Replayed()
        return Replayed(stored=stored(made, machine))
    except Raised as error:
        return Replayed(error)
    except (Lost, RecursionError, LookupError, TypeError, ValueError, AttributeError, ArithmeticError, AssertionError):
        # A config may hold anything: where it trips what follows the library, nothing is known of the library either.
        return Replayed()


def _places(value: Any) -> Any:
    """(identity, path) of every dict."""
    stack: list[tuple[Any, tuple[str | int, ...]]] = [(value, ())]
    while stack:
        current, path = stack.pop()
        if isinstance(current, dict):
            yield id(current), path
            stack += [(child, (*path, key)) for key, child in current.items()]
        elif isinstance(current, list):
            stack += [(child, (*path, index)) for index, child in enumerate(current)]
