"""The archives at and below the paths that a user named. An audit looks harder, and tells what it passed over."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TypeAlias

from kerasarchive.model.finding import Skipped

StrPath: TypeAlias = "str | os.PathLike[str]"

SUFFIXES = (".keras", ".h5", ".hdf5", ".weights.json")
_MAGICS = (b"\x89HDF\r\n\x1a\n", b"PK\x03\x04")
_TABLE = bytes.fromhex("57fb808b247547db")
"""The end of a LevelDB table."""
_WHOLE_FOLDERS = frozenset({"config.json", "saved_model.pb", "saved_model.pbtxt", "keras_metadata.pb"})
"""Files whose folder as a whole is one archive."""


def expand(paths: Sequence[StrPath]) -> Iterator[str]:
    """Every archive at or below `paths`, each folder's by name; a folder without any stands for itself."""
    return _each(paths, _below)


def _each(paths: Sequence[StrPath], below: Callable[[str], Iterator[str]]) -> Iterator[str]:
    for path in (os.fspath(path) for path in paths):
        found = False
        for archive in below(path) if Path(path).is_dir() else ():
            found = True
            yield archive
        if not found:
            yield path


def _below(root: str) -> Iterator[str]:
    if _is_archive_folder(root):
        yield root
        return
    for folder, names, files in os.walk(root):
        names[:] = sorted(name for name in names if not name.startswith("."))
        for name in [name for name in names if _is_archive_folder(str(Path(folder, name)))]:
            names.remove(name)
            yield str(Path(folder, name))
        yield from (str(Path(folder, name)) for name in sorted(files) if _is_candidate(Path(folder, name)))


def _is_archive_folder(path: str) -> bool:
    try:
        return not _WHOLE_FOLDERS.isdisjoint(entry.name for entry in Path(path).iterdir())
    except OSError:
        return False


def _is_candidate(path: Path, *, hidden: bool = False) -> bool:
    """A file that is named like an archive or begins like one: what it is shows when it is opened."""
    if (path.name.startswith(".") and not hidden) or not path.is_file():
        return False
    if path.suffix == ".index":
        return _is_table(path)
    if path.name.lower().endswith(SUFFIXES):
        return True
    try:
        with path.open("rb") as file:
            head = file.read(4096)
    except OSError:
        return False
    if head.startswith(_MAGICS[0]):
        return True
    if head.startswith(_MAGICS[1]):
        return b"config.json" in head or b"metadata.json" in head
    return path.suffix == ".json" and b'"class_name"' in head and b'"config"' in head


def _is_table(path: Path) -> bool:
    """Whether a file ends like the index of a TensorFlow checkpoint."""
    try:
        with path.open("rb") as file:
            file.seek(-min(len(_TABLE), path.stat().st_size), os.SEEK_END)
            return file.read() == _TABLE
    except OSError:
        return False


class Thorough:
    """The archives of an audit: hidden ones too, those under other names, and those inside of folders that are archives.

    `passed` holds for each folder that was walked the files that are no archives, and what could not be looked at.
    """

    def __init__(self) -> None:
        self.passed: dict[str, list[str | Skipped]] = {}

    def __call__(self, paths: Sequence[StrPath]) -> Iterator[str]:
        """Every archive at or below `paths`; a folder without any stands for itself."""
        return _each(paths, self._below)

    def _below(self, root: str) -> Iterator[str]:
        passed = self.passed.setdefault(root, [])

        def unread(error: OSError) -> None:
            passed.append(Skipped(str(error.filename), f"the folder cannot be listed: {error.strerror}"))

        within: dict[str, str] = {}
        """The archive that a folder is part of."""
        for folder, names, files in os.walk(root, onerror=unread):
            archive = folder if _is_archive_folder(folder) else within.get(folder, "")
            if archive == folder:
                yield folder
            names[:] = sorted(name for name in names if name not in _NO_MODELS)
            for name in names:
                place = os.path.join(folder, name)  # noqa: PTH118 - a hundred thousand times
                within[place] = archive
                if Path(place).is_symlink() and not archive:
                    passed.append(Skipped(place, "a link to a folder, which was not followed"))
            for name in sorted(files):
                file = Path(folder, name)
                if archive and _is_own(file.relative_to(archive).as_posix()):
                    continue
                if _is_candidate(file, hidden=True) or _is_disguised(file):
                    yield str(file)
                elif not archive and not _SHARD.search(name) and file.is_file():
                    passed.append(str(file))


_SHARD = re.compile(r"\.data-\d{5}-of-\d{5}$")
"""Numbers of a checkpoint, which its index says: they may begin like anything."""
_NO_MODELS = frozenset({".git", ".hg", ".svn"})
_OWN = frozenset(
    {"config.json", "metadata.json", "model.weights.h5", "model.weights.json", "saved_model.pb", "keras_metadata.pb"}
)


def _is_own(name: str) -> bool:
    """Whether a file of a folder that is an archive is looked at as part of that."""
    return name in _OWN or name.startswith("variables/variables.")


def _is_disguised(path: Path) -> bool:
    """Whether a file that has no archive's name and beginning is one that Keras, or somebody's tool, would read."""
    from kerasarchive.formats.config_json import mentions_model

    try:
        if path.is_symlink() or not path.is_file():
            return False
        with path.open("rb") as file:
            head = file.read(4096)
            if head.lstrip(_BLANKS).startswith(b"{") or (head and not head.strip(_BLANKS)):
                return mentions_model(head + file.read(1 << 20))
            size = path.stat().st_size
            offset = 512
            while offset + len(_MAGICS[0]) <= size:  # behind a user block
                file.seek(offset)
                if file.read(len(_MAGICS[0])) == _MAGICS[0]:
                    return True
                offset *= 2
            file.seek(max(0, size - _TAIL))
            tail = file.read(_TAIL)
    except OSError:
        return False
    end = tail.rfind(b"PK\x05\x06")
    return end >= 0 and (b"config.json" in tail or b"model.weights.h5" in tail)


_BLANKS = b"\xef\xbb\xbf\xff\xfe\0 \t\r\n"
_TAIL = 1 << 17
"""A zip's directory lies before its end, behind which a comment of up to 64 KB may stand."""
