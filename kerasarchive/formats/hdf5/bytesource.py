"""Bounded reads for the parser, and the two ways in which it gives up."""

from __future__ import annotations

from collections import OrderedDict

from kerasarchive.formats.view import View

UNDEFINED = 0xFFFFFFFFFFFFFFFF
"""HDF5's address of what does not exist."""
WHOLE = 1 << 24
"""Files up to this size are read in one go; larger ones in blocks, a few of which are kept."""
BLOCK = 1 << 15
KEPT = 64


class Damaged(Exception):
    """The file contradicts itself or ends too early."""


class Foreign(Exception):
    """A structure that is legal HDF5 but that this parser does not know."""


class ByteSource:
    """`read` gives exactly the bytes asked for or raises Damaged; addresses count from `base`."""

    def __init__(self, view: View, base: int = 0) -> None:
        self.view = view
        self.base = base
        self._data = view.pread(0, view.size) if view.size <= WHOLE else None
        self.collections: dict[int, dict[int, tuple[int, int]]] = {}
        """Global heap collections that were looked into, by address."""
        self._blocks: OrderedDict[int, bytes] = OrderedDict()

    def read(self, address: int, nbytes: int) -> bytes:
        """`nbytes` bytes at `address`."""
        data = self.peek(address, nbytes)
        if len(data) != nbytes:
            msg = f"{nbytes:,} bytes at {address:#x} lie beyond the end of the file"
            raise Damaged(msg)
        return data

    def peek(self, address: int, nbytes: int) -> bytes:
        """Up to `nbytes` bytes at `address`."""
        start = address + self.base
        if self._data is not None:
            return self._data[start : start + nbytes]
        number, inside = divmod(start, BLOCK)
        if inside + nbytes <= BLOCK:
            return self._block(number)[inside : inside + nbytes]
        if nbytes <= BLOCK:
            return (self._block(number)[inside:] + self._block(number + 1))[:nbytes]
        return self.view.pread(start, nbytes)

    def _block(self, number: int) -> bytes:
        block = self._blocks.get(number)
        if block is None:
            block = self.view.pread(number * BLOCK, BLOCK) if number * BLOCK < self.view.size else b""
            self._blocks[number] = block
            if len(self._blocks) > KEPT:
                self._blocks.popitem(last=False)
        return block
