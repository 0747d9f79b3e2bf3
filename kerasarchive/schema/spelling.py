"""Telling a slip of the pen from a name of someone's own, where an archive says nothing but the name.

Archives of Keras 1 and 2 name the functions and classes of a user's own as barely as Keras's own ones. What is one
letter away from a built-in name is taken for a mistake, unless it is what people do call their own things.
"""

from __future__ import annotations

import keyword
import re
from collections.abc import Iterable

SHORTEST = 3
"""Shorter words are one letter away from too much."""

NAME = re.compile(r"[A-Za-z_]\w*$|<lambda>$")
"""What a function or class can be called."""


def slip(word: str, known: Iterable[str]) -> str:
    """The known word that `word` was meant to be; empty if it can be a name of someone's own.

    One letter more, less, other or exchanged, or other case, is a slip. Another beginning (``crelu``, ``hswish``) or
    other digits (``relu6``, ``Conv4D``) are not.
    """
    letters = _without_digits(word)
    for candidate in sorted(known, key=lambda one: one[:1].isupper() != word[:1].isupper()):
        if candidate == word or len(candidate) < SHORTEST or abs(len(candidate) - len(word)) > 1:
            continue
        if candidate.lower() == word.lower():
            return candidate
        kin = _without_digits(candidate) == letters or candidate[:1].lower() != word[:1].lower()
        if not kin and _one_edit(word.lower(), candidate.lower()):
            return candidate
    return ""


def _without_digits(word: str) -> str:
    return re.sub(r"\d", "", word)


def _one_edit(one: str, other: str) -> bool:
    """Whether a letter added, dropped or changed, or two neighbours exchanged, make one of the other."""
    if len(one) > len(other):
        one, other = other, one
    start = next((place for place, letter in enumerate(one) if letter != other[place]), len(one))
    if len(one) < len(other):
        return one[start:] == other[start + 1 :]
    if one[start + 1 :] == other[start + 1 :]:
        return True
    return one[start : start + 2] == other[start : start + 2][::-1] and one[start + 2 :] == other[start + 2 :]


def is_name(word: str) -> bool:
    """Whether a function or class could be called that."""
    return NAME.match(word) is not None and not keyword.iskeyword(word)
