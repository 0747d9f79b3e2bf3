"""The bytes of one tensor of a bundle as values, its checksum verified."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kerasarchive.formats.tensorflow.bundle import Entry
from kerasarchive.formats.tensorflow.crc32c import crc32c, masked, unmasked
from kerasarchive.formats.tensorflow.dtypes import ITEMSIZES
from kerasarchive.formats.tensorflow.wire import Damaged, varint

if TYPE_CHECKING:
    import numpy as np

BLOCK = 1 << 24


def stored_type(entry: Entry, big_endian: bool) -> str:
    """How NumPy spells the stored type of a tensor of numbers; bfloat16 as the two bytes that it is."""
    import numpy as np

    kind = np.dtype("uint16" if entry.dtype == "bfloat16" else entry.dtype)
    return str(kind.newbyteorder(">" if big_endian else "<").str)


def values(data: bytes, entry: Entry, big_endian: bool) -> np.ndarray[Any, Any]:
    """The values, flat; bfloat16 as float32 (exact)."""
    import numpy as np

    flat = np.frombuffer(data, stored_type(entry, big_endian))
    if entry.dtype == "bfloat16":
        return (flat.astype(np.uint32) << 16).view(np.float32)
    return flat.astype(flat.dtype.newbyteorder("=")) if big_endian else flat


def texts(data: bytes, entry: Entry) -> np.ndarray[Any, Any]:
    """A tensor of texts, as bytes: lengths, a checksum of the lengths, and the texts themselves. Raises Damaged."""
    import numpy as np

    count = 1
    for length in entry.shape:
        count *= length
    if count > len(data):
        msg = f"declares {count:,} texts in {len(data):,} bytes"
        raise Damaged(msg)
    view = memoryview(data)
    lengths, at = [], 0
    for _ in range(count):
        size, at = varint(view, at)
        lengths.append(size)
    # The checksum counts each length as a number of four bytes (eight beyond that), not as it is stored.
    spelled = b"".join(size.to_bytes(4 if size <= 0xFFFFFFFF else 8, "little") for size in lengths)
    value = crc32c(spelled)
    if at + 4 > len(view) or masked(value) != int.from_bytes(view[at : at + 4], "little"):
        msg = "the lengths of its texts do not match their checksum"
        raise Damaged(msg)
    value = crc32c(view[at:], value)
    if value != unmasked(entry.crc32c):
        msg = "its texts do not match their checksum"
        raise Damaged(msg)
    at += 4
    if sum(lengths) != len(view) - at:
        msg = "its texts are not as long as it says"
        raise Damaged(msg)
    found = np.empty(count, object)
    for index, size in enumerate(lengths):
        found[index] = bytes(view[at : at + size])
        at += size
    return found.reshape(entry.shape)


def check_size(entry: Entry) -> None:
    """Raise Damaged where a tensor's size is not what its shape and type make."""
    if entry.dtype in ITEMSIZES and entry.nbytes != entry.size:
        msg = f"has {entry.size:,} bytes, its shape {entry.shape} of {entry.dtype} makes {entry.nbytes:,}"
        raise Damaged(msg)
