"""From values that a real release took or refused for an argument to the JSON Schema that says so.

Only what the values show is said: which kinds are taken, whether small or negative or large numbers are refused, whether
a word must be one of a list. What a refusal may owe to the model around the layer (an axis that the input does not have)
is left out: a bound needs values on its right side that were all refused, and some on the other that were taken.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

Outcome = tuple[Any, bool]
"""A value, and whether the release took it."""


def kind(value: Any) -> str:
    """JSON Schema's name of a value's type; a float is a ``number`` whatever its value."""
    if isinstance(value, bool):
        return "boolean"
    names = {int: "integer", float: "number", str: "string", list: "array", dict: "object", type(None): "null"}
    return names[type(value)]


WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]{2,}")
"""What a word of a fixed list looks like; an equation or a name of axes does not."""


def fragment(base: Any, outcomes: Iterable[Outcome]) -> dict[str, Any]:
    """The schema of one argument. `base` is a value that is known to be right."""
    found = [*outcomes, (base, True)]
    taken = {kind(value) for value, ok in found if ok}
    if len(taken) == 7 or (base is None and len(taken) == 1):
        # Everything, or nothing but null: then it is the rest of the config that forbids more.
        return {}
    schema: dict[str, Any] = {"type": sorted(_widened(taken, found))}
    if "integer" in taken or "number" in taken:
        schema |= _bounds(found)
    if "string" in taken:
        schema |= _words(base, found)
    if "array" in taken and isinstance(base, list):
        schema |= _items(base, found)
    return schema


def _widened(taken: set[str], found: list[Outcome]) -> set[str]:
    """``number`` covers integers; a lone whole float among refused ones is no number."""
    floats = [(value, ok) for value, ok in found if kind(value) == "number"]
    if "number" in taken and not any(ok for value, ok in floats if value != int(value)) and "integer" in taken:
        # 4.0 is taken for 4 and 4.5 is not: still a number to JSON Schema, so the bounds must tell.
        return taken
    return taken - {"integer"} if "number" in taken else taken


def _bounds(found: list[Outcome]) -> dict[str, Any]:
    numbers = [(value, ok) for value, ok in found if kind(value) in ("integer", "number")]
    good = [value for value, ok in numbers if ok]
    schema: dict[str, Any] = {}
    below = [value for value, _ in numbers if value < min(good)]
    if any(value < 0 for value in below) and min(good) >= 0:
        whole = all(kind(value) == "integer" for value in good)
        zero = any(value == 0 for value in good)
        if zero:
            schema["minimum"] = 0
        elif whole and any(value == 0 for value in below):
            schema["minimum"] = 1
        elif any(value == 0 for value in below):
            schema["exclusiveMinimum"] = 0
    fractions = any(0 < value < 1 for value in good)
    above = [value for value, ok in numbers if value > 1]
    if fractions and above and not any(value > 1 for value in good):
        schema |= {"maximum": 1} if any(value == 1 for value in good) else {"exclusiveMaximum": 1}
    return schema


def _words(base: Any, found: list[Outcome]) -> dict[str, Any]:
    texts = {value: ok for value, ok in found if isinstance(value, str)}
    good = {value for value, ok in texts.items() if ok}
    if texts.get("text", True):
        return {}
    if any(map(_is_number, good)) and all(_is_number(value) for value in good):
        return {"x-kav-numeric": True}
    if not is_word(base):
        return {}
    if base.upper() != base and texts.get(base.upper()):
        # The release puts them in lower case.
        return {"x-kav-words": sorted({word.lower() for word in good})}
    return {"x-kav-words": sorted(good), "x-kav-exact": True}


def is_word(value: Any) -> bool:
    """Whether a value can be one of a fixed list of words."""
    return isinstance(value, str) and WORD.fullmatch(value) is not None


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _items(base: list[Any], found: list[Outcome]) -> dict[str, Any]:
    """What the entries of a list may be: judged by lists as long as the right one, all of one kind."""
    whole = [(value, ok) for value, ok in found if isinstance(value, list) and len(value) == len(base) and value]
    kinds: set[str] = set()
    refused: set[str] = set()
    for value, ok in whole:
        (kinds if ok else refused).update(map(kind, value))
    if not kinds or not refused - kinds:
        return {}
    return {"items": {"type": sorted(kinds - ({"integer"} if "number" in kinds else set()))}}
