"""A mutant: a seed with one of its files changed, written to a folder. The same number makes the same mutant."""

from __future__ import annotations

import shutil
from pathlib import Path
from random import Random

from .containers import content_of
from .seeds import Seed


def made(seeds: tuple[Seed, ...], chance: Random, folder: Path) -> tuple[str, Path]:
    """What was changed, and the path to give to kav. Whatever was in `folder` is removed."""
    seed, donor = chance.choice(seeds), chance.choice(seeds)
    name = chance.choice(sorted(seed.files))
    other = donor.files[chance.choice(sorted(donor.files))][: 1 << 18]
    changed = content_of(name, seed.files[name], chance, other)
    shutil.rmtree(folder, ignore_errors=True)
    for each, content in seed.files.items():
        path = folder / each
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(changed if each == name else content)
    return f"{seed.name}: {name}", folder / seed.path if seed.path else folder
