"""One difference between two archives, or one that a migration makes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from kerasarchive.model.location import Location


@dataclass(frozen=True, slots=True)
class Change:
    """`kind` is ``+`` added, ``-`` removed, ``~`` changed, ``>`` moved (then `before` and `after` are places)."""

    kind: str
    location: Location
    before: Any = None
    after: Any = None
    note: str = ""

    @property
    def mirrored(self) -> Change:
        """The same difference seen from the other archive (a move's location becomes where it went)."""
        kind = {"+": "-", "-": "+"}.get(self.kind, self.kind)
        location = Location.parse(str(self.after)) if self.kind == ">" else self.location
        return Change(kind, location, self.after, self.before, self.note)
