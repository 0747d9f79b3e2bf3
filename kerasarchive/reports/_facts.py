"""Facts as lines of text: a mapping becomes aligned keys, a list of alike mappings a table, whatever its content."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from kerasarchive.reports._escape import safe, short

_LINE = 100
_CELL = 48
_LINES = 12
"""Lines of one text value that are shown."""
_INDENT = "  "


def lines(facts: Mapping[str, Any], *, indent: int = 0, limit: int | None = None) -> Iterator[str]:
    """Lines without newline; empty values are left out. `limit` cuts tables and lists, and says so."""
    pad = _INDENT * indent
    scalars = {str(key): value for key, value in facts.items() if not _is_nested(value) and not _is_empty(value)}
    width = max((len(safe(_label(key))) for key in scalars), default=0)
    for key, value in facts.items():
        label = safe(_label(str(key)))
        if _is_empty(value):
            continue
        if isinstance(value, str) and "\n" in value:
            yield f"{pad}{label}"
            yield from (f"{pad}{_INDENT}{safe(line)}".rstrip() for line in value.splitlines())
        elif not _is_nested(value):
            yield from _wrapped(f"{pad}{label:<{width}}  ", safe(_inline(value)))
        elif key == "definition":
            yield f"{pad}{label:<{width}}  (with --format json)"
        elif isinstance(value, Mapping):
            yield f"{pad}{label}"
            yield from lines(value, indent=indent + 1, limit=limit)
        else:
            yield f"{pad}{label}"
            yield from _list(value, indent + 1, limit)


def one_line(value: Any, width: int = _CELL) -> str:
    """`value` on one line of at most `width` characters, safe for a terminal."""
    return short(safe(_inline(value)), width)


def table(rows: Sequence[Mapping[str, Any]], *, indent: int = 0, limit: int | None = None) -> Iterator[str]:
    """Columns in the order in which the keys first appear, numbers to the right."""
    pad = _INDENT * indent
    shown = rows if limit is None else rows[:limit]
    keys = list(dict.fromkeys(str(key) for row in shown for key, value in row.items() if not _is_empty(value)))
    wide = {keys[-1]: _LINE} if keys else {}
    cells = [
        ["" if _is_empty(row.get(key)) else one_line(row[key], wide.get(key, _CELL)) for key in keys] for row in shown
    ]
    widths = [max(len(_label(key)), *(len(line[column]) for line in cells)) for column, key in enumerate(keys)]
    right = [all(_is_number(row.get(key)) for row in shown if not _is_empty(row.get(key))) for key in keys]
    for line in ([_label(key) for key in keys], *cells):
        parts = (f"{cell:>{w}}" if r else f"{cell:<{w}}" for cell, w, r in zip(line, widths, right, strict=True))
        yield (pad + _INDENT.join(parts)).rstrip()
    if len(shown) < len(rows):
        yield f"{pad}... and {len(rows) - len(shown)} more (-v shows all)"


def _list(values: Sequence[Any], indent: int, limit: int | None) -> Iterator[str]:
    if all(isinstance(item, Mapping) for item in values):
        yield from table(values, indent=indent, limit=limit)
        return
    shown = values if limit is None else values[:limit]
    yield from (_INDENT * indent + one_line(item, _LINE) for item in shown)
    if len(shown) < len(values):
        yield f"{_INDENT * indent}... and {len(values) - len(shown)} more (-v shows all)"


def _wrapped(head: str, text: str) -> Iterator[str]:
    """`text` behind `head`, its further lines indented to its beginning."""
    import textwrap

    lines = textwrap.wrap(text, _LINE, break_long_words=True) or [""]
    for number, line in enumerate(lines[:_LINES]):
        yield (head if number == 0 else " " * len(head)) + line
    if len(lines) > _LINES:
        yield " " * len(head) + "..."


def _is_nested(value: Any) -> bool:
    if isinstance(value, Mapping):
        return True
    if not isinstance(value, (list, tuple)):
        return False
    return any(isinstance(item, Mapping) for item in value)


def _is_empty(value: Any) -> bool:
    return value is None or (isinstance(value, (str, list, tuple, Mapping)) and not value)


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _label(key: str) -> str:
    return key.replace("_", " ")


def _inline(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if value is None:
        return "null"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, Mapping):
        return ", ".join(f"{key}={_nested(item)}" for key, item in value.items())
    if isinstance(value, (list, tuple)):
        if value and all(isinstance(item, str) for item in value):
            return ", ".join(value)
        return f"[{', '.join(_nested(item) for item in value)}]"
    return str(value)


def _nested(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{" + _inline(value) + "}"
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return _inline(value)
