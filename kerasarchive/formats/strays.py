"""What lies beside archives in a folder and is none that kav reads: told by name and first bytes, and never opened further."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

HIDES = "hides"
"""It may hold a model, or code that runs when somebody reads it, and kav did not look inside."""
CODE = "code"
"""It is code, which whoever loads the model beside it may run as well."""

_NAMES = {
    ".pkl": "a Python pickle", ".pickle": "a Python pickle", ".joblib": "a Python pickle", ".dill": "a Python pickle",
    ".cloudpickle": "a Python pickle", ".pt": "a PyTorch file", ".pth": "a PyTorch file", ".tar": "a tar archive",
    ".tgz": "a compressed archive", ".gz": "a compressed file", ".bz2": "a compressed file", ".xz": "a compressed file",
    ".zst": "a compressed file", ".7z": "a 7z archive", ".rar": "a rar archive", ".zip": "a zip archive",
    ".mar": "a model archive of TorchServe", ".pbtxt": "a TensorFlow graph in text form",
}  # fmt: skip
_CODE = {
    ".py": "Python code", ".pyc": "Python bytecode", ".pyd": "a native library", ".so": "a native library",
    ".dll": "a native library", ".dylib": "a native library", ".exe": "a program", ".sh": "a script", ".bat": "a script",
    ".ps1": "a script", ".ipynb": "a notebook", ".pth.py": "Python code",
}  # fmt: skip
_MAGICS = (
    (b"\x80\x02", "a Python pickle"), (b"\x80\x03", "a Python pickle"), (b"\x80\x04", "a Python pickle"),
    (b"\x80\x05", "a Python pickle"), (b"\x1f\x8b", "a gzip file"), (b"BZh", "a bzip2 file"), (b"\xfd7zXZ", "an xz file"),
    (b"\x28\xb5\x2f\xfd", "a zstd file"),
    (b"7z\xbc\xaf", "a 7z archive"), (b"PK\x03\x04", "a zip archive"), (b"Rar!", "a rar archive"),
)  # fmt: skip
_PROGRAMS = (b"\x7fELF", b"MZ\x90\x00", b"\xcf\xfa\xed\xfe", b"\xca\xfe\xba\xbe")
_TEXT_PICKLE = re.compile(rb"\(?[ci][A-Za-z_][\w.]*\n[A-Za-z_][\w.]*\n")
_YAML_MODEL = re.compile(rb"(?m)^\s*(class_name|backend|keras_version)\s*:|!!python")
_OBJECTS = re.compile(rb"'descr'\s*:\s*'\|O|\('[^']*',\s*'\|O")


@dataclass(frozen=True, slots=True)
class Stray:
    """One such file: whether it `HIDES` something or is `CODE`, and what it is."""

    path: str
    kind: str
    what: str


def stray(path: str | os.PathLike[str]) -> Stray | None:
    """What is to be said of a file that is no archive; None of data, pictures and texts."""
    place = Path(path)
    suffix = place.suffix.lower()
    name = os.fspath(path)
    if suffix in _CODE:
        return Stray(name, CODE, _CODE[suffix])
    try:
        with place.open("rb") as file:
            head = file.read(4096)
    except OSError as error:
        return Stray(name, HIDES, f"a file that cannot be opened: {error.strerror}")
    if not head:
        return None
    if head.startswith(_PROGRAMS) or head.startswith(b"#!"):
        return Stray(name, CODE, "a script" if head.startswith(b"#!") else "a program")
    what = _hidden(suffix, head)
    return Stray(name, HIDES, what) if what else None


def _hidden(suffix: str, head: bytes) -> str:
    if suffix == ".npz":
        # Its arrays are a member each; one of objects says so where it begins.
        return "a NumPy archive with pickled objects" if _OBJECTS.search(head) else ""
    if head.startswith(b"\x93NUMPY"):
        return "a NumPy array of pickled objects" if _OBJECTS.search(head) else ""
    for magic, what in _MAGICS:
        if head.startswith(magic):
            return what
    if head[257:262] == b"ustar":
        return "a tar archive"
    if _TEXT_PICKLE.match(head):
        return "a Python pickle"
    if suffix in (".yaml", ".yml"):
        return "a YAML architecture, a form that executes code when read" if _YAML_MODEL.search(head) else ""
    if suffix == ".pb" and head[:1] in (b"\x08", b"\x0a", b"\x12"):
        return "a TensorFlow graph by itself"
    return _NAMES.get(suffix, "")
