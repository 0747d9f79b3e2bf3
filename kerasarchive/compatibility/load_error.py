"""Which fix answers an error that loading raised: a table of the texts that Keras's releases print."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

_LONGEST = 200_000
"""Characters of a pasted text that are looked at: more than any traceback."""


@dataclass(frozen=True, slots=True)
class LoadError:
    """One error. `pattern` matches its text, `example` is one such text; a `general` one only counts where no other does."""

    pattern: str
    cause: str
    fix: str
    example: str
    general: bool = False


@lru_cache(maxsize=1)
def load_errors() -> tuple[LoadError, ...]:
    """Every known error."""
    content = json.loads(Path(__file__).with_name("load_errors.json").read_bytes())
    return tuple(LoadError(**entry) for entry in content)


def recognise(text: str) -> tuple[tuple[LoadError, str], ...]:
    """The known errors that `text` (a message or a whole traceback) contains, with what matched; the last one first.

    A traceback ends with the error that matters.
    """
    text = re.sub(r"\s+", " ", text[-_LONGEST:])
    found = []
    for error in load_errors():
        match = re.search(error.pattern, text)
        if match:
            found.append((match.start(), error, match.group()))
    found = [each for each in found if not each[1].general] or found
    return tuple((error, matched) for _, error, matched in sorted(found, key=lambda each: -each[0]))
