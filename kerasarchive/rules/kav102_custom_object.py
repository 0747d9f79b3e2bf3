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

from kerasarchive.auditing.evidence import Evidence, Site
from kerasarchive.auditing.rule import Rule
from kerasarchive.auditing.symbols import Symbol, is_keras
from kerasarchive.model.finding import Finding


def check(evidence: Evidence) -> Iterator[Finding]:
    """One finding for each distinct name, at the first place where it stands."""
    places: dict[Symbol, list[Site]] = {}
    for site, symbol in evidence.objects:
        if symbol.kind != "builtin" and not _is_keras_forbidden(site, symbol):
            places.setdefault(symbol, []).append(site)
    for symbol, sites in places.items():
        yield _finding(symbol, sites, evidence.allow)


def _is_keras_forbidden(site: Site, symbol: Symbol) -> bool:
    module = site.value.get("module")
    return symbol.kind == "forbidden" and isinstance(module, str) and is_keras(module)


def _finding(symbol: Symbol, sites: list[Site], allow: tuple[str, ...]) -> Finding:
    site, name = sites[0], symbol.name
    more = f" (and {len(sites) - 1} more places)" if len(sites) > 1 else ""
    if symbol.kind == "forbidden":
        message = f"names {name}: {symbol.why}{more}"
        return RULE.finding(message, site.location, severity="high", remedy="Do not load it.")
    if symbol.kind == "unknown":
        message = f"names {name}, which no release of Keras that kav knows has{more}"
        return RULE.finding(message, site.location, confidence="likely")
    what = "function" if symbol.is_function else "object"
    known = any(fnmatchcase(spelling, pattern) for pattern in allow for spelling in _spellings(name))
    said = "allowed custom" if known else "custom"
    message = f"needs the {said} {what} {name}{more}"
    return RULE.finding(message, site.location, severity="info" if known else "")


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
        {"class_name": "LSTM", "config": {"units": 1}},
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
    ),
)
