"""Mutations that know the container: fields of zip records and HDF5 structures, members, HDF5 objects, protobuf, tables."""

from __future__ import annotations

import io
import struct
import warnings
import zipfile
from collections.abc import Callable
from random import Random
from typing import Any

from . import documents
from .seeds import packed

EDGES = (
    0,
    1,
    2,
    0x7F,
    0x80,
    0xFF,
    0x7FFF,
    0xFFFF,
    0x7FFFFFFF,
    0x80000000,
    0xFFFFFFFF,
    1 << 40,
    (1 << 63) - 1,
    (1 << 64) - 1,
)
_MARKS = (
    b"PK\1\2",
    b"PK\3\4",
    b"PK\5\6",
    b"TREE",
    b"SNOD",
    b"HEAP",
    b"\x89HDF",
    b"GCOL",
    b"OHDR",
    b"FRHP",
    b"FSHD",
    b"BTHD",
    b"OCHK",
)
NAMES = (
    "config.json",
    "metadata.json",
    "model.weights.h5",
    "../config.json",
    "/etc/x",
    "a\\b",
    "CONFIG.JSON",
    "x\0y",
    "",
    "a/",
    "assets/x.pkl",
)


def bytes_of(data: bytes, chance: Random, other: bytes) -> bytes:
    """One to four changes that know nothing of what they change."""
    content = bytearray(data)
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(content) + 1)
        kind = chance.randrange(9)
        if kind == 0 and at < len(content):
            content[at] ^= 1 << chance.randrange(8)
        elif kind == 1:
            content[at : at + chance.choice((1, 2, 4, 8))] = _number(chance)
        elif kind == 2:
            del content[at : at + chance.randint(1, 64)]
        elif kind == 3:
            content[at:at] = chance.randbytes(chance.randint(1, 64))
        elif kind == 4 and chance.random() < 0.3:
            del content[at:]
        elif kind == 5:
            start = chance.randrange(len(content) + 1)
            content[at : at + 16] = content[start : start + 16]
        elif kind == 6:
            start = chance.randrange(len(other) + 1)
            piece = other[start : start + chance.choice((8, 64, 512, 1 << 16))]
            content[at : at + len(piece)] = piece
        elif kind == 7 and chance.random() < 0.2:
            content = content + other if chance.random() < 0.5 else bytearray(other) + content
        elif at < len(content):
            content[at] = chance.randrange(256)
    return bytes(content)


def fields_of(data: bytes, chance: Random, other: bytes) -> bytes:
    """Fields of zip records and of HDF5 structures, found by their signatures, get numbers at the edges."""
    places = [at for mark in _MARKS for at in _found(data, mark)]
    content = bytearray(data)
    for _ in range(chance.randint(1, 3) if places else 0):
        at = chance.choice(places) + chance.randrange(4, 64)
        if at < len(content):
            number = _number(chance)
            content[at : at + len(number)] = number
    return bytes(content) if places else bytes_of(data, chance, other)


def _found(data: bytes, mark: bytes) -> list[int]:
    places, at = [], data.find(mark)
    while at >= 0 and len(places) < 200:
        places.append(at)
        at = data.find(mark, at + 1)
    return places


def _number(chance: Random) -> bytes:
    width = chance.choice((1, 2, 4, 8))
    return (chance.choice(EDGES) & ((1 << 8 * width) - 1)).to_bytes(width, chance.choice(("little", "little", "big")))


def members_of(data: bytes, chance: Random, other: bytes) -> bytes:
    """A zip made anew: a member changed by what it holds, renamed, doubled, dropped or added."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            files = [(item.filename, archive.read(item)) for item in archive.infolist()]
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, EOFError, struct.error):
        return bytes_of(data, chance, other)
    number = chance.randrange(len(files)) if files else 0
    kind = chance.randrange(10)
    if files and kind < 6:
        name, content = files[number]
        files[number] = (name, content_of(name, content, chance, other))
    elif files and kind == 6:
        files[number] = (chance.choice(NAMES), files[number][1])
    elif files and kind == 7:
        files.insert(
            chance.randrange(len(files) + 1), (files[number][0], chance.choice((files[number][1], other, b"")))
        )
    elif files and kind == 8:
        del files[number]
    else:
        files.append((chance.choice(NAMES), chance.choice((other, b"", b"\x80\x04."))))
    method = chance.choice((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED))
    buffer = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(buffer, "w", method) as archive:
        warnings.simplefilter("ignore")
        for name, content in files:
            archive.writestr(zipfile.ZipInfo(name or "x"), content, method)
    return buffer.getvalue()


def hdf5_of(data: bytes, chance: Random, other: bytes) -> bytes:
    """An HDF5 file rewritten with the library: odd attributes, links, datasets and shapes."""
    import h5py
    import numpy as np

    buffer = io.BytesIO(data)
    try:
        with h5py.File(buffer, "r+") as file:
            paths: list[str] = []
            file.visit(paths.append)
            path = chance.choice(paths) if paths else "/"
            holder = file[path] if chance.random() < 0.7 else file
            group = holder if isinstance(holder, h5py.Group) else holder.parent
            kind = chance.randrange(12)
            if kind < 4 and len(file.attrs):
                name = chance.choice(list(file.attrs))
                value = file.attrs[name]
                text = (
                    value.encode() if isinstance(value, str) else bytes(value) if isinstance(value, np.bytes_) else b""
                )
                file.attrs[name] = (
                    documents.mutated(text, chance).decode("latin-1") if text.startswith(b"{") else ODD(chance)
                )
            elif kind == 4 and paths:
                del file[path]
            elif kind == 5:
                group.create_dataset("bomb", (chance.choice((10**6, 10**10)), 1 << 20), "f4", chunks=(1, 1 << 10))
            elif kind == 6:
                group["link"] = chance.choice(
                    (h5py.SoftLink("/"), h5py.SoftLink("/link"), h5py.ExternalLink("x.h5", "/"))
                )
            elif kind == 7:
                group["again"] = file
            elif kind == 8:
                layout = h5py.VirtualLayout((3,), "f4")
                layout[:] = h5py.VirtualSource("other.h5", "x", (3,))
                group.create_virtual_dataset("virtual", layout)
            elif kind == 9:
                group.create_dataset("odd", data=ODD(chance))
            elif kind == 10 and paths:
                file.move(path, chance.choice(("moved", "layers/moved/vars/0", "é" * 50, "vars/0")))
            else:
                holder.attrs[
                    chance.choice(("weight_names", "layer_names", "name", "keras_version", "model_config"))
                ] = ODD(chance)
    except (OSError, ValueError, KeyError, TypeError, RuntimeError, AttributeError, NotImplementedError):
        return fields_of(data, chance, other)
    return buffer.getvalue()


def ODD(chance: Random) -> Any:  # noqa: N802 - a table of odd values, made when asked for
    """A value that Keras does not write."""
    import h5py
    import numpy as np

    return chance.choice((
        np.bool_(True), np.float64("nan"), np.array([], "f4"), np.array([b"a", b"bc"]), np.array(["a", "é"], h5py.string_dtype()),
        np.arange(6).reshape(2, 3), np.zeros(2, "c8"), np.zeros(1, [("a", "i4"), ("b", "f8")]), "text", b"\xff\xfe",
        np.array([[b"a"]]), h5py.Empty("f4"), np.zeros(3, "f2"), np.int64(-1), np.zeros((0, 3), "i8"), "{}", "[]", "{" * 600,
    ))  # fmt: skip


def proto_of(data: bytes, chance: Random, other: bytes) -> bytes:
    """A protobuf whose lengths stay right while something deep inside of it changes."""
    return _message(data, chance, other, 0)


def _message(data: bytes, chance: Random, other: bytes, depth: int) -> bytes:
    parts = _parts(data)
    if not parts or depth > 12:
        return documents.mutated(data, chance) if data.startswith(b"{") else bytes_of(data, chance, other)
    number = chance.randrange(len(parts))
    place, kind, content = parts[number]
    act = chance.randrange(10)
    if act == 0:
        del parts[number]
    elif act == 1:
        parts.insert(chance.randrange(len(parts) + 1), parts[number])
    elif act == 2:
        parts[number] = (chance.choice((1, 2, 3, 15, 1 << 20)), kind, content)
    elif kind == 2:
        parts[number] = (place, 2, _message(content, chance, other, depth + 1))
    elif kind == 0:
        parts[number] = (place, 0, _varint(chance.choice(EDGES)))
    else:
        parts[number] = (place, kind, chance.randbytes(len(content)))
    return b"".join(
        _varint(place << 3 | kind) + (_varint(len(content)) + content if kind == 2 else content)
        for place, kind, content in parts
    )


def _parts(data: bytes) -> list[tuple[int, int, bytes]]:
    """The fields of a message: (number, wire type, content); none if it is none."""
    parts, at = [], 0
    try:
        while at < len(data):
            key, at = _read(data, at)
            if key & 7 == 0:
                _, end = _read(data, at)
            elif key & 7 == 2:
                size, at = _read(data, at)
                end = at + size
            else:
                end = at + {1: 8, 5: 4}[key & 7]
            if end > len(data) or not key >> 3:
                return []
            parts.append((key >> 3, key & 7, data[at:end]))
            at = end
    except (KeyError, IndexError):
        return []
    return parts


def _read(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        value |= (data[at] & 127) << shift
        at, shift = at + 1, shift + 7
        if data[at - 1] < 128:
            return value, at


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes([*out, value])


def table_of(data: bytes, chance: Random, other: bytes) -> bytes:
    """A checkpoint's index made anew, with right checksums around entries that changed."""
    from kerasarchive.formats.limits import Limits
    from kerasarchive.formats.tensorflow import sstable
    from kerasarchive.formats.tensorflow.wire import Damaged

    try:
        pairs = [(bytes(key), bytes(value)) for key, value in sstable.entries(data, Limits())]
    except Damaged:
        return bytes_of(data, chance, other)
    for _ in range(chance.randint(1, 3)):
        number = chance.randrange(len(pairs))
        key, value = pairs[number]
        kind = chance.randrange(5)
        if kind == 0:
            del pairs[number]
        elif kind == 1:
            pairs[number] = (bytes_of(key, chance, b""), value)
        else:
            pairs[number] = (key, proto_of(value, chance, b""))
        if not pairs:
            return b""
    if chance.random() < 0.9:
        pairs.sort()
    first, index = _block(pairs), b""
    index = _block([(b"\xff", _varint(0) + _varint(len(first) - 5))])
    meta = _block([])
    footer = _varint(len(first)) + _varint(len(meta) - 5) + _varint(len(first) + len(meta)) + _varint(len(index) - 5)
    return first + meta + index + footer.ljust(40, b"\0") + sstable.MAGIC


def _block(pairs: list[tuple[bytes, bytes]]) -> bytes:
    from kerasarchive.formats.tensorflow.crc32c import crc32c, masked

    content = b"".join(_varint(0) + _varint(len(k)) + _varint(len(v)) + k + v for k, v in pairs) + struct.pack(
        "<II", 0, 1
    )
    return content + b"\0" + struct.pack("<I", masked(crc32c(content + b"\0")))


def content_of(name: str, data: bytes, chance: Random, other: bytes) -> bytes:
    """A file or member changed by what it holds, or, one time in three, as mere bytes."""
    kinds: list[Callable[[bytes, Random, bytes], bytes]] = [bytes_of]
    if data.startswith(b"PK"):
        kinds += [members_of, members_of, fields_of]
    elif data.startswith(b"\x89HDF"):
        kinds += [fields_of, fields_of, hdf5_of, hdf5_of]
    elif name.endswith(".json"):
        kinds += [documents.mutated] * 4
    elif name.endswith(".pb"):
        kinds += [proto_of] * 3
    elif name.endswith(".index"):
        kinds += [table_of] * 3
    return chance.choice(kinds)(data, chance, other)


__all__ = ["content_of", "packed"]
