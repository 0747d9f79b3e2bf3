"""The question that tells a defect of kav from one of the writing release: what does that compute from its own archive?"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from corpus import Case, writer
from judge import judge
from loader import Loader, custom_module

from kerasarchive.errors import KavError
from kerasarchive.verification.environment import prepare
from kerasarchive.verification.recipe import for_release


def mark_lost_at_save(rows: list[dict[str, Any]], *, python: str | None, timeout: float, scratch: Path) -> None:
    """Ask the writing release about every WRONG one: does it compute from its own archive what the migrated one computes?

    Then the archive never held what is missing: nobody can bring it back, and the outcome is ``lost_at_save``.
    """
    wrong = [row for row in rows if row["migrated"]["outcome"] == "WRONG" and row["of"].whole is not None]
    if not wrong:
        return
    first: Case = wrong[0]["of"]
    assert first.whole is not None
    release = writer(first.whole, first.record)
    if release is None:
        return
    try:
        recipe = for_release(release, tensorflow=True)
        python = python or prepare(recipe)
    except KavError as error:
        sys.stderr.write(f"the writing release cannot be asked: {error}\n")
        return
    modules = custom_module(first.source.parent)
    loader = Loader(python, library=recipe.library, backend=recipe.backend, modules=modules, timeout=timeout)
    try:
        for row in wrong:
            case: Case = row["of"]
            out = scratch / f"{case.name}.own.npz"
            answer = loader.ask({"path": str(case.whole), "inputs": str(case.record), "outputs": str(out)})
            if not answer.get("ok"):
                row["migrated"]["because"] += f"; {release} cannot run its own: {answer.get('error', '')[:120]}"
                continue
            if judge(row["answer"], row["outputs"], out, case.source)["outcome"] != "WRONG":
                because = f"{release} computes the same from its own archive, not what was recorded before saving"
                row["migrated"] |= {"outcome": "lost_at_save", "because": because}
    finally:
        loader.close()
