"""``kav --help`` from the first lines of the command files: nothing is imported, so the answer is instant."""

from __future__ import annotations

import os

_ORDER = ("inspect", "validate", "diff", "audit", "migrate", "verify", "explain", "releases", "schema", "migration")


def commands() -> dict[str, str]:
    """Every command's name and summary: in the order of work, then by name."""
    folder = os.path.dirname(__file__)  # noqa: PTH120 - pathlib takes longer to import than all of this
    names = [name for name in os.listdir(folder) if name.endswith(".py") and not name.startswith("_")]  # noqa: PTH208
    found = {name[:-3]: _summary(os.path.join(folder, name)) for name in names}  # noqa: PTH118
    rank = {name: number for number, name in enumerate(_ORDER)}
    return dict(sorted(found.items(), key=lambda item: (rank.get(item[0], len(rank)), item[0])))


def _summary(path: str) -> str:
    with open(path, encoding="utf-8") as file:  # noqa: PTH123
        return file.readline().strip().strip('"')


def overview() -> str:
    """The text of ``kav --help``."""
    found = commands()
    width = max(map(len, found))
    listed = "\n".join(f"  {name:<{width}}  {summary}" for name, summary in found.items())
    return _TEXT.format(commands=listed)


_TEXT = """\
Usage: kav COMMAND [ARGUMENTS]

  Look into Keras model archives and bring them to another release, without running or importing anything that is
  in them.

Commands:
{commands}

Options:
  --version  Show the version.
  --help     Show this text; `kav COMMAND --help` shows a command's.

Exit: 0 nothing to say, 1 the answer is no, 2 kav could not do it.
"""
