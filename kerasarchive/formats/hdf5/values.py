"""Values of datasets as NumPy arrays: contiguous, compact, and chunked with the filters that h5py users choose."""

from __future__ import annotations

import math
import zlib
from collections.abc import Iterator
from typing import Any

import numpy as np

from kerasarchive.formats.hdf5.attributes import text_at
from kerasarchive.formats.hdf5.bytesource import ByteSource, Damaged
from kerasarchive.formats.hdf5.datasets import CHUNKED, COMPACT, CONTIGUOUS, Dataset, chunk_index
from kerasarchive.formats.hdf5.datatypes import VLEN
from kerasarchive.formats.limits import Limits

Array = np.ndarray[Any, Any]
DEFLATE, SHUFFLE, FLETCHER32 = 1, 2, 3
SUPPORTED = frozenset({DEFLATE, SHUFFLE, FLETCHER32})


def is_readable(dataset: Dataset) -> bool:
    """Whether this module can read the values; else it takes the HDF5 library."""
    if not dataset.datatype.code and not is_text(dataset):
        return False
    if dataset.layout == CHUNKED:
        return SUPPORTED.issuperset(dataset.filters) and (bool(dataset.chunk) or not dataset.shape)
    return dataset.layout in (COMPACT, CONTIGUOUS) and not dataset.filters


def is_text(dataset: Dataset) -> bool:
    """Whether the elements are texts of variable length."""
    return dataset.datatype.kind == VLEN and dataset.datatype.text


def read_values(source: ByteSource, dataset: Dataset, limits: Limits) -> Array:
    """All values in their shape; Damaged if the file does not hold them."""
    if dataset.layout == CHUNKED and dataset.shape:
        stored = _rows(source, dataset, 0, dataset.shape[0])
    else:
        stored = _plain(source, dataset, 0, dataset.nbytes).reshape(dataset.shape)
    return _native(source, stored, dataset, limits)


def read_pieces(source: ByteSource, dataset: Dataset, nbytes: int, limits: Limits) -> Iterator[Array]:
    """All values, flattened, in pieces of about `nbytes`; chunked ones by whole rows of chunks."""
    if dataset.layout == CHUNKED and dataset.shape:
        row = max(1, dataset.nbytes // max(1, dataset.shape[0]))
        rows = max(1, nbytes // (row * dataset.chunk[0])) * dataset.chunk[0]
        for start in range(0, dataset.shape[0], rows):
            piece = _rows(source, dataset, start, min(start + rows, dataset.shape[0]))
            yield _native(source, piece, dataset, limits).reshape(-1)
        return
    step = max(1, nbytes // dataset.datatype.size) * dataset.datatype.size
    for start in range(0, dataset.nbytes, step):
        piece = _plain(source, dataset, start, min(step, dataset.nbytes - start))
        yield _native(source, piece, dataset, limits)


def _code(dataset: Dataset) -> np.dtype[Any]:
    code = dataset.datatype.code
    return np.dtype("u1" if code == "b1" else code or f"V{dataset.datatype.size}")


def _plain(source: ByteSource, dataset: Dataset, start: int, nbytes: int) -> Array:
    if not nbytes:
        return np.empty(0, _code(dataset))
    if dataset.nbytes > dataset.stored or dataset.layout == CHUNKED:
        msg = f"declares {dataset.nbytes:,} bytes, {dataset.stored:,} are stored"
        raise Damaged(msg)
    if dataset.layout == COMPACT:
        data = dataset.inline[start : start + nbytes]
    else:
        assert dataset.address is not None
        data = source.read(dataset.address + start, nbytes)
    if len(data) != nbytes:
        msg = "the values are cut off"
        raise Damaged(msg)
    return np.frombuffer(data, _code(dataset))


def _rows(source: ByteSource, dataset: Dataset, start: int, stop: int) -> Array:
    """The rows ``[start, stop)`` along the first axis of a chunked dataset."""
    shape = (stop - start, *dataset.shape[1:])
    out = np.empty(shape, _code(dataset))
    if not out.size:
        return out
    if dataset.address is None:
        msg = "the values were never written"
        raise Damaged(msg)
    covered = 0
    for offsets, stored, mask, address in chunk_index(source, dataset.address, len(dataset.shape) + 1):
        begin, end = max(start, offsets[0]), min(stop, offsets[0] + dataset.chunk[0])
        ends = [min(o + c, s) for o, c, s in zip(offsets, dataset.chunk, dataset.shape, strict=True)]
        if begin >= end or any(o >= e for o, e in zip(offsets, ends, strict=True)):
            continue
        chunk = _chunk(source, dataset, stored, mask, address)
        rows = slice(begin - offsets[0], end - offsets[0])
        rest = [slice(0, e - o) for o, e in zip(offsets[1:], ends[1:], strict=True)]
        place = [slice(o, e) for o, e in zip(offsets[1:], ends[1:], strict=True)]
        taken, placed = (rows, *rest), (slice(begin - start, end - start), *place)
        part = chunk[taken]
        out[placed] = part
        covered += part.size
    if covered != out.size:
        msg = "parts of the values were never written"
        raise Damaged(msg)
    return out


def _chunk(source: ByteSource, dataset: Dataset, stored: int, mask: int, address: int) -> Array:
    nbytes = math.prod(dataset.chunk) * dataset.datatype.size
    data = source.read(address, stored)
    for position in range(len(dataset.filters) - 1, -1, -1):
        if mask >> position & 1:
            continue
        kind = dataset.filters[position]
        if kind == FLETCHER32:
            data = data[:-4]
        elif kind == DEFLATE:
            try:
                data = zlib.decompressobj().decompress(data, nbytes + 64)
            except zlib.error as error:
                msg = f"a chunk cannot be inflated: {error}"
                raise Damaged(msg) from None
        elif kind == SHUFFLE and len(data) % dataset.datatype.size == 0:
            data = np.frombuffer(data, "u1").reshape(dataset.datatype.size, -1).T.tobytes()
    if len(data) != nbytes:
        msg = f"a chunk has {len(data):,} of {nbytes:,} bytes"
        raise Damaged(msg)
    return np.frombuffer(data, _code(dataset)).reshape(dataset.chunk)


def _native(source: ByteSource, stored: Array, dataset: Dataset, limits: Limits) -> Array:
    if dataset.datatype.code == "b1":
        return np.asarray(stored != 0)
    if dataset.datatype.name == "bfloat16":
        return widened(stored, dataset)
    if is_text(dataset):
        out = np.empty(stored.size, object)
        budget = limits.attribute_size
        for index, element in enumerate(np.ascontiguousarray(stored).reshape(-1)):
            out[index] = text_at(source, element.tobytes(), 0)
            budget -= len(out[index])
            if budget < 0:
                msg = f"holds more than {limits.attribute_size:,} bytes of text"
                raise Damaged(msg)
        return np.asarray(out.reshape(stored.shape))
    return stored


def widened(stored: Array, dataset: Dataset) -> Array:
    """bfloat16, which NumPy lacks, as float32; everything else as it is."""
    if dataset.datatype.name != "bfloat16":
        return stored
    bits = np.ascontiguousarray(stored).reshape(-1).view("<u2").astype("<u4") << 16
    return np.asarray(bits.view("<f4").reshape(stored.shape))
