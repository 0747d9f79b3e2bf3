"""Which key or class of the newer release an older one became: the same default, type, role and place, a name alike."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from difflib import SequenceMatcher

from kerasarchive.schema.class_schema import MISSING, ClassSchema, Parameter

LIKE = 0.45
"""Keys with less in common are two keys, not one renamed."""
SURE = 0.75
KIN = 0.6
"""Classes with less in common are two classes."""


def keys(before: ClassSchema, after: ClassSchema) -> dict[str, tuple[str, float]]:
    """Key that went -> (key that came, likeness); the likest first, each once."""
    now = own(after)
    gone = [key for key in before.parameters if key not in now]
    come = [key for key in now if key not in before.parameters]
    scored = {
        (old, new): likeness(before.parameters[old], after.parameters[new]) + _place(gone, come, old, new)
        for old in gone
        for new in come
    }
    return assign(scored, LIKE)


def own(cls: ClassSchema) -> tuple[str, ...]:
    """The arguments of the signature itself: the loader may take older names besides, out of ``**kwargs``."""
    return tuple(key for key, parameter in cls.parameters.items() if not parameter.by)


def assign(scored: Mapping[tuple[str, str], float], least: float) -> dict[str, tuple[str, float]]:
    """The pairs of the highest scores, each side once."""
    found: dict[str, tuple[str, float]] = {}
    taken: set[str] = set()
    for (old, new), score in sorted(scored.items(), key=lambda item: (-item[1], item[0])):
        if score >= least and old not in found and new not in taken:
            found[old] = (new, score)
            taken.add(new)
    return found


def likeness(old: Parameter, new: Parameter) -> float:
    """How much speaks for one being the other, from 0 to about 1."""
    if old.words and new.words and old.words != new.words:
        return 0.0
    if old.required != new.required:
        return 0.0
    score = 0.4 * alike(old.name, new.name)
    if old.words and old.words == new.words:
        score += 0.3
    if old.required:
        score += 0.2
    elif old.default == new.default and type(old.default) is type(new.default):
        # That both are None or False says little.
        score += 0.1 if old.default in (None, False, MISSING) else 0.35
    elif MISSING not in (old.default, new.default):
        score -= 0.2
    if old.types and old.types == new.types:
        score += 0.1
    return score


def _place(gone: Sequence[str], come: Sequence[str], old: str, new: str) -> float:
    """Arguments mostly keep their order."""
    distance = abs(gone.index(old) / max(len(gone), 1) - come.index(new) / max(len(come), 1))
    alone = 0.15 if len(gone) == len(come) == 1 else 0.0
    return 0.15 * (1 - distance) + alone


def alike(a: str, b: str) -> float:
    """How alike two names are, from 0 to 1; a common last word counts."""
    ratio = SequenceMatcher(None, a.strip("_"), b.strip("_")).ratio()
    last = a.rpartition("_")[2]
    return max(ratio, 0.7) if last and last == b.rpartition("_")[2] else ratio


def kinship(old: ClassSchema, new: ClassSchema) -> float:
    """How much speaks for a class being another's successor: what it is called, and what it takes."""
    if old.role != new.role:
        return 0.0
    names = 1.0 if old.class_name.lower() == new.class_name.lower() else alike(old.class_name, new.class_name)
    return 0.5 * names + 0.5 * _common(old.parameters, new.parameters)


def _common(a: Iterable[str], b: Iterable[str]) -> float:
    one, other = set(a), set(b)
    return len(one & other) / len(one | other) if one | other else 1.0
