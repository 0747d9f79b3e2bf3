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
    counterpart: Location | None = None
    """Where a ``~`` stands in the older archive, if that is not where it stands in the newer."""

    @property
    def mirrored(self) -> Change:
        """The same difference seen from the other archive (a move's location becomes where it went)."""
        kind = {"+": "-", "-": "+"}.get(self.kind, self.kind)
        # A note that names something in both archives writes `old > new`.
        note = " > ".join(reversed(self.note.split(" > ")))
        if self.kind == ">":
            return Change(kind, Location.parse(str(self.after)), self.after, self.before, note)
        if self.counterpart is None:
            return Change(kind, self.location, self.after, self.before, note)
        return Change(kind, self.counterpart, self.after, self.before, note, self.location)
