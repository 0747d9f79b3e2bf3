"""Weight moves as people read them: neighbours that shift together are one line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

Move = tuple[str, str]


def runs(moves: Iterable[Move]) -> Iterator[Move]:
    """The moves with every run of numbered neighbours as one: ``optimizer/vars/1...24 -> optimizer/vars/2...25``."""
    first: Move | None = None
    last: Move | None = None
    for move in moves:
        if last is not None and first is not None and _follows(last, move):
            last = move
            continue
        if first is not None and last is not None:
            yield _run(first, last)
        first = last = move
    if first is not None and last is not None:
        yield _run(first, last)


def _follows(one: Move, other: Move) -> bool:
    return all(_next(before) == after for before, after in zip(one, other, strict=True))


def _next(path: str) -> str:
    folder, _, number = path.rpartition("/")
    return f"{folder}/{int(number) + 1}" if number.isdigit() else ""


def _run(first: Move, last: Move) -> Move:
    if first == last:
        return first
    old, new = (f"{start}...{end.rpartition('/')[2]}" for start, end in zip(first, last, strict=True))
    return old, new
