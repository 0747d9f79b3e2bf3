"""The weight tree of an archive, without h5py in the type. Tensors are described here and read on demand."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from kerasarchive.model.finding import Finding

if TYPE_CHECKING:
    import numpy as np


OF_OPTIMIZER = ("optimizer/", "optimizer_weights/")
OF_METRICS = ("metrics/", "keras_api/metrics/", "save_counter/")
_SLOT = "/.OPTIMIZER_SLOT/"


def is_of_optimizer(path: str) -> bool:
    """Whether a tensor is an optimizer's, in any format; TensorFlow hangs slots below the variable that they are for."""
    return path.startswith(OF_OPTIMIZER) or _SLOT in path


def is_of_metrics(path: str) -> bool:
    """Whether a tensor belongs to a metric, or counts checkpoints."""
    return path.startswith(OF_METRICS)


def is_of_model(path: str) -> bool:
    """Whether a tensor is a weight of the model, not state of its training."""
    return not is_of_optimizer(path) and not is_of_metrics(path)


class Tensor(NamedTuple):  # ten thousand are made for one listing: three times as fast as a frozen dataclass
    """One stored array. `path` is its place in the store without a leading slash; `dtype` is NumPy's name of it.

    ``bfloat16`` is what Keras writes for it: an opaque type of two bytes (``|V2`` to h5py). `nbytes` is what the shape
    and dtype say, `stored` how many bytes the file keeps for it (fewer where compressed or never written).
    """

    path: str
    shape: tuple[int, ...]
    dtype: str
    nbytes: int
    stored: int
    offset: int | None = None
    """Where its bytes lie, counted from the start of the HDF5 file, if contiguous and stored raw."""


class WeightStore(Protocol):
    """What a reader offers of the weights. Paths are as the file spells them, ``/``-separated, no leading slash."""

    member: str
    """The archive's member that holds it; the empty string where the file is the store."""

    def tensors(self) -> Mapping[str, Tensor]:
        """Every tensor by path, in the file's order of traversal. Listed once, then remembered."""
        ...

    def groups(self) -> tuple[str, ...]:
        """Every group's path, the root excluded."""
        ...

    def findings(self) -> tuple[Finding, ...]:
        """What is wrong with the tree, as far as listing it shows (links out of the file, bombs, damage)."""
        ...

    def attributes(self, path: str = "") -> Mapping[str, Any]:
        """The attributes of a group or tensor, bytes decoded, arrays as lists."""
        ...

    def read(self, path: str) -> np.ndarray[Any, Any]:
        """The values of one tensor, bfloat16 as float32. Never follows a link out of the file."""
        ...

    def chunks(self, path: str, nbytes: int = 1 << 24) -> Iterator[np.ndarray[Any, Any]]:
        """The values of one tensor, flattened, in pieces of at most about `nbytes`, for constant memory."""
        ...


@dataclass(frozen=True, slots=True)
class TensorSource:
    """Where one tensor of an output comes from: a tensor of the input, perhaps transformed, or a new value.

    `path` names the input's tensor; None means that `value` (a NumPy array) is written. `transform` gets the input's
    array, after it those of the tensors `joined` with it, and gives the output's; `what` describes it in a few words.
    `shape` is the input tensor's, or what a binding that changed its form made of it.
    """

    path: str | None
    transform: Callable[..., np.ndarray[Any, Any]] | None = None
    value: Any = None
    what: str = ""
    shape: tuple[int, ...] = ()
    joined: tuple[str, ...] = ()

    def then(
        self, change: Callable[[np.ndarray[Any, Any]], Any], shape: Iterable[int] | None = None, what: str = ""
    ) -> TensorSource:
        """This source changed once more before it is written; `shape` is what comes of it, where that is another."""
        before = self.transform
        both = change if before is None else lambda *arrays: change(before(*arrays))
        said = f"{self.what}, {what}" if self.what and what else self.what or what
        return replace(self, transform=both, shape=self.shape if shape is None else tuple(shape), what=said)

    @property
    def paths(self) -> tuple[str, ...]:
        """Every tensor of the input that it is made of."""
        return () if self.path is None else (self.path, *self.joined)


@dataclass(frozen=True, slots=True)
class WeightPlan:
    """The complete weight tree of an output: every tensor and every group (a group's attributes follow its source).

    `attributes` are those that groups get beside: texts, and lists of texts.
    """

    tensors: Mapping[str, TensorSource]
    groups: Mapping[str, str | None]
    attributes: Mapping[str, Mapping[str, str | Sequence[str]]] = field(default_factory=dict)

    @classmethod
    def identity(cls, store: WeightStore) -> WeightPlan:
        """The tree of `store` as it is, for another file."""
        return cls({path: TensorSource(path) for path in store.tensors()}, {path: path for path in store.groups()})

    @property
    def moves(self) -> tuple[tuple[str, str], ...]:
        """(from, to) of every tensor whose path changes."""
        return tuple((path, to) for to, source in self.tensors.items() for path in source.paths if path != to)

    def is_identity(self, store: WeightStore) -> bool:
        """Whether the output's weights are the input's, unchanged: then their bytes are copied as they are."""
        return not self.attributes and set(self.tensors) == set(store.tensors()) and all(
            source.path == to and source.transform is None for to, source in self.tensors.items()
        )
