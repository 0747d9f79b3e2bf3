"""Bytes to `Archive` and back: the only part of kav that touches zip files and h5py.

`open` recognises by content, never by name. What is unusual but readable is a Finding, in the archive or, as far as it
takes a look at the weight tree, in its weight store; ArchiveError is raised where nothing can be read, and names what
the file is and what to do.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kerasarchive.formats.limits import Limits
from kerasarchive.formats.reading import open

if TYPE_CHECKING:
    from kerasarchive.formats.checking import check, digest
    from kerasarchive.formats.composing import compose
    from kerasarchive.formats.writing import publish, temporary, write

__all__ = ["Limits", "check", "compose", "digest", "open", "publish", "temporary", "write"]


def __getattr__(name: str) -> Any:
    if name in ("check", "digest"):
        from kerasarchive.formats import checking as module
    elif name == "compose":
        from kerasarchive.formats import composing as module  # type: ignore[no-redef]
    elif name in ("publish", "temporary", "write"):
        from kerasarchive.formats import writing as module  # type: ignore[no-redef]
    else:
        msg = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(msg)
    return getattr(module, name)
