"""Run an old and a new archive in the real releases they are for, on the same inputs, and compare what comes out."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kerasarchive import formats
from kerasarchive.errors import ProbeFailed, VerificationError
from kerasarchive.model.config import walk
from kerasarchive.model.location import Location
from kerasarchive.model.release import Release
from kerasarchive.verification import compare
from kerasarchive.verification.child import Probe
from kerasarchive.verification.environment import Environment, resolve
from kerasarchive.verification.inputs import make
from kerasarchive.verification.recipe import needs_tensorflow

if TYPE_CHECKING:
    import numpy as np

    Arrays = dict[str, np.ndarray[Any, Any]]

MEMORY_FLOOR = 8 << 30
"""Bytes a child may take at least; TensorFlow alone takes two. Large archives get eight times their size on top."""
LOW_PRECISION = frozenset({"mixed_float16", "mixed_bfloat16", "float16", "bfloat16", "float8", "int8", "int4"})
RANDOM = frozenset(
    {
        "Dropout",
        "GaussianNoise",
        "GaussianDropout",
        "AlphaDropout",
        "SpatialDropout1D",
        "SpatialDropout2D",
        "SpatialDropout3D",
    }
)


@dataclass(frozen=True, slots=True)
class _Side:
    """One archive and what is read of it before Keras sees it."""

    path: str
    release: Release | None
    config: Any
    size: int


def verify(
    old: str | None,
    new: str,
    *,
    old_env: str | None = None,
    new_env: str | None = None,
    inputs: str | None = None,
    expect: str | None = None,
    rtol: float | None = None,
    atol: float | None = None,
    custom_objects: Sequence[str] = (),
    fit: bool = False,
    seed: int = 0,
    timeout: float = 600.0,
) -> dict[str, Any]:
    """What `new` computes against what `old` computes, or against the recorded outputs of `expect` (npz). Plain JSON.

    Keys: ``old``, ``new`` (where each ran, whether it loaded), ``inputs``, ``outputs``, ``training_state``, ``fit`` (None
    unless asked for), ``because`` (sentences) and ``verdict``: ``clean`` or ``different``. `rtol` is relative to an
    output's largest value. Raises OracleUnavailable, ProbeFailed (the old archive does not run where it was written,
    or a child died) and VerificationError (there are no inputs or nothing to compare with).
    """
    if old is None and expect is None:
        msg = "there is nothing to compare with"
        raise VerificationError(msg, location=new, hint="give the old archive too, or --expect FILE.npz")
    before = _read(old) if old is not None and expect is None else None
    after = _read(new)
    source = before or after
    default = compare.LOW if _low_precision(source.config) else compare.FULL
    tolerance = (default[0] if rtol is None else rtol, default[1] if atol is None else atol)
    with tempfile.TemporaryDirectory(prefix="kav-verify-") as scratch:
        folder = Path(scratch)
        feed = folder / "inputs.npz"
        described = _feed(source, feed, inputs or expect, seed)
        facts: dict[str, Any] = {"old": None, "new": None, "inputs": described, "outputs": None, "training_state": None,
                                 "fit": None, "because": [], "verdict": "clean"}  # fmt: skip
        if before is not None:
            answer, environment = _run(before, old_env, feed, folder / "old.npz", custom_objects, fit, timeout)
            facts["old"] = _facts(before, environment, answer)
            if not answer["ok"]:
                hint = "an archive that its own release cannot run proves nothing; record outputs and use --expect"
                raise ProbeFailed(_why(answer), location=before.path, hint=hint)
            recorded, training = _load(folder / "old.npz"), answer["training"]
            if fit:
                _add_targets(feed, recorded)
        else:
            assert expect is not None
            recorded = _load(Path(expect))
            training = _recorded_training(recorded)
        answer, environment = _run(after, new_env, feed, folder / "new.npz", custom_objects, fit, timeout)
        facts["new"] = _facts(after, environment, answer)
        if not answer["ok"]:
            facts["because"] = [f"the new archive does not run: {_why(answer)}"]
            return facts | {"verdict": "different"}
        _compare(facts, recorded, training, _load(folder / "new.npz"), answer, tolerance, fit, source.config)
    return facts


def _read(path: str) -> _Side:
    with formats.open(path) as archive:
        version = archive.metadata.get("keras_version")
        release = Release.parse(str(version)) if version else None
        size = sum(member.size for member in archive.members)
        return _Side(path, release, archive.config, size)


def _run(
    side: _Side, spec: str | None, feed: Path, out: Path, modules: Sequence[str], fit: bool, timeout: float
) -> tuple[dict[str, Any], Environment]:
    """The probe's answer to one archive; under TensorFlow where the small backend cannot compute what the model asks for."""
    if side.release is None and spec is None:
        msg = "the archive does not say which release wrote it"
        raise VerificationError(msg, location=side.path, hint="name an environment with --old-env or --new-env")
    release = side.release or Release("keras", "3.0.0")
    heavy = needs_tensorflow(side.config)
    for tensorflow in (heavy, True):
        environment = resolve(spec, release, tensorflow=tensorflow, training=fit)
        memory = MEMORY_FLOOR + 8 * side.size
        with Probe(
            environment.python, library=environment.library, backend=environment.backend, modules=modules, memory=memory
        ) as probe:
            request = {"path": str(Path(side.path).resolve()), "inputs": str(feed), "outputs": str(out), "fit": fit}
            answer = probe.ask(request, timeout=timeout)
            answer["about"] = probe.about
        if (
            answer["ok"]
            or answer["stage"] not in ("predict", "fit")
            or spec is not None
            or environment.backend in ("", "tensorflow")
        ):
            break
    return answer, environment


def _why(answer: Mapping[str, Any]) -> str:
    return f"{answer.get('stage')}: {answer.get('error', 'no message')}"


def _facts(side: _Side, environment: Environment, answer: Mapping[str, Any]) -> dict[str, Any]:
    about = answer.get("about", {})
    return {
        "path": side.path, "release": about.get("release"), "backend": about.get("backend"), "python": about.get("python"),
        "environment": environment.description, "loads": answer["ok"] or answer.get("stage") != "load",
        "error": None if answer["ok"] else _why(answer), "warnings": list(answer.get("warnings", [])),
        "seconds": answer.get("seconds"),
    }  # fmt: skip


def _load(path: Path) -> Arrays:
    import numpy as np

    try:
        with np.load(path, allow_pickle=False) as data:
            return {name: data[name] for name in data.files}
    except (OSError, ValueError) as error:
        msg = f"cannot be read as npz: {error}"
        raise VerificationError(
            msg, location=str(path), hint="make it with numpy.savez; object arrays are refused"
        ) from None


def _recorded_training(recorded: Arrays) -> dict[str, Any]:
    """What a record's ``_meta`` says of the compiled model."""
    if "_meta" not in recorded:
        return {}
    meta = json.loads(str(recorded["_meta"]))
    if meta.get("opt") is None:
        return {}
    return {
        "optimizer": meta["opt"],
        "lr": meta.get("lr"),
        "loss": meta.get("loss"),
        "count": meta.get("opt_n"),
        "abs": meta.get("opt_abs"),
    }


def _feed(side: _Side, feed: Path, given: str | None, seed: int) -> dict[str, Any]:
    """Write the inputs for the probe; say what they are."""
    import numpy as np

    if given is None:
        if not isinstance(side.config, dict):
            msg = "the archive has no architecture to make inputs for"
            raise VerificationError(msg, location=side.path, hint="give a whole model")
        kind, arrays = make(side.config, seed=seed)
        np.savez(feed, _meta=json.dumps({"kind": kind}), **{f"in_{key}": value for key, value in arrays.items()})  # type: ignore[arg-type]
        source = "random"
    else:
        data = _load(Path(given))
        source = given
        if "_meta" in data:
            shutil.copyfile(given, feed)
            arrays = {name[3:]: value for name, value in data.items() if name.startswith("in_")}
        else:
            arrays = {
                name.removeprefix("in_"): value
                for name, value in data.items()
                if not name.startswith(("out_", "y_", "fit_"))
            }
            kind = "single" if len(arrays) == 1 else "list" if all(name.isdigit() for name in arrays) else "dict"
            np.savez(feed, _meta=json.dumps({"kind": kind}), **{f"in_{key}": value for key, value in arrays.items()})  # type: ignore[arg-type]
    if not arrays:
        msg = "holds no inputs"
        raise VerificationError(
            msg, location=given or side.path, hint="name them in_ (one), in_0, in_1, ... or in_<input's name>"
        )
    shown = [{"name": key, "shape": list(value.shape), "dtype": str(value.dtype)} for key, value in arrays.items()]
    return {"source": source, "seed": seed if given is None else None, "arrays": shown}


def _add_targets(feed: Path, recorded: Arrays) -> None:
    """The new archive is trained on the targets that the old one was trained on."""
    import numpy as np

    data = _load(feed) | {name: value for name, value in recorded.items() if name.startswith("y_")}
    np.savez(feed, **data)  # type: ignore[arg-type]


def _compare(
    facts: dict[str, Any], recorded: Arrays, training: Mapping[str, Any], new: Arrays, answer: Mapping[str, Any],
    tolerance: tuple[float, float], fit: bool, config: Any,
) -> None:  # fmt: skip
    rtol, atol = tolerance
    outputs = compare.compare_outputs(recorded, new, rtol=rtol, atol=atol)
    facts["outputs"] = outputs | {"rtol": rtol, "atol": atol}
    because = [] if outputs["equal"] else [str(outputs["because"])]
    fresh = answer["training"]
    lost = compare.compare_training(training, fresh)
    state = [recorded[name] for name in sorted((n for n in recorded if n.startswith("state_")), key=_number)]
    if training and fresh and state:
        arrays = [new[f"state_{index}"] for index in range(fresh.get("count", 0))]
        lost += compare.compare_state(
            state, arrays, optimizer=str(training.get("optimizer")), momentum=training.get("momentum")
        )
    if training:
        facts["training_state"] = {"equal": not lost, "optimizer": fresh.get("optimizer"), "variables": fresh.get("count"),
                                   "learning_rate": fresh.get("lr"), "loss": fresh.get("loss"), "because": lost}  # fmt: skip
        because += lost
    if fit and any(name.startswith("fit_") for name in recorded):
        random = sorted({value["class_name"] for value, _, _ in walk(config, Location()) if isinstance(value, dict)
                         and isinstance(value.get("class_name"), str)
                         and (value["class_name"] in RANDOM or value["class_name"].startswith("Random"))})  # fmt: skip
        step = compare.compare_outputs(recorded, new, rtol=max(rtol, 1e-3), atol=max(atol, 1e-3), prefix="fit_")
        facts["fit"] = step | {
            "equal": None if random and not step["equal"] else step["equal"],
            "random_layers": random,
        }
        if facts["fit"]["equal"] is False:
            because.append(f"after one training step, {step['because']}")
    facts["because"] = because
    facts["verdict"] = "different" if because else "clean"


def _number(name: str) -> int:
    return int(name.rpartition("_")[2])


def _low_precision(config: Any) -> bool:
    return any(isinstance(value, str) and value in LOW_PRECISION for value, _, _ in walk(config, Location()))
