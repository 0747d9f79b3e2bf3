"""Whoever loads the archive must provide code of their own, or runs code that the archive names.

An object that is none of Keras's own is looked up among the registered custom objects, and in its module, which is
imported for it. That is how libraries on top of Keras work, and it is how a config of Keras 3.0 to 3.8 could name any
function of any installed package (CVE-2025-1550). kav compares every name with the symbols of Keras's own releases,
whatever alias it is spelt with. What is on no list is reported: as custom code, as a name that claims to be Keras's
and is not, or, graver, as something that no model needs: Python's builtins, its standard library, or a package that
defines no Keras objects.
"""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Any

from kerasarchive.auditing.evidence import Evidence, Site
from kerasarchive.auditing.rule import Rule
from kerasarchive.auditing.symbols import Symbol, is_keras
from kerasarchive.model.finding import Finding
from kerasarchive.model.location import Location

_ROLES = {
    "activation": "activation", "initializer": "initializer", "regularizer": "regularizer", "constraint": "constraint",
    "loss": "loss", "metrics": "metric", "weighted_metrics": "metric", "optimizer": "optimizer",
}  # fmt: skip
"""What is expected at a key, or at one that ends so (``recurrent_activation``)."""
_COMPILED = ("loss", "metrics", "weighted_metrics", "optimizer")


def check(evidence: Evidence) -> Iterator[Finding]:
    """One finding for each distinct name, at the first place where it stands."""
    places: dict[Symbol, list[Site]] = {}
    for site, symbol in evidence.objects:
        if symbol.kind != "builtin" and not _is_keras_forbidden(site, symbol):
            places.setdefault(symbol, []).append(site)
    for symbol, sites in places.items():
        yield _finding(symbol, [site.location for site in sites[:1]], len(sites), evidence.allow)
    yield from _words(evidence)


def _words(evidence: Evidence) -> Iterator[Finding]:
    """Functions that are named by a word alone (``"loss": "my_loss"``), which is looked up among custom objects."""
    places: dict[str, list[Location]] = {}
    roles: dict[str, str] = {}
    for site in evidence.sites:
        for key, value in site.value.items():
            if type(value) is not str and key not in _COMPILED:
                continue
            role = roles.get(key)
            if role is None:
                role = roles[key] = _role(key)
            if role == "" or (key in _COMPILED and not _is_compiled(site)):
                continue
            if type(value) is str and (not value or evidence.symbols.is_word(value, role)):
                continue
            for name, path in _texts(value, key):
                if name and not evidence.symbols.is_word(name, role):
                    places.setdefault(name, []).append(site.location.at(*path))
    for name, found in places.items():
        yield _finding(Symbol("custom", name, is_function=True), found[:1], len(found), evidence.allow)


def _role(key: str) -> str:
    return _ROLES.get(key) or _ROLES.get(key.rpartition("_")[2], "")


def _is_compiled(site: Site) -> bool:
    return site.key == "compile_config" or (site.trail is None and site.root.member == "@training_config")


def _texts(value: Any, key: str) -> Iterator[tuple[str, tuple[Any, ...]]]:
    """Every text in nested lists and dicts of lists, as losses and metrics of several outputs are stored."""
    stack: list[tuple[Any, tuple[Any, ...]]] = [(value, (key,))]
    while stack:
        item, path = stack.pop()
        if isinstance(item, str):
            yield item, path
        elif key in _COMPILED and isinstance(item, list):
            stack.extend((each, (*path, number)) for number, each in enumerate(item))
        elif key in _COMPILED and isinstance(item, dict) and "class_name" not in item:
            stack.extend((each, (*path, name)) for name, each in item.items())


def _is_keras_forbidden(site: Site, symbol: Symbol) -> bool:
    module = site.value.get("module")
    return symbol.kind == "forbidden" and isinstance(module, str) and is_keras(module)


def _finding(symbol: Symbol, places: list[Location], count: int, allow: tuple[str, ...]) -> Finding:
    place, name = places[0], symbol.name
    more = f" (and {count - 1} more place{'s' * (count > 2)})" if count > 1 else ""
    if symbol.kind == "forbidden":
        message = f"names {name}: {symbol.why}{more}"
        return RULE.finding(message, place, severity="high", remedy="Do not load it.")
    if symbol.kind == "unknown":
        message = f"names {name}, which no release of Keras that kav knows has{more}"
        return RULE.finding(message, place, confidence="likely")
    what = "function" if symbol.is_function else "object"
    known = any(fnmatchcase(spelling, pattern) for pattern in allow for spelling in _spellings(name))
    said = "allowed custom" if known else "custom"
    message = f"needs the {said} {what} {name}{more}"
    return RULE.finding(message, place, severity="info" if known else "")


def _spellings(name: str) -> tuple[str, ...]:
    module, _, bare = name.rpartition(".")
    return (name, f"{module}>{bare}", f"{module.partition('.')[0]}>{bare}") if module else (name,)


RULE = Rule(
    code="KAV102",
    name="custom-object",
    severity="medium",
    remedy="Load it only where you trust that package; say so with --allow 'package>*'.",
    check=check,
    passing=(
        {"class_name": "Dense", "module": "keras.layers", "config": {"units": 1}, "registered_name": None},
        {"class_name": "Dense", "module": "keras.src.layers.core.dense", "config": {"units": 1}},
        {"class_name": "LSTM", "config": {"units": 1, "recurrent_activation": "hard_sigmoid"}},
        {"class_name": "function", "module": "builtins", "config": "relu", "registered_name": "relu"},
    ),
    failing=(
        {"class_name": "Scale", "module": "labpkg.layers", "config": {}, "registered_name": "labpkg>Scale"},
        {"class_name": "Scale", "config": {}},
        {"class_name": "function", "module": "builtins", "config": "eval", "registered_name": "function"},
        {"class_name": "function", "module": "subprocess", "config": "run", "registered_name": "run"},
        {"class_name": "system", "module": "os", "config": {}},
        {"class_name": "load", "module": "numpy", "config": {}},
        {"class_name": "Dance", "module": "keras.layers", "config": {}},
        {"class_name": "os.system", "config": {}},
        {"class_name": "Lambda", "config": {"function": "system", "function_type": "function", "module": "os"}},
        {"class_name": "Dense", "config": {"units": 1, "activation": "my_activation"}},
    ),
)
