"""What a file is that kav does not read: said in one line, with what to do about it."""

from __future__ import annotations

from pathlib import Path

from kerasarchive.errors import ArchiveError
from kerasarchive.formats.format import Source

_MAGICS = (
    (b"\x80\x02", "a Python pickle", "kav never unpickles; save the model with model.save"),
    (b"\x80\x03", "a Python pickle", "kav never unpickles; save the model with model.save"),
    (b"\x80\x04", "a Python pickle", "kav never unpickles; save the model with model.save"),
    (b"\x80\x05", "a Python pickle", "kav never unpickles; save the model with model.save"),
    (b"\x1f\x8b", "a gzip file", "decompress it first"),
    (b"BZh", "a bzip2 file", "decompress it first"),
    (b"\xfd7zXZ", "an xz file", "decompress it first"),
    (b"\x28\xb5\x2f\xfd", "a zstd file", "decompress it first"),
    (b"7z\xbc\xaf", "a 7z archive", "unpack it first"),
    (b"PK\x03\x04", "the beginning of a zip archive whose end is cut off", "get the file once more"),
    (b"\x93NUMPY", "a NumPy .npy array", "kav reads archives of Keras models"),
    (b"\x7fELF", "an executable", "kav reads archives of Keras models"),
    (b"%PDF", "a PDF document", "kav reads archives of Keras models"),
)


def describe(source: Source) -> ArchiveError:
    """The ArchiveError for something that no format recognised."""
    what, hint = _folder(source) if source.is_folder else _file(source)
    return ArchiveError(f"is {what}", location=source.path, hint=hint, rule="not-keras")


def _folder(source: Source) -> tuple[str, str]:
    names = set(source.names)
    if "saved_model.pbtxt" in names:
        return "a TensorFlow SavedModel in text form", "kav reads the binary form, saved_model.pb"
    if "keras_metadata.pb" in names:
        return "a TensorFlow SavedModel without its saved_model.pb", "get the whole folder once more"
    if any(name.endswith(".index") for name in names):
        return "a folder with TensorFlow checkpoints", _PREFIX
    if not names:
        return "an empty folder", "name a model file"
    return "a folder without config.json: not an unpacked Keras archive", "name a model file"


_PREFIX = "name a checkpoint: its files without .index and .data-00000-of-00001"


def _file(source: Source) -> tuple[str, str]:
    head, size = source.head, source.view.size if source.view else 0
    if size == 0:
        return "an empty file", "get the file once more"
    if head.startswith(b"version https://git-lfs.github.com/spec/"):
        return "a git-lfs pointer, not the model itself", "run `git lfs pull`"
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")[:512].lower()
    if start.startswith((b"<!doctype html", b"<html", b"<head")) or (start.startswith(b"<?xml") and b"<html" in start):
        return "an HTML page, such as a server's error page", "download the model's file itself"
    if start.startswith(b"<?xml"):
        return "an XML document, such as a server's error message", "download the model's file itself"
    for magic, what, hint in _MAGICS:
        if head.startswith(magic):
            return what, hint
    name = Path(source.path).name
    if name in ("saved_model.pb", "keras_metadata.pb"):
        return "part of a TensorFlow SavedModel", "name its folder"
    if name.endswith(".index"):
        return "a TensorFlow checkpoint's index that is cut off, or something else", "get the file once more"
    if ".data-0" in name or name == "checkpoint":
        return "part of a TensorFlow checkpoint", _PREFIX
    if start.startswith((b"class_name:", b"backend:", b"config:")):
        return "a YAML architecture, a form that executes code when read", "save the architecture as JSON"
    if start[:1] in (b"{", b"["):
        return "a JSON document, but not a Keras architecture", "kav reads what model.to_json() writes"
    return "of no type that kav knows", "kav reads .keras, .h5, .weights.h5, .weights.json and architecture .json"
