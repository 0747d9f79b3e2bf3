"""Copies ranges of one open file to another, inside the kernel where it can."""

from __future__ import annotations

import os

BLOCK = 1 << 20


def transfer(source: int, offset: int, target: int, place: int, nbytes: int) -> None:
    """Copy `nbytes` at `offset` of the descriptor `source` to `place` of `target`; OSError if the input is too short."""
    done = 0
    if hasattr(os, "copy_file_range"):
        try:
            while done < nbytes:
                moved = os.copy_file_range(source, target, min(nbytes - done, 1 << 30), offset + done, place + done)
                if moved == 0:
                    break
                done += moved
        except OSError:  # another file system, or one that cannot
            pass
    while done < nbytes:
        block = os.pread(source, min(BLOCK, nbytes - done), offset + done)
        if not block:
            msg = f"the input ended {nbytes - done} bytes too early"
            raise OSError(msg)
        write_at(target, place + done, block)
        done += len(block)


def write_at(target: int, place: int, block: bytes) -> None:
    """Write all of `block` at `place` of the descriptor `target`."""
    view = memoryview(block)
    while view:
        done = os.pwrite(target, view, place)
        place, view = place + done, view[done:]
