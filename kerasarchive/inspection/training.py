"""How the model was compiled, and how far it was trained."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kerasarchive.errors import ArchiveError
from kerasarchive.inspection.brief import brief, class_name
from kerasarchive.model.archive import Archive
from kerasarchive.model.weights import is_of_optimizer

ITERATION = (
    "optimizer/vars/0", "optimizer_weights/iteration:0", "optimizer_weights/iter:0",
    "optimizer/iter/.ATTRIBUTES/VARIABLE_VALUE", "optimizer/_iterations/.ATTRIBUTES/VARIABLE_VALUE",
)  # fmt: skip
SAID = ("optimizer", "optimizer_config", "loss", "metrics", "weighted_metrics", "loss_weights")


def training(archive: Archive, *, listed: bool) -> dict[str, Any] | None:
    """The compile set-up; None if there is none. The optimizer's state is looked at where the file was `listed`."""
    compiled = archive.compile_config
    if not isinstance(compiled, Mapping) or not compiled:
        return None
    if "serialized" in compiled or not any(key in compiled for key in SAID):
        return {"custom": brief(dict(compiled))}
    optimizer = compiled.get("optimizer", compiled.get("optimizer_config"))
    facts: dict[str, Any] = {"optimizer": None, "learning_rate": None, "hyperparameters": {}}
    facts.update(_optimizer(optimizer))
    for key in ("loss", "loss_weights", "metrics", "weighted_metrics"):
        facts[key] = brief(compiled.get(key))
    other = {key: brief(value) for key, value in compiled.items() if key not in SAID and value not in (None, False, 1)}
    if other:
        facts["other"] = other
    facts["steps_taken"], facts["optimizer_variables"] = _state(archive) if listed else (None, None)
    return facts


def _optimizer(optimizer: Any) -> dict[str, Any]:
    if isinstance(optimizer, str):
        return {"optimizer": optimizer, "note": "stored by name alone: its hyperparameters are the release's defaults"}
    if not isinstance(optimizer, dict):
        return {}
    config = optimizer.get("config")
    config = config if isinstance(config, dict) else {}
    rate = config.get("learning_rate", config.get("lr"))
    rest = {k: brief(v) for k, v in config.items() if k not in ("name", "learning_rate", "lr") and v is not None}
    return {"optimizer": class_name(optimizer), "learning_rate": brief(rate), "hyperparameters": rest}


def _state(archive: Archive) -> tuple[int | None, int | None]:
    """(steps taken, number of stored variables) of the optimizer; None where the file does not hold them."""
    store = archive.weights
    if store is None:
        return None, None
    tensors = store.tensors()
    kept = [path for path in tensors if is_of_optimizer(path)]
    place = next((path for path in ITERATION if path in tensors), None)
    place = place or next((path for path in kept if path.rpartition("/")[2].startswith("iter")), None)
    if place is None or tensors[place].shape not in ((), (1,)):
        return None, len(kept) or None
    try:
        return int(store.read(place).reshape(-1)[0]), len(kept)
    except (ArchiveError, TypeError, ValueError, OverflowError, IndexError):
        return None, len(kept)
