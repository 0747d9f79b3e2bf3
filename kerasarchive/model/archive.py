"""What one saved model consists of."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import IO, Any

from kerasarchive.model.finding import Finding
from kerasarchive.model.location import Location
from kerasarchive.model.trackable import ObjectGraph
from kerasarchive.model.weights import WeightStore


@dataclass(frozen=True, slots=True)
class Member:
    """One named stream of an archive. `size` is the content's, `stored` what it takes in the container (bytes).

    `open` gives a fresh, independent, seekable binary view of the content; the caller closes it.
    """

    name: str
    size: int
    stored: int
    crc32: int | None = None
    method: str = "stored"
    open: Callable[[], IO[bytes]] = field(repr=False, compare=False, default=lambda: _no_content())


def _no_content() -> IO[bytes]:
    msg = "this member has no content to open"
    raise NotImplementedError(msg)


@dataclass(frozen=True, slots=True, eq=False)
class Archive:
    """One saved model: immutable, tensors read on demand. Use it as a context manager, or call `close`.

    `config` is the parsed architecture JSON exactly as stored (in a `.keras` with ``build_config`` and
    ``compile_config`` in it), `config_at` the Location of its root. `training` is the ``training_config`` of a legacy
    HDF5 file or SavedModel at `training_at`. `findings` is what the reader saw and did not like.
    """

    path: str
    format: str
    """``keras-zip``, ``keras-dir``, ``h5-model``, ``h5-weights``, ``weights-h5``, ``weights-json``, ``config-json``,
    ``saved-model`` or ``tf-checkpoint``."""
    members: tuple[Member, ...] = ()
    metadata: Mapping[str, Any] = field(default_factory=dict)
    config: Any = None
    config_at: Location = field(default_factory=Location)
    training: Any = None
    training_at: Location = field(default_factory=Location)
    weights: WeightStore | None = None
    objects: ObjectGraph | None = None
    """What TensorFlow knows of the objects in a SavedModel or checkpoint."""
    findings: tuple[Finding, ...] = ()
    closers: tuple[Callable[[], None], ...] = ()

    def member(self, name: str) -> Member | None:
        """The member of that name."""
        return next((member for member in self.members if member.name == name), None)

    @property
    def is_dot_keras(self) -> bool:
        """Whether it is a `.keras`, as a zip file or unpacked."""
        return self.format in ("keras-zip", "keras-dir")

    @property
    def keeps_vars(self) -> bool:
        """Whether its weights lie where a `.keras` has them, in groups called ``vars``."""
        return self.is_dot_keras or self.format in ("weights-h5", "weights-json")

    @property
    def compile_config(self) -> Any:
        """How the model was compiled, wherever this format keeps it; None if it was not."""
        if self.training is not None:
            return self.training
        return self.config.get("compile_config") if isinstance(self.config, dict) else None

    @property
    def compile_at(self) -> Location:
        """Where `compile_config` stands."""
        return self.training_at if self.training is not None else self.config_at / "compile_config"

    def seen(self) -> tuple[Finding, ...]:
        """`findings`, and what listing the weights shows. Raises ArchiveError if they cannot be listed."""
        listed: Callable[[], tuple[Finding, ...]] = getattr(self.weights, "findings", tuple)
        return (*self.findings, *listed())

    def close(self) -> None:
        """Release the files."""
        for closer in self.closers:
            closer()

    def __enter__(self) -> Archive:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
