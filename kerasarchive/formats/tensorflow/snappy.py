"""Snappy's block format, unpacked: LevelDB tables may hold their blocks so (TensorFlow itself writes them plain).

Format: https://github.com/google/snappy/blob/main/format_description.txt
"""

from __future__ import annotations

from kerasarchive.formats.tensorflow.wire import Damaged, varint


def unpack(data: memoryview, limit: int) -> bytes:
    """The content of a block of at most `limit` bytes. Raises Damaged."""
    size, at = varint(data, 0)
    if size > limit:
        msg = f"a compressed block declares {size:,} bytes, more than the {limit:,} that kav unpacks"
        raise Damaged(msg)
    out = bytearray()
    while at < len(data) and len(out) <= size:
        tag = data[at]
        at += 1
        if tag & 3 == 0:
            length = (tag >> 2) + 1
            if length > 60:
                more = length - 60
                length = int.from_bytes(data[at : at + more], "little") + 1
                at += more
            if length > len(data) - at:
                msg = "a compressed block is cut off"
                raise Damaged(msg)
            out += data[at : at + length]
            at += length
            continue
        width = (1, 2, 4)[(tag & 3) - 1]
        offset = int.from_bytes(data[at : at + width], "little")
        length = (tag >> 2) + 1
        if width == 1:
            offset |= (tag >> 5) << 8
            length = ((tag >> 2) & 7) + 4
        at += width
        if not 0 < offset <= len(out):
            msg = "a compressed block copies from before its beginning"
            raise Damaged(msg)
        # A copy may overlap itself: the last `offset` bytes are repeated.
        chunk = bytes(out[len(out) - offset : len(out) - offset + length])
        out += (chunk * (length // len(chunk) + 1))[:length]
    if len(out) != size:
        msg = f"a compressed block holds {len(out):,} bytes, it says {size:,}"
        raise Damaged(msg)
    return bytes(out)
