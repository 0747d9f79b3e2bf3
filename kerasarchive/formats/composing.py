"""One archive out of two files: an architecture and its weights, each of which Keras can save without the other."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from kerasarchive.errors import KavError
from kerasarchive.model.archive import Archive
from kerasarchive.model.release import Release

WEIGHTS = frozenset({"weights-h5", "weights-json", "h5-weights", "h5-model", "keras-zip", "keras-dir", "tf-checkpoint"})


def compose(architecture: Archive, weights: Archive, path: str) -> Archive:
    """The archive at `path` with the config of one and the weights of the other, both of which stay open. Raises KavError.

    Assets (vocabularies) are the architecture's, where it is an archive that has them.
    """
    if not isinstance(architecture.config, dict):
        msg = "holds no architecture"
        raise KavError(msg, location=architecture.path, hint="give the .json or the model archive that it belongs to")
    if weights.format not in WEIGHTS or weights.weights is None:
        msg = "holds no weights"
        raise KavError(msg, location=weights.path, hint="give the .weights.h5, the .h5 or the checkpoint")
    metadata: dict[str, Any] = {**weights.metadata, **architecture.metadata}
    _agree(architecture, weights)
    trained = weights if weights.training is not None else architecture
    return replace(
        weights,
        path=path,
        metadata=metadata,
        config=architecture.config,
        config_at=architecture.config_at,
        training=trained.training,
        training_at=trained.training_at,
        members=(*weights.members, *(each for each in architecture.members if each.name.startswith("assets/"))),
        findings=(*architecture.findings, *weights.findings),
    )


def _agree(architecture: Archive, weights: Archive) -> None:
    releases = [Release.parse(str(each.metadata.get("keras_version"))) for each in (architecture, weights)]
    if all(releases) and len({each.major for each in releases if each is not None}) > 1:
        msg = f"its architecture is of Keras {releases[0]}, the weights are of {releases[1]}"
        raise KavError(msg, location=architecture.path, hint="save both with the same release")
