"""Many outcomes as one table, saver by format by target, and the reasons behind those that are not equal."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from foretold import share
from judge import OUTCOMES

BAD = ("WRONG", "fails", "state_loss")
"""Outcomes that a migration must not have."""
MOST_REASONS = 12
HEADER = (
    "| saver | format | target | cases | as it is | foretold | " + " | ".join(OUTCOMES) + " | equal |\n"
    "|---|---|---|---|---|---|" + "---|" * (len(OUTCOMES) + 1)
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Cell:
    """One saver's archives of one format, migrated to one target."""

    saver: str
    format: str
    target: str
    rows: Sequence[Mapping[str, Any]]

    def __str__(self) -> str:
        counts = Counter(row["migrated"]["outcome"] for row in self.rows)
        native = [row["native"]["outcome"] for row in self.rows if "native" in row]
        numbers = " | ".join(str(counts[name] or "·") for name in OUTCOMES)
        equal = f"{100.0 * counts['equal'] / max(len(self.rows), 1):.1f} %"
        loads = str(native.count("equal")) if native else "–"
        asked = f"{self.saver} | {self.format} | {self.target} | {len(self.rows)}"
        return f"| {asked} | {loads} | {share(self.rows)} | {numbers} | {equal} |"


def table(cells: Iterable[Cell]) -> str:
    """The matrix as a Markdown table."""
    return "\n".join((HEADER, *(str(cell) for cell in cells)))


def exceptions(cells: Iterable[Cell]) -> Iterator[str]:
    """A line for every case that is neither equal nor refused."""
    for cell in cells:
        for outcome in ("WRONG", "lost_at_save", "fails", "state_loss"):
            for row in cell.rows:
                if row["migrated"]["outcome"] == outcome:
                    where = f"{cell.saver} {cell.format} -> {cell.target}"
                    yield f"{outcome:12} {where:32} {row['case']:34} {row['migrated']['because'][:200]}"


def reasons(cells: Iterable[Cell]) -> Iterator[str]:
    """Why cases are refused or fail: the commonest reasons first, with how many and one that has it."""
    grouped: dict[tuple[str, str], list[str]] = defaultdict(list)
    for cell in cells:
        for row in cell.rows:
            outcome = row["migrated"]["outcome"]
            if outcome not in ("equal", "lost_at_save"):
                case = f"{cell.saver}/{row['case']}.{cell.format}"
                grouped[outcome, shape_of(row["migrated"]["because"])].append(case)
    ordered = sorted(grouped.items(), key=lambda each: (-len(each[1]), each[0]))
    for (outcome, reason), found in ordered[:MOST_REASONS]:
        yield f"{len(found):5}  {outcome:10} {reason[:150]}  (e.g. {found[0]})"
    if len(ordered) > MOST_REASONS:
        rest = sum(len(found) for _, found in ordered[MOST_REASONS:])
        yield f"{rest:5}  for {len(ordered) - MOST_REASONS} other reasons"


def shape_of(because: str) -> str:
    """A reason without what differs from case to case: locations, names, numbers; the first of several."""
    first = because.partition("; ")[0]
    first = re.sub(r"^[^ ]*[#!][^ ]*: ", "", first)
    first = re.sub(r"\b([A-Z]\w*) '[^']*'", r"\1", first)
    first = re.sub(r"<\w+ name=[^>]*>|'[^' ]*(_\d+|/)[^' ]*'", "…", first)
    return re.sub(r"(?<![\w.=])\d+(\.\d+)?(e[+-]?\d+)?\b", "n", first)
