"""Bytes to `Archive` and back: the only part of kav that touches zipfile and h5py.

`open` recognises by content, never by name. What is unusual but readable is a Finding in the archive; ArchiveError is
raised where nothing can be read, and names what the file is and what to do.
"""

from __future__ import annotations

from kerasarchive.formats.limits import Limits
from kerasarchive.formats.reading import open
from kerasarchive.formats.writing import publish, temporary, write

__all__ = ["Limits", "open", "publish", "temporary", "write"]
