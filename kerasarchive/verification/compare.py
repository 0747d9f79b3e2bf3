"""What two runs gave, compared: outputs, what training needs to go on, one training step. Pure; plain JSON comes out."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

FULL = (5e-6, 2e-4)
"""rtol, atol of float32 outputs: what different releases and backends legitimately differ by (see tests/oracle/README.md)."""
LOW = (1e-2, 2e-2)
"""The same for models that compute in half precision."""
STATE_RTOL = 1e-5
LOSSES = {
    "mse": "mean_squared_error",
    "mae": "mean_absolute_error",
    "mape": "mean_absolute_percentage_error",
    "msle": "mean_squared_logarithmic_error",
    "bce": "binary_crossentropy",
    "kld": "kl_divergence",
    "kullback_leibler_divergence": "kl_divergence",
    "logcosh": "log_cosh",
    "cosine_similarity": "cosine_similarity",
    "cosine_proximity": "cosine_similarity",
}


def canonical_loss(loss: Any) -> Any:
    """One spelling for a loss's name: alias, function and class become ``mean_squared_error``; structures are kept.

    A list of one is its element. ``None`` entries stay: they say that an output is not trained.
    """
    if isinstance(loss, Mapping):
        return {key: canonical_loss(value) for key, value in loss.items()}
    if isinstance(loss, (list, tuple)):
        return canonical_loss(loss[0]) if len(loss) == 1 else [canonical_loss(value) for value in loss]
    if not isinstance(loss, str):
        return loss
    wrapped = re.fullmatch(r"ListWrapper\((\[.*\])\)|DictWrapper\((\{.*\})\)|(\[.*\])|(\{.*\})", loss)
    if wrapped:
        names = re.findall(r"'([^']+)'|object at|None", loss)
        return canonical_loss(names)
    name = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", loss.rpartition(">")[2].rpartition(".")[2]).lower()
    name = name.replace("kldivergence", "kl_divergence").replace("log_cosh", "log_cosh")
    return LOSSES.get(name, name)


def compare_outputs(
    old: Mapping[str, Array], new: Mapping[str, Array], *, rtol: float, atol: float, prefix: str = "out_"
) -> dict[str, Any]:
    """Compare the arrays whose name begins with `prefix`. ``{"equal", "max_abs", "arrays": [...], "because"}``.

    `rtol` is relative to an array's largest value: float32 sums cancel, so that a small element next to large ones is
    only as exact as these. Integer, boolean and text outputs must be the same; NaN equals NaN at the same place.
    """
    before = {name[len(prefix) :]: value for name, value in old.items() if name.startswith(prefix)}
    after = {name[len(prefix) :]: value for name, value in new.items() if name.startswith(prefix)}
    if set(before) != set(after):
        because = f"outputs are {_names(before)} in the old and {_names(after)} in the new"
        return {"equal": False, "max_abs": None, "arrays": [], "because": because}
    arrays = [_compare(name, before[name], after[name], rtol, atol) for name in before]
    worst = next((array for array in arrays if not array["equal"]), None)
    numbers = [array["max_abs"] for array in arrays if array["max_abs"] is not None]
    return {
        "equal": worst is None,
        "max_abs": max(numbers) if numbers else None,
        "arrays": arrays,
        "because": "" if worst is None else f"output {worst['name'] or '0'}: {worst['because']}",
    }


def _names(arrays: Mapping[str, Any]) -> str:
    return "one array" if set(arrays) == {""} else "[" + ", ".join(sorted(arrays)) + "]"


def _compare(name: str, old: Array, new: Array, rtol: float, atol: float) -> dict[str, Any]:
    import numpy as np

    row: dict[str, Any] = {
        "name": name,
        "shape": list(old.shape),
        "dtype": str(old.dtype),
        "max_abs": None,
        "max_rel": None,
        "equal": False,
        "because": "",
    }
    if old.shape != new.shape:
        return row | {"because": f"shape {list(old.shape)} became {list(new.shape)}"}
    if old.dtype.kind in "SU" or new.dtype.kind in "SU":
        same = bool((_text(old) == _text(new)).all())
        return row | {"equal": same, "because": "" if same else "the text differs"}
    a, b = old.astype("float64"), new.astype("float64")
    where = np.isnan(a) | np.isinf(a)
    if (np.isnan(a) != np.isnan(b)).any() or (np.isinf(a) != np.isinf(b)).any():
        return row | {"because": "NaN or infinite at different places"}
    difference = np.abs(np.where(where, 0.0, a) - np.where(where, 0.0, b))
    size = np.abs(np.where(where, 0.0, a))
    row["max_abs"] = float(difference.max(initial=0.0))
    row["max_rel"] = float((difference / np.maximum(size, 1e-12)).max(initial=0.0)) if size.size else 0.0
    exact = old.dtype.kind in "biu" and new.dtype.kind in "biu"
    row["equal"] = bool((difference <= (0.0 if exact else atol + rtol * size.max(initial=0.0))).all())
    if not row["equal"]:
        row["because"] = f"max abs error {row['max_abs']:.3g}"
    return row


def _text(array: Array) -> Any:
    import numpy as np

    return np.char.decode(array, "utf-8") if array.dtype.kind == "S" else array


def compare_state(old: Sequence[Array], new: Sequence[Array], *, optimizer: str, momentum: float | None) -> list[str]:
    """What the old optimizer's variables held that the new one's do not; empty if nothing is lost.

    Every variable of the old one must be there in the new one with its shape and value, each matched once; order and
    place are the releases' affair. Slots may also be found number by number, where weights were joined (the gates of
    Keras 1) or turned (its kernels with channels first). More variables in the new one are no loss (2.x stores no
    learning rate). Exempt: the slots of SGD without momentum, which Keras 2 writes on every step and reads on none, and
    the zeros of shape ``[1]`` that Keras 2.1 to 2.3 keep in place of Adam's ``vhat`` without AMSGrad. An optimizer that
    took no step has no state to lose.
    """
    import numpy as np

    left, wanted = list(new), list(old)
    counters = [value for value in wanted if value.ndim == 0 and value.dtype.kind in "iu"]
    if counters and not any(int(value) for value in counters):
        return []
    if optimizer == "SGD" and not momentum:
        wanted = counters
    if optimizer == "Adam":
        wanted = [value for value in wanted if value.shape != (1,) or value.any()]
    gone = []
    for value in wanted:
        for index, other in enumerate(left):
            if other.shape == value.shape and np.allclose(
                value.astype("float64"), other.astype("float64"), rtol=STATE_RTOL, atol=1e-30, equal_nan=True
            ):
                del left[index]
                break
        else:
            gone.append(value)
    if _rearranged([value for value in gone if value.ndim], left):
        gone = [value for value in gone if not value.ndim]
    lost = []
    for value in gone:
        what = (
            f"iteration {int(value)}"
            if value.ndim == 0 and value.dtype.kind in "iu"
            else f"a slot of shape {list(value.shape)}"
        )
        lost.append(f"{what} (sum of absolute values {float(np.abs(value.astype('float64')).sum()):.6g}) is gone")
    return lost


def _rearranged(gone: Sequence[Array], left: Sequence[Array]) -> bool:
    """Whether every number of the one is among those of the other: slots of weights that were joined, turned or flipped."""
    import numpy as np

    if not gone or sum(value.size for value in gone) > sum(value.size for value in left):
        return False
    wanted, there = (
        np.sort(np.concatenate([value.ravel().astype("float64") for value in side])) for side in (gone, left)
    )
    at = 0
    for value in wanted:
        while at < there.size and there[at] < value - STATE_RTOL * abs(value):
            at += 1
        if at == there.size or there[at] > value + STATE_RTOL * abs(value):
            return False
        at += 1
    return True


def compare_training(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """Differences in the optimizer's class, its learning rate and the loss, as the probe describes them."""
    if not old:
        return []
    if not new:
        return ["the new model is not compiled"]
    found = []
    before, after = old.get("optimizer"), new.get("optimizer")
    if before is not None and str(before).replace("V3", "").lower() != str(after).replace("V3", "").lower():
        found.append(f"optimizer {before} became {after}")
    rates = old.get("lr"), new.get("lr")
    # Keras 2 tells a schedule's rate of the step that was taken last, Keras 3 of the step that comes next.
    candidates = [rate for rate in (rates[1], new.get("last_lr")) if rate is not None]
    if isinstance(rates[0], float) and not any(abs(rates[0] - rate) <= 1e-5 * abs(rates[0]) + 1e-9 for rate in candidates):
        found.append(f"learning rate {rates[0]:g} became {'unknown' if rates[1] is None else format(rates[1], 'g')}")
    losses = canonical_loss(old.get("loss")), canonical_loss(new.get("loss"))
    if losses[0] != losses[1] and old.get("loss") is not None:
        found.append(f"loss {old.get('loss')} became {new.get('loss')}")
    return found
