"""A JSON reader that cannot be made to recurse, to fill the memory or to hide a key."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

from kerasarchive.formats.limits import Limits
from kerasarchive.formats.rules import finding
from kerasarchive.model.config import walk
from kerasarchive.model.finding import Finding
from kerasarchive.model.location import Location


def parse(data: bytes, at: Location, limits: Limits) -> tuple[Any, tuple[Finding, ...]]:
    """The value of a JSON document and what was wrong with it; None where it cannot be had.

    As Keras does, this accepts NaN and Infinity (which Keras writes), UTF-16 and UTF-32, and takes the last of
    duplicate keys. Integers beyond `limits.json_digits` become text.
    """
    if (excess := _excess(data, limits)) is not None:
        return None, (finding("json-too-large", excess, at),)
    findings: list[Finding] = []
    text = _decode(data, at, findings)
    if text is None:
        return None, tuple(findings)
    doubled: dict[int, tuple[dict[str, Any], list[str]]] = {}
    huge: list[str] = []

    def make(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        made = dict(pairs)
        if len(made) != len(pairs):
            seen: set[str] = set()
            again = [key for key, _ in pairs if key in seen or seen.add(key)]  # type: ignore[func-returns-value]
            doubled[id(made)] = (made, again)
        return made

    def integer(digits: str) -> Any:
        if len(digits) > limits.json_digits:
            huge.append(digits)
            return digits
        return int(digits)

    long_integers = _has_digits(text, min(limits.json_digits, 4300))
    try:
        value = json.loads(text, object_pairs_hook=make, parse_int=integer if long_integers else None)
    except RecursionError:
        message = f"is nested deeper than {limits.json_depth} levels"
        return None, (*findings, finding("json-too-large", message, at))
    except ValueError as error:
        reason = error.msg if isinstance(error, json.JSONDecodeError) else str(error)
        where = f" at line {error.lineno}, column {error.colno}" if isinstance(error, json.JSONDecodeError) else ""
        return None, (*findings, finding("json-invalid", f"is not JSON: {reason}{where}", at))
    depth = _depth_of_text(text.encode("utf-8", "surrogatepass"), limits.json_depth)
    if depth is None or depth > limits.json_depth:
        depth = _depth(value)
    if depth > limits.json_depth:
        message = f"is nested {depth} levels deep, more than the {limits.json_depth} that kav follows"
        return None, (*findings, finding("json-too-large", message, at))
    if doubled:
        findings.extend(_doubled(value, at, doubled))
    findings.extend(
        finding("json-huge-integer", f"holds an integer of {len(digits):,} digits", at) for digits in huge[:1]
    )
    return value, tuple(findings)


def misplaced(value: Any, wrong: Sequence[Finding], at: Location, *, is_config: bool) -> tuple[Finding, ...]:
    """What is wrong with a document that was parsed: it is no JSON object, or, where a config belongs, no Keras object."""
    if wrong and value is None:
        return ()
    if not isinstance(value, dict):
        return (finding("json-invalid", "is not a JSON object", at),)
    registered = value.get("registered_name")
    # Keras looks for a registered class by that name alone, whatever `class_name` is.
    named = "class_name" in value and isinstance(registered, str) and ">" in registered
    if is_config and not (named or isinstance(value.get("class_name"), str)):
        return (finding("json-invalid", "has no class_name at its top: it is no model's config", at),)
    return ()


def _excess(data: bytes, limits: Limits) -> str | None:
    if len(data) > limits.json_size:
        return f"has {len(data):,} bytes, more than the {limits.json_size:,} that kav parses"
    if data.count(b",") + data.count(b"[") + data.count(b"{") > limits.json_values:
        return f"has more values than the {limits.json_values:,} that kav parses"
    return None


def _decode(data: bytes, at: Location, findings: list[Finding]) -> str | None:
    encoding = json.detect_encoding(data)
    try:
        text = data.decode(encoding, "surrogatepass")
    except UnicodeDecodeError as error:
        findings.append(finding("json-invalid", f"is not {encoding} text at byte {error.start:,}", at))
        return None
    if encoding != "utf-8":
        findings.append(finding("json-encoding", f"is encoded as {encoding}", at))
    return text


def _has_digits(text: str, count: int) -> bool:
    """Whether `count` digits stand in a row: such a row covers a multiple of `count`, so that few places are looked at."""
    row = re.compile(f"[0-9]{{{count}}}")
    places = range(0, len(text), count)
    return any(text[at].isdigit() and row.search(text, max(0, at - count + 1), at + count) for at in places)


_NO_BRACKETS = bytes(set(range(256)) - set(b'"[]{}'))
_AS_LISTS = bytes.maketrans(b"{}", b"[]")


def _depth_of_text(text: bytes, limit: int) -> int | None:
    """How deep a valid JSON text is nested, counted up to one more than `limit`; None where that is not so easily told.

    Much faster than walking the values. Without backslashes, the quotes alternately open and close strings. With all but
    quotes and brackets taken out, pairs of quotes then vanish altogether only where no string holds a bracket.
    """
    if b"\\" in text:
        return None
    brackets = text.translate(_AS_LISTS, _NO_BRACKETS).replace(b'""', b"")
    if b'"' in brackets:
        return None
    depth = 0
    while brackets and depth <= limit:
        brackets = brackets.replace(b"[]", b"")
        depth += 1
    return depth


def _depth(value: Any) -> int:
    level = [value] if isinstance(value, (dict, list)) else []
    depth = 0
    while level:
        depth += 1
        level = [
            child
            for parent in level
            for child in (parent.values() if type(parent) is dict else parent)
            if type(child) is dict or type(child) is list
        ]
    return depth


def _doubled(value: Any, at: Location, doubled: dict[int, tuple[dict[str, Any], list[str]]]) -> list[Finding]:
    found = []
    for current, place, _ in walk(value, at):
        if id(current) in doubled:
            for key in doubled.pop(id(current))[1]:
                found.append(finding("json-duplicate-key", f"the key {key!r} occurs more than once", place / key))
    # An object that a later duplicate replaced has no place in the result, yet other readers would see it.
    for _, keys in doubled.values():
        found.extend(finding("json-duplicate-key", f"the key {key!r} occurs more than once", at) for key in keys)
    return found


def dump(value: Any) -> bytes:
    """Compact JSON, keys in their order, as ASCII: what kav writes."""
    return json.dumps(value, separators=(",", ":")).encode()
