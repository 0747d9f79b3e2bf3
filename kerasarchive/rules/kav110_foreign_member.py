"""The archive carries a file that is no part of a Keras model: code, a pickle, another archive.

Keras does not load it, so this is no attack in itself. It is how payloads travel, though: something else in the
archive, or a person who follows a README, may open it. It counts more in a `.keras`, which Keras alone writes, than in a
folder, which people put things into.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from kerasarchive.auditing.evidence import Evidence
from kerasarchive.auditing.rule import Rule
from kerasarchive.model.finding import Finding, Skipped
from kerasarchive.model.location import Location

_MAGICS = (
    (b"\x7fELF", "a program"),
    (b"MZ\x90\x00", "a Windows program"),
    (b"\xcf\xfa\xed\xfe", "a macOS program"),
    (b"\xca\xfe\xba\xbe", "a macOS program or Java code"),
    (b"\x80\x02", "a pickle"),
    (b"\x80\x03", "a pickle"),
    (b"\x80\x04", "a pickle"),
    (b"\x80\x05", "a pickle"),
    (b"PK\x03\x04", "another zip archive"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"BZh", "a bzip2 archive"),
    (b"\xfd7zXZ", "an xz archive"),
    (b"7z\xbc\xaf", "a 7z archive"),
    (b"\x89HDF\r\n\x1a\n", "another HDF5 file"),
    (b"#!/", "a script"),
)
_SUFFIXES = {
    ".py": "Python code", ".pyc": "Python code", ".pyd": "a program", ".so": "a program", ".dll": "a program",
    ".exe": "a program", ".sh": "a script", ".bat": "a script", ".pkl": "a pickle", ".pickle": "a pickle",
    ".tar": "a tar archive", ".yaml": "YAML, which can hold code,", ".yml": "YAML, which can hold code,",
    ".keras": "another model", ".joblib": "a pickle", ".dill": "a pickle", ".pth": "a pickle",
    ".npz": "a NumPy archive", ".npy": "a NumPy array",
}  # fmt: skip
_OWN = frozenset({"metadata.json", "config.json", "model.weights.h5", "model.weights.npz", "model.weights.json"})
_NPZ = "model.weights.npz"
"""Keras takes it only where there is no HDF5, and looks past it otherwise."""
_LOOKED_AT = 10_000
_TEXT_PICKLE = re.compile(rb"\(?[ci][A-Za-z_][\w.]*\n[A-Za-z_][\w.]*\n")
"""A pickle of protocol 0 that begins with something to import."""
_BYTECODE = re.compile(rb"[\x00-\xff][\x0b-\x0f]\r\n")
"""What a ``.pyc`` of Python 3 begins with, whatever it is named."""
_HARMLESS = ("a NumPy archive", "a NumPy array")


def check(evidence: Evidence) -> Iterator[Finding]:
    """Members that Keras did not write, told by their names and first bytes."""
    severity = "medium" if evidence.archive.format == "keras-zip" else "low"
    others = [member for member in evidence.archive.members if member.name not in _OWN and member.size]
    if evidence.archive.weights is not None and evidence.archive.weights.member != _NPZ:
        others += [member for member in evidence.archive.members if member.name == _NPZ]
    for member in others[:_LOOKED_AT]:
        what = _SUFFIXES.get(member.name[member.name.rfind(".") :].lower()) if "." in member.name else None
        if what is None:
            with member.open() as content:
                head = content.read(512)
            what = next((what for magic, what in _MAGICS if head.startswith(magic)), None)
            if what is None and _TEXT_PICKLE.match(head):
                what = "a pickle"
            elif what is None and _BYTECODE.match(head):
                what = "Python bytecode"
            elif what is None and head[257:262] == b"ustar":
                what = "a tar archive"
        if what:
            how = "low" if what in _HARMLESS else severity
            yield RULE.finding(f"is {what}, which no Keras model holds", Location(member.name), severity=how)
    if len(others) > _LOOKED_AT:
        what = f"{len(others) - _LOOKED_AT:,} members behind the first {_LOOKED_AT:,}"
        evidence.gaps.append(Skipped(what, "there are more than any honest model has"))


RULE = Rule(
    code="KAV110",
    name="foreign-member",
    severity="low",
    remedy="Do not open it; ask whoever made the archive what it is for.",
    check=check,
)
