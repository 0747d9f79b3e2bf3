"""What a format module declares, and what it gets to look at."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from kerasarchive.formats.limits import Limits
from kerasarchive.formats.view import FileView, Handle, View
from kerasarchive.model.archive import Archive

if TYPE_CHECKING:
    from kerasarchive.formats.hdf5.store import Hdf5Store
    from kerasarchive.formats.zip.records import EndRecord

HDF5_MAGIC = b"\x89HDF\r\n\x1a\n"


@dataclass
class Source:
    """One input: a file, a folder or bytes. What is costly to find out is found out once, when first asked for."""

    path: str
    limits: Limits
    handle: Handle | None = None
    view: View | None = None
    closers: list[Callable[[], None]] = field(default_factory=list)

    @property
    def is_folder(self) -> bool:
        """Whether it is a folder."""
        return self.view is None

    @cached_property
    def head(self) -> bytes:
        """The first 4 KiB."""
        return self.view.pread(0, 4096) if self.view else b""

    @cached_property
    def names(self) -> tuple[str, ...]:
        """A folder's entries, sorted."""
        return tuple(sorted(entry.name for entry in Path(self.path).iterdir())) if self.is_folder else ()

    @cached_property
    def end_record(self) -> EndRecord | None:
        """The zip end record, if there is one."""
        from kerasarchive.formats.zip.directory import find_end
        from kerasarchive.formats.zip.records import CENTRAL_MAGIC

        end = find_end(self.view) if self.view else None
        if end is None or self.view is None:
            return None
        # Four bytes of weights can look like an end record; a directory must stand where it says.
        start = end.offset - end.directory_size
        plausible = start >= 0 and (end.directory_size == 0 or self.view.pread(start, 4) == CENTRAL_MAGIC)
        return end if plausible else None

    @cached_property
    def hdf5_offset(self) -> int | None:
        """Where the HDF5 signature stands (0, 512, 1024, ... as the format allows), if anywhere."""
        if self.view is None:
            return None
        offset = 0
        while offset + 8 <= self.view.size:
            if self.view.pread(offset, 8) == HDF5_MAGIC:
                return offset
            offset = max(512, offset * 2)
        return None

    @cached_property
    def hdf5(self) -> Hdf5Store | None:
        """The file as a weight store, if it is HDF5."""
        from kerasarchive.formats.hdf5.store import Hdf5Store

        view = self.view
        if self.hdf5_offset is None or view is None:
            return None
        return Hdf5Store(lambda: view, "", self.limits)

    @property
    def suffix(self) -> str:
        """The end of the name that Keras goes by."""
        name = Path(self.path).name.lower()
        for suffix in (".weights.h5", ".weights.json", ".keras", ".h5", ".hdf5", ".json"):
            if name.endswith(suffix):
                return suffix
        return ""

    def window(self) -> FileView:
        """The file's bytes as a window on its descriptor."""
        assert isinstance(self.view, FileView)
        return self.view

    def close(self) -> None:
        """Close everything."""
        for closer in self.closers:
            closer()
        if self.handle:
            self.handle.close()


@dataclass(frozen=True, slots=True)
class Format:
    """A format that kav reads. Formats are asked in the order of `precedence`; the first that recognises it reads."""

    name: str
    title: str
    recognise: Callable[[Source], bool]
    read: Callable[[Source], Archive]
    precedence: int = 50
