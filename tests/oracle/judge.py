"""From one answer of the probe and what the writing release recorded to an outcome. The rules: README.md beside this file."""

from __future__ import annotations

import io
import json
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from loader import Loader

from kerasarchive.verification.compare import FULL, compare_outputs, compare_state, compare_training

EQUAL, LOW = 2e-4, 2e-2
NOTHING = {"low": False, "state": None, "compiled": None, "graphs": False, "unbiased": False}
OUTCOMES = ("equal", "refused", "fails", "state_loss", "lost_at_save", "WRONG")


def half_precision(config: Any) -> bool:
    """Whether any dtype policy of the config computes in 16 bits (or less)."""
    text = json.dumps(config)
    return any(
        name in text for name in ('mixed_float16"', 'mixed_bfloat16"', '"float16"', '"bfloat16"', '"float8"', "int8")
    )


def original(path: Path, record: Mapping[str, Any]) -> dict[str, Any]:
    """What judging needs of the archive that the old release wrote: policy, and the optimizer's stored variables.

    What kav does not read for itself comes from the record (`slot_*`): a SavedModel's variables.
    """
    if zipfile.is_zipfile(path):
        return _of_keras(path)
    if path.is_file() and h5py.is_hdf5(path):
        return _of_h5(path)
    slots = sorted((name for name in record if name.startswith("slot_")), key=lambda name: int(name[5:]))
    config = json.loads(path.read_text()) if path.suffix == ".json" else {}
    state = [record[name] for name in slots] or None
    return NOTHING | {"low": half_precision(config), "state": state}


def _of_keras(path: Path) -> dict[str, Any]:
    with zipfile.ZipFile(path) as archive:
        config = json.loads(archive.read("config.json"))
        state = None
        if "model.weights.h5" in archive.namelist():
            with h5py.File(io.BytesIO(archive.read("model.weights.h5")), "r") as store:
                variables = store.get("optimizer/vars")
                if variables is None:
                    variables = store.get("_optimizer/vars") if "_optimizer" in store else None
                if variables is not None:
                    state = [variables[key][()] for key in sorted(variables, key=lambda key: (len(key), key))]
        recorded = json.loads(archive.read("metadata.json")).get("keras_version") or ""
    return NOTHING | {
        "low": half_precision(config),
        "state": _slots(state, config.get("compile_config"), recorded) if state else None,
        "compiled": config.get("compile_config"),
    }


def _slots(variables: list[Any], compiled: Any, version: str) -> list[Any]:
    """The optimizer's variables but for the learning rate, which Keras 3 has as the second: it is compared as a number."""
    optimizer = compiled.get("optimizer") if isinstance(compiled, dict) else None
    rate = optimizer["config"].get("learning_rate") if isinstance(optimizer, dict) else None
    second = version.startswith("3.") and (isinstance(optimizer, str) or isinstance(rate, (int, float))) and len(variables) > 1
    return [np.asarray(value) for index, value in enumerate(variables) if not (second and index == 1)]


def _of_h5(path: Path) -> dict[str, Any]:
    with h5py.File(path, "r") as file:
        config = json.loads(_text(file.attrs.get("model_config", "{}")))
        training = json.loads(_text(file.attrs.get("training_config", "null")))
        group = file.get("optimizer_weights")
        names = [_text(name) for name in group.attrs.get("weight_names", ())] if group is not None else []
        state = [np.asarray(group[name][()]) for name in names]
        release = _text(file.attrs.get("keras_version", "1.0"))
    compiled = None
    if isinstance(training, dict):
        compiled = {"optimizer": training.get("optimizer_config"), "loss": training.get("loss")}
    graphs = tuple(int(part) for part in release.split(".")[:2]) < (2, 4) and not release.endswith("-tf")
    return {
        "low": half_precision(config),
        "state": state or None,
        "compiled": compiled,
        "graphs": graphs,
        "unbiased": "BatchNormalization" in json.dumps(config),
    }


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)


def judge(
    answer: dict[str, Any], outputs: Path, record: Path, source: Path, *, stateless: bool = False
) -> dict[str, Any]:
    """``{"outcome", "because", "max_abs"}`` for one answer of the probe to the archive that came of `source`.

    `stateless`: the archive was written without the optimizer's state, as asked.
    """
    if not answer.get("ok"):
        return {"outcome": "fails", "because": f"{answer.get('stage')}: {answer.get('error', '')}", "max_abs": None}
    with np.load(record, allow_pickle=False) as data:
        meta = json.loads(str(data["_meta"])) if "_meta" in data.files else {}
        old = {name: data[name] for name in data.files if name != "_meta"}
    with np.load(outputs, allow_pickle=False) as data:
        new = {name: data[name] for name in data.files}
    facts = original(source, old)
    atol = LOW if facts["low"] else EQUAL
    compared = compare_outputs(old, new, rtol=FULL[0], atol=atol)
    if not compared["equal"]:
        return {"outcome": "WRONG", "because": compared["because"], "max_abs": compared["max_abs"]}
    training = answer.get("training", {})
    lost = []
    if meta.get("opt") is not None:
        loss = (
            stored_loss(facts["compiled"]["loss"])
            if facts["compiled"] and "loss" in facts["compiled"]
            else meta.get("loss")
        )
        # What the writing release itself brings back from its own archive, where the record says.
        kept = {"opt": meta.get("re_opt", meta["opt"]), "lr": rate(meta, facts)}
        forgot = "re_opt_abs" in meta and abs(meta["re_opt_abs"] - meta["opt_abs"]) > 1e-3 * abs(meta["opt_abs"])
        lost = compare_training({"optimizer": kept["opt"], "lr": kept["lr"], "loss": loss}, training)
        lost += _reduction(facts["compiled"], training)
        if facts["state"] and not forgot and not stateless:
            count = training.get("count", 0)
            arrays = [new[f"state_{index}"] for index in range(count)]
            momentum = _momentum(facts["compiled"])
            lost += compare_state(facts["state"], arrays, momentum=momentum, optimizer=meta["opt"])
    outcome = "state_loss" if lost else "equal"
    result = {"outcome": outcome, "because": "; ".join(lost), "max_abs": compared["max_abs"]}
    if (
        outcome == "equal"
        and not stateless
        and repeatable(meta, facts)
        and any(name.startswith("fit_") for name in old)
        and any(name.startswith("fit_") for name in new)
    ):
        step = compare_outputs(old, new, rtol=1e-3, atol=max(atol, 1e-3 if facts["low"] else 5e-4), prefix="fit_")
        if not step["equal"]:
            # Going on as if the model had never been saved is as good: the writing release may forget what kav restores.
            went_on = {"fit_" + name[5:]: value for name, value in old.items() if name.startswith("cont_")}
            fresh = {name: value for name, value in new.items() if name != "fit_loss"}
            again = compare_outputs(
                went_on, fresh, rtol=1e-3, atol=max(atol, 1e-3 if facts["low"] else 5e-4), prefix="fit_"
            )
            step = again if went_on and again["equal"] else step
        if not step["equal"]:
            result = {
                "outcome": "state_loss",
                "because": f"after one training step, {step['because']}",
                "max_abs": compared["max_abs"],
                "step_differs": True,
            }
    return result


def repeatable(meta: Mapping[str, Any], facts: Mapping[str, Any]) -> bool:
    """Whether the writing release computes the same each time it goes on with training.

    Keras 2's Nadam multiplies its momentum product once per variable and traced function. In the graphs of standalone
    Keras the iteration that Adam and Adamax read may be one late or not, and BatchNormalization of 2.1 to 2.3 keeps an
    unbiased variance, which no other release does.
    """
    racy = ("Nadam", "Adam", "Adamax") if facts["graphs"] else ("Nadam",)
    return meta.get("opt") not in racy and not (facts["graphs"] and facts["unbiased"])


def rate(meta: Mapping[str, Any], facts: Mapping[str, Any]) -> Any:
    """The learning rate of the next step: ``decay`` of Keras 1 and 2 lowers it in every one, and is a schedule in Keras 3."""
    optimizer = facts["compiled"].get("optimizer") if facts["compiled"] else None
    config = optimizer.get("config") if isinstance(optimizer, dict) else None
    decay = float(config.get("decay") or 0.0) if isinstance(config, dict) else 0.0
    count = next((float(value) for value in facts["state"] or () if value.ndim == 0), 0.0)
    return meta["lr"] / (1.0 + decay * count) if decay and meta.get("lr") is not None else meta.get("lr")


def stored_loss(loss: Any) -> Any:
    """The loss of a compile_config as names in its structure, in the form of the probe."""
    if isinstance(loss, dict) and "class_name" in loss:
        config = loss.get("config")
        return config if isinstance(config, str) else loss["class_name"]
    if isinstance(loss, dict):
        return {key: stored_loss(value) for key, value in loss.items()}
    return [stored_loss(value) for value in loss] if isinstance(loss, list) else loss


def _momentum(compiled: Any) -> float:
    optimizer = compiled.get("optimizer") if isinstance(compiled, dict) else None
    config = optimizer.get("config") if isinstance(optimizer, dict) else None
    return float(config.get("momentum") or 0.0) if isinstance(config, dict) else 0.0


def _reduction(compiled: Any, training: dict[str, Any]) -> list[str]:
    """A loss object's reduction, where the old archive states one that is not the default."""
    loss = compiled.get("loss") if isinstance(compiled, dict) else None
    config = loss.get("config") if isinstance(loss, dict) else None
    wanted = config.get("reduction") if isinstance(config, dict) else None
    if wanted in (None, "auto", "sum_over_batch_size") or training.get("reduction") == wanted:
        return []
    return [f"loss reduction {wanted} became {training.get('reduction')}"]


def judge_all(
    cases: list[tuple[Path, Path, Path]],
    loader: Loader,
    *,
    fit: bool = False,
    keep: Path | None = None,
    stateless: bool = False,
) -> Iterator[dict[str, Any]]:
    """Judge every (archive to load, record, the archive as the old release wrote it).

    With `keep` the outputs stay in that folder and the rows have ``answer`` and ``outputs`` too.
    """
    with tempfile.TemporaryDirectory() as scratch:
        for path, record, source in cases:
            out = (keep or Path(scratch)) / f"{path.stem}.out.npz"
            out.unlink(missing_ok=True)
            answer = loader.ask({"path": str(path), "inputs": str(record), "outputs": str(out), "fit": fit})
            verdict = judge(answer, out, record, source, stateless=stateless)
            row = {
                "case": path.stem,
                **verdict,
                "seconds": answer.get("seconds"),
                "warnings": answer.get("warnings", []),
            }
            yield row | {"answer": answer, "outputs": out} if keep else row
            if not keep:
                out.unlink(missing_ok=True)
