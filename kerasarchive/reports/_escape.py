"""Makes text from an archive harmless to a terminal or a page: an archive may name a layer after an escape sequence."""

from __future__ import annotations

import re

_UNSAFE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb\ud800-\udfff]"
)


def safe(text: str) -> str:
    """`text` with control, direction and invisible characters written out (``\\x1b``)."""
    return _UNSAFE.sub(_written_out, text)


def _written_out(match: re.Match[str]) -> str:
    code = ord(match.group())
    short = {9: "\\t", 10: "\\n", 13: "\\r"}
    return short.get(code) or (f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}")


def short(value: str, width: int) -> str:
    """`value`, cut to `width` characters."""
    return value if len(value) <= width else value[: width - 3] + "..."
