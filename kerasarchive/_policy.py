"""What an audit lets through, and where that may be said.

Whatever loosens an audit counts only on the command line, in a call, or in a file that was named there: whoever can put
a file beside a model must not be able to loosen its audit. What makes it stricter is also taken from the nearest
``.kav.toml`` or ``pyproject.toml`` at or above the current folder, and from the environment.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kerasarchive.auditing.waiver import Waiver, waivers
from kerasarchive.errors import KavError
from kerasarchive.model.finding import SEVERITIES

_LISTS = {"allow": "allow", "ignore": "ignore", "select": "select", "for": "for_"}
_KEYS = {*_LISTS, "fail-on", "deep", "waivers"}
_STRICTER = {"fail-on", "for", "deep"}
_HINT = "the keys of [tool.kav.audit] are allow, deep, fail-on, for, ignore, select and waivers"
_NAMES = (".kav.toml", "pyproject.toml")
MOST = 1 << 20


@dataclass(frozen=True, slots=True)
class Policy:
    """What is let through: the options of `kav audit` of the same names, and waivers."""

    fail_on: str = "medium"
    allow: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    select: tuple[str, ...] = ()
    for_: tuple[str, ...] = ()
    deep: bool = False
    waivers: tuple[Waiver, ...] = ()

    @classmethod
    def read(cls, path: str | os.PathLike[str]) -> Policy:
        """The policy of the table ``[tool.kav.audit]`` of a TOML file. Raises KavError."""
        return cls(**given(path))


@dataclass(frozen=True, slots=True)
class Ambient:
    """What makes an audit stricter, from around: severities that flag, targets, `deep`; and what was passed over."""

    fail_on: tuple[str, ...] = ()
    for_: tuple[str, ...] = ()
    deep: bool = False
    unheard: tuple[str, ...] = ()


def given(path: str | os.PathLike[str]) -> dict[str, Any]:
    """The fields of a `Policy` that a file sets. Raises KavError where it has no such table, or one that says something else."""
    table = _table(Path(path))
    if table is None:
        msg = "has no table [tool.kav.audit]"
        raise KavError(msg, location=os.fspath(path), hint=_HINT)
    return _fields(table, os.fspath(path))


def ambient(folder: Path, environment: Mapping[str, str]) -> Ambient:
    """What the nearest configuration at or above `folder` and the variables KAV_FAIL_ON, KAV_FOR and KAV_DEEP make stricter."""
    levels: list[str] = []
    targets: list[str] = []
    deep = False
    unheard: list[str] = []
    for path, table in _nearest(folder):
        loose = sorted(table.keys() - _STRICTER)
        unheard += [f"{path}: {key} loosens an audit; it counts only in a file named with --config" for key in loose]
        said = _fields({key: value for key, value in table.items() if key in _STRICTER}, str(path))
        levels += [said["fail_on"]] if "fail_on" in said else []
        targets += said.get("for_", ())
        deep = said.get("deep", False)
    if level := environment.get("KAV_FAIL_ON"):
        levels.append(_level(level, "KAV_FAIL_ON"))
    targets += [each.strip() for each in environment.get("KAV_FOR", "").split(",") if each.strip()]
    deep = deep or environment.get("KAV_DEEP", "") not in ("", "0")
    default = SEVERITIES.index(Policy().fail_on)
    loose = [level for level in levels if SEVERITIES.index(level) > default]
    unheard += [f"fail-on = {level} loosens an audit; say so with --fail-on" for level in loose]
    strict = tuple(level for level in levels if SEVERITIES.index(level) <= default)
    return Ambient(strict, tuple(dict.fromkeys(targets)), deep, tuple(unheard))


def strictest(levels: Iterable[str]) -> str:
    """The lowest of some severities; the default's if there are none."""
    return min(levels, key=SEVERITIES.index, default=Policy().fail_on)


def _nearest(folder: Path) -> Iterable[tuple[Path, dict[str, Any]]]:
    for place in (folder, *folder.parents):
        for name in _NAMES:
            path = place / name
            if path.is_file() and (table := _table(path)) is not None:
                return ((path, table),)
    return ()


def _table(path: Path) -> dict[str, Any] | None:
    """``[tool.kav.audit]``; None if the file has none."""
    try:
        with path.open("rb") as file:
            text = file.read(MOST + 1)
    except OSError as error:
        msg = f"cannot be read: {error.strerror}"
        raise KavError(msg, location=str(path)) from None
    if path.name == "pyproject.toml" and b"kav" not in text:
        return None
    value: Any = _parsed(text, str(path))
    for key in ("tool", "kav", "audit"):
        value = value.get(key) if isinstance(value, dict) else None
    if value is not None and not isinstance(value, dict):
        msg = "tool.kav.audit is no table"
        raise KavError(msg, location=str(path), hint=_HINT)
    return value


def _parsed(text: bytes, place: str) -> dict[str, Any]:
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib  # type: ignore[import-not-found,unused-ignore]
    if len(text) > MOST:
        msg = f"has more than {MOST:,} bytes"
        raise KavError(msg, location=place)
    try:
        parsed: dict[str, Any] = tomllib.loads(text.decode())
    except (ValueError, RecursionError) as error:
        msg = f"is no TOML: {str(error).splitlines()[0][:200]}"
        raise KavError(msg, location=place) from None
    return parsed


def _fields(table: Mapping[str, Any], place: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in table.items():
        at = f"{place}: {key}"
        if key not in _KEYS:
            msg = f"there is no setting {key!r}"
            raise KavError(msg, location=place, hint=_HINT)
        if key == "fail-on":
            found["fail_on"] = _level(value, at)
        elif key == "deep":
            if not isinstance(value, bool):
                msg = "is neither true nor false"
                raise KavError(msg, location=at)
            found["deep"] = value
        elif key == "waivers":
            found["waivers"] = waivers(value, at)
        else:
            if not isinstance(value, list) or not all(isinstance(each, str) and each for each in value):
                msg = "is no list of texts"
                raise KavError(msg, location=at)
            found[_LISTS[key]] = tuple(value)
    return found


def _level(value: Any, place: str) -> str:
    if value not in SEVERITIES:
        msg = f"{str(value)[:40]!r} is none of {', '.join(SEVERITIES)}"
        raise KavError(msg, location=place)
    return str(value)


__all__ = ["Ambient", "Policy", "ambient", "given", "strictest"]
