"""What `kav audit --for` foretold of an archive, beside what the release made of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from kerasarchive import api


def foretell(archive: Path, target: str) -> dict[str, str]:
    """The audit's answers about loading `archive`, as it is, under `target`."""
    told = api.audit(str(archive), for_=(target,)).subjects[0].compatibility[0]
    return {"loads": told.loads, "same_outputs": told.same_outputs, "keeps_training_state": told.keeps_training_state}


def is_right(outcome: str, told: Mapping[str, str]) -> bool:
    """Whether `told` says what came: "unknown" says nothing, and is not right.

    A model that loads and raises when it is called is one whose outputs are not the same.
    """
    fails, differs = told["loads"] == "no", told["same_outputs"] == "no"
    loses = told["keeps_training_state"] == "no"
    if outcome == "equal":
        return told["loads"] in ("yes", "with-custom-objects") and not (differs or loses)
    if outcome == "fails":
        return fails or differs
    if outcome == "state_loss":
        return loses and not fails
    return differs and not fails


def share(rows: Iterable[Mapping[str, Any]]) -> str:
    """How many of those that were loaded as they are were foretold right."""
    judged = [is_right(row["native"]["outcome"], row["foretold"]) for row in rows if "foretold" in row]
    return f"{sum(judged)}" if judged else "–"
