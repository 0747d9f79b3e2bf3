"""Puts the parts of the interpreter together."""

from __future__ import annotations

from typing import Any

from kerasarchive.schema.builder.library import attributes, calling, expressions, naming, statements
from kerasarchive.schema.builder.library.run import Run
from kerasarchive.schema.builder.library.world import World


def start(world: World, *, tracked: Any = None) -> Run:
    """A run in which nothing is known yet."""
    return Run(world, Following(), tracked=tracked)


class Following:
    """How expressions and blocks are followed: the parts that call each other in a circle meet here."""

    evaluate = staticmethod(expressions.evaluate)
    execute = staticmethod(statements.execute)
    call = staticmethod(calling.call)
    settle = staticmethod(naming.settled)
    attribute = staticmethod(attributes.read_attribute)
