"""Carry a plan out: write beside the output, read it back, compare it with the plan, and only then let it appear."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable, Iterable
from contextlib import suppress
from glob import escape
from pathlib import Path
from typing import Any

from kerasarchive import formats
from kerasarchive._version import __version__
from kerasarchive.errors import MigrationUnsound
from kerasarchive.formats.sharding import Shards
from kerasarchive.migration.changes import changes
from kerasarchive.migration.planning import Plan
from kerasarchive.model.archive import Archive
from kerasarchive.model.finding import Finding

WEIGHTS_ALONE = frozenset({"weights-h5", "weights-json"})
"""Formats that hold no config: what the weights are was checked against the planned one."""

Recheck = Callable[[Archive], Iterable[Finding]]
"""What validates the written archive against the target: `validation.validate` with the target's schema."""


def execute(
    plan: Plan,
    archive: Archive,
    out: Path,
    *,
    recheck: Recheck,
    sha256: str,
    format: str = "keras-zip",
    shards: Shards | None = None,
) -> None:
    """Write the archive that `plan` describes to `out`, whole or not at all. `sha256` is the digest of the input.

    `shards` says how a `.weights.json` is split.

    Raises MigrationUnsound, after deleting what was written, if the result is not exactly what was planned.
    """
    temporary = formats.temporary(out)
    try:
        formats.write(
            archive,
            temporary,
            config=plan.config,
            metadata=record(plan, archive, sha256),
            weights=plan.weights if archive.weights is not None else None,
            assets=plan.assets,
            training=plan.training,
            format=format,
            shards=shards,
        )
        _verify(plan, archive, temporary / out.name if format == "weights-json" else temporary, recheck)
        formats.publish(temporary, out)
    finally:
        remove(temporary)


def remove(path: Path) -> None:
    """Delete a file or folder that may not be there."""
    with suppress(FileNotFoundError):
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()


def digest(path: Path) -> str:
    """SHA-256 of a file, or of the names and contents of a folder's files (or those of a checkpoint's prefix), in hex."""
    total = hashlib.sha256()
    folder = path
    if path.is_file():
        files = [path]
    elif path.is_dir():
        files = sorted(file for file in path.rglob("*") if file.is_file())
    else:
        folder = path.parent
        files = sorted(file for end in ("index", "data-*") for file in folder.glob(f"{escape(path.name)}.{end}"))
    for file in files:
        if file is not path:
            total.update(f"{file.relative_to(folder).as_posix()}\0{file.stat().st_size}\0".encode())
        with file.open("rb") as stream:
            while block := stream.read(1 << 20):
                total.update(block)
    return total.hexdigest()


def record(plan: Plan, archive: Archive, sha256: str) -> dict[str, Any]:
    """The metadata of the output: the target's version, and under ``kav`` what was done, from what."""
    metadata = dict(archive.metadata)
    done: dict[str, Any] = {
        "kav": __version__,
        "from": plan.legs[-1].written if plan.legs else str(plan.source),
        "to": str(plan.target),
        "steps": [step.name for step in plan.steps],
        "source_sha256": sha256,
    }
    if "keras_version" in metadata:
        done["source_keras_version"] = metadata["keras_version"]
    if plan.announcements:
        done["announcements"] = [
            {"kind": said.kind, "location": str(said.location), "message": said.message} for said in plan.announcements
        ]
    if isinstance(metadata.get("kav"), dict):
        done["before"] = metadata["kav"]
    if len(plan.legs) > 1:
        done["pins"] = [str(leg.target) for leg in plan.legs]
    metadata["keras_version"] = plan.legs[0].target.version if plan.legs else plan.target.version
    metadata["kav"] = done
    return metadata


def _verify(plan: Plan, archive: Archive, written: Path, recheck: Recheck) -> None:
    with formats.open(written) as result:
        alone = result.format in WEIGHTS_ALONE
        difference = None if alone else next(iter(changes(plan.config, result.config, result.config_at)), None)
        if difference is not None:
            message = "the written config is not the planned one"
            raise MigrationUnsound(message, location=str(difference.location))
        if not alone and next(iter(changes(plan.training, result.training, result.training_at)), None) is not None:
            message = "the written training_config is not the planned one"
            raise MigrationUnsound(message, location=str(result.training_at))
        if archive.weights is not None and plan.weights is not None:
            wanted = set(plan.weights.tensors)
            found = set(result.weights.tensors()) if result.weights is not None else set()
            if wanted != found:
                message = "the written weights are not the planned ones"
                raise MigrationUnsound(message, location=str(sorted(wanted ^ found)[0]))
            _compare_descriptions(plan, archive, result)
        bad = next((finding for finding in recheck(result) if finding.rank >= 2), None) if not alone else None
        if bad is not None:
            message = f"the written archive is not valid for {plan.target}: {bad.message}"
            raise MigrationUnsound(message, location=str(bad.location))


def _compare_descriptions(plan: Plan, archive: Archive, result: Archive) -> None:
    """A tensor that merely moved has the shape and dtype that it had."""
    assert archive.weights is not None and result.weights is not None and plan.weights is not None
    before, after = archive.weights.tensors(), result.weights.tensors()
    for path, source in plan.weights.tensors.items():
        if source.path is None or source.transform is not None:
            continue
        old, new = before[source.path], after[path]
        if (old.shape, old.dtype) != (new.shape, new.dtype):
            message = f"a tensor changed from {old.dtype}{list(old.shape)} to {new.dtype}{list(new.shape)}"
            raise MigrationUnsound(message, location=path)
