"""Marshalled Python bytecode in the archive runs with all rights of whoever loads it.

A ``Lambda`` layer, or any place that holds a function, can carry compiled Python code (``__lambda__``, or in older
files a list of base64 text, defaults and closure). Whoever writes the archive decides what it does. Keras before 2.13
runs it without asking; later releases refuse it unless ``safe_mode=False`` is given, but legacy HDF5 files slipped
through until 3.11.3, and ``from_config`` and ``clone_model`` until 3.12.3 and 3.15.0 (CVE-2024-3660, CVE-2025-9905,
CVE-2026-12481). No scanner can prove bytecode harmless, so kav never tries.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator
from typing import Any

from kerasarchive.auditing.evidence import Evidence
from kerasarchive.auditing.rule import Rule
from kerasarchive.model.finding import Finding

_CODE = "4wEAAAAAAAAAAAAAAAEAAAABAAAAQwAAAHMEAAAAfABTACkBTqkAKQHaAXhyAQAAAHIBAAAA"
_MARKS = (b"\xe3", b"c")
"""What marshalled code objects begin with, with and without the flag for references."""

_FUNCTIONS = frozenset({"function", "output_shape", "mask"})
"""Where a Lambda layer keeps functions."""


def check(evidence: Evidence) -> Iterator[Finding]:
    """Every dict that holds bytecode, in whatever form, at any depth."""
    for site in evidence.sites:
        value = site.value
        is_said = site.class_name == "__lambda__" or ("__lambda__" in value and "class_name" not in value)
        if is_said or ("code" in value and "closure" in value and site.key != "config" and _is_code(value["code"])):
            yield RULE.finding("holds marshalled Python bytecode", site.location)
        for key, item in value.items():
            if type(item) is list:
                is_code = len(item) == 3 and _is_legacy(item, value.get(f"{key}_type"))
            elif key in _FUNCTIONS and type(item) is dict:
                is_code = value.get(f"{key}_type") == "lambda" and item.get("class_name") != "__lambda__"
            elif key in _FUNCTIONS and type(item) is str:
                is_code = value.get(f"{key}_type") == "lambda"
            else:
                continue
            if is_code:
                yield RULE.finding(f"{key} is marshalled Python bytecode", site.location / key)


def _is_legacy(item: list[Any], kind: Any) -> bool:
    """``[code, defaults, closure]``: said to be a lambda, or code by its first bytes whatever it is said to be."""
    if not isinstance(item[0], str):
        return False
    return kind == "lambda" or (_is_code(item[0]) and all(part is None or isinstance(part, list) for part in item[1:]))


def _is_code(text: Any) -> bool:
    """Whether it is base64 (or the escapes of Keras 1) of a marshalled code object."""
    if not isinstance(text, str) or len(text) < 40:
        return False
    try:
        start = base64.b64decode("".join(text[:64].split())[:40])
    except (binascii.Error, ValueError):
        return text.startswith(("c\x00\x00", "c\x01\x00", "\xe3\x00", "\xe3\x01"))
    return start.startswith(_MARKS) and start[1:5].count(0) >= 2


RULE = Rule(
    code="KAV101",
    name="lambda-bytecode",
    severity="critical",
    remedy="Do not load it. kav migrate --map-lambda LAYER=package>function puts a registered function in its place.",
    check=check,
    passing=(
        {"class_name": "Lambda", "config": {"name": "l", "function": "labpkg>scale", "function_type": "function"}},
        {"class_name": "Dense", "config": {"name": "code", "units": 3, "function_type": "lambda"}},
    ),
    failing=(
        {"class_name": "Lambda", "module": "keras.layers", "config": {
            "function": {"class_name": "__lambda__", "config": {"code": _CODE, "defaults": None, "closure": None}}}},
        {"class_name": "Lambda", "config": {"function": [_CODE, None, None], "function_type": "lambda"}},
        {"class_name": "Sequential", "config": {"layers": [{"class_name": "TimeDistributed", "config": {"layer": {
            "class_name": "Lambda", "config": {"output_shape": [_CODE, None, None], "output_shape_type": "raw"}}}}]}},
    ),
)  # fmt: skip
