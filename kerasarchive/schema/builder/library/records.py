"""Methods of dicts, lists and text: what they give, and what is left of what they were called on."""

from __future__ import annotations

from kerasarchive.schema.builder.library.run import Run
from kerasarchive.schema.builder.library.values import (
    UNKNOWN,
    Choice,
    Items,
    Record,
    Refused,
    Several,
    Unknown,
    Value,
    is_known,
    join,
    lifted,
    plain,
)

Result = tuple[Value, Value]

TEXT = frozenset({
    "capitalize", "casefold", "count", "endswith", "find", "isalnum", "isalpha", "isdigit", "isidentifier", "join", "lower",
    "lstrip", "partition", "removeprefix", "removesuffix", "replace", "rpartition", "rsplit", "rstrip", "split", "startswith",
    "strip", "title", "upper",
})  # fmt: skip


def method(base: Value, name: str, arguments: list[Value], keywords: Record, run: Run, *, by: str) -> Result:
    """``base.name(...)`` and what `base` is afterwards. `by` says who takes a key out of a config."""
    if isinstance(base, Choice):
        ways = [method(one, name, arguments, keywords, run, by=by) for one in base.values]
        return join([result for result, _ in ways]), join([changed for _, changed in ways])
    if isinstance(base, Record):
        return _of_record(base, name, arguments, keywords, run, by)
    if isinstance(base, str):
        return _of_text(base, name, arguments), base
    if not hasattr(list if isinstance(base, list) else tuple, name):
        if isinstance(base, list) and hasattr(set, name):
            # Sets are followed as lists.
            return UNKNOWN, [*base, *arguments] if name == "add" else base
        raise Refused
    if name == "append" and arguments:
        return None, [*base, arguments[0]]
    if name == "extend" and arguments:
        more = arguments[0]
        if more is None or isinstance(more, (bool, int, float)):
            raise Refused
        return None, [*base, *more] if isinstance(more, (list, tuple)) else [*base, UNKNOWN]
    if name == "insert" and len(arguments) == 2:
        return None, [arguments[1], *base]
    if name == "copy":
        return base, base
    if name == "pop":
        return join(base) if base else UNKNOWN, base[:-1] if not arguments else base
    return UNKNOWN, base


def _of_text(base: str, name: str, arguments: list[Value]) -> Value:
    if not hasattr(base, name):
        raise Refused
    if name not in TEXT or not all(map(is_known, arguments)):
        return UNKNOWN
    try:
        return lifted(getattr(base, name)(*map(plain, arguments)))
    except (TypeError, ValueError):
        raise Refused from None


def _of_record(base: Record, name: str, arguments: list[Value], keywords: Record, run: Run, by: str) -> Result:
    if not hasattr(dict, name):
        raise Refused
    if name in ("get", "pop", "setdefault") and arguments:
        return _taken(base, name, arguments, run, by)
    if name == "copy":
        return base, base
    if name == "update":
        other = arguments[0] if arguments else Record()
        if other is None or isinstance(other, (bool, int, float)):
            raise Refused
        merged = base.merged(other if isinstance(other, Record) else Record(computed=True))
        return None, merged.merged(keywords)
    if name == "items":
        return Items(base), base
    if name == "values":
        known = not (base.rest or base.computed or base.maybe)
        return list(base.entries.values()) if known else Several(join([*base.entries.values(), UNKNOWN])), base
    if name == "keys":
        known = not (base.rest or base.computed or base.maybe)
        return list(base.entries) if known else base, base
    if name == "clear":
        return None, Record()
    return UNKNOWN, base


def _taken(base: Record, name: str, arguments: list[Value], run: Run, by: str) -> Result:
    key, default = arguments[0], arguments[1] if len(arguments) > 1 else None
    if not isinstance(key, str):
        return UNKNOWN, base.perhaps() if name == "pop" else base
    left = base.without([key]) if name == "pop" else base
    needed = name == "pop" and len(arguments) == 1
    if key in base.entries:
        value = base.entries[key]
        found = join((value, default)) if key in base.maybe else value
    elif base.rest is not None and base.rest.may_hold(key):
        shown = default if is_known(default) else None
        run.receive(base.rest, {key: (plain(shown), needed, {})}, closed=False, by=by)
        found = Unknown(key)
    elif base.computed:
        found = UNKNOWN
    elif needed:
        raise Refused
    else:
        found = default
    if name == "setdefault":
        left = base.having(key, found)
    return found, left
