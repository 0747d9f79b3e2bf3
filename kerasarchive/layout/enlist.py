"""The way out to HDF5: every layer's weights as one list, in the order in which Keras 3 goes through ``layer.weights``.

Source: ``save_weights_to_hdf5_group``, ``load_weights_from_hdf5_group`` and ``_legacy_weights`` in
``keras/src/legacy/saving/legacy_h5_format.py``. Layers are matched by their order alone, weights by theirs.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NoReturn

from kerasarchive.errors import MigrationError
from kerasarchive.layout.account import Defaults
from kerasarchive.layout.branch import Branch
from kerasarchive.layout.dialect import Dialect
from kerasarchive.layout.lay import Laid
from kerasarchive.layout.listed import WRITE_KERAS, UnknownVariables, asked
from kerasarchive.layout.listing import GROUP
from kerasarchive.layout.parts import Names, is_model, is_operation, parts
from kerasarchive.model.objects import Object, descend
from kerasarchive.model.weights import TensorSource, WeightPlan, WeightStore

TOP_LEVEL = "top_level_model_weights"
FINALIZED = frozenset({"Normalization", "Discretization"})
"""Layers that make their statistics ready when weights are set, which the loader asks of outermost layers alone."""


@dataclass(frozen=True, slots=True)
class Enlisted:
    """The weight tree of an HDF5 file, and the layers whose random state it does not hold."""

    weights: WeightPlan
    reseeded: tuple[Object, ...]


def enlist(
    root: Object, laid: Laid, store: WeightStore | None, spelled: Dialect, *, release: str, defaults: Defaults
) -> Enlisted:
    """The weights that `laid` spreads over a tree, as lists. Raises MigrationError where a list is not sure."""
    return _Lists(root, laid, store, spelled, defaults).made(release)


class _Lists:
    def __init__(self, root: Object, laid: Laid, store: WeightStore | None, spelled: Dialect, defaults: Defaults) -> None:
        self.root = root
        self.tree = _tree(laid.weights)
        self.stored = store.tensors() if store is not None else {}
        self.spelled = spelled
        self.defaults = defaults
        self.reseeded: list[Object] = []
        if laid.assets:
            _refuse(root, "an HDF5 file holds no assets (vocabularies)")

    def made(self, release: str) -> Enlisted:
        if not is_model(self.root):
            _refuse(self.root, "only Sequential and Functional models are rebuilt from an HDF5 file")
        _no_shared_layers(self.root)
        tensors: dict[str, TensorSource] = {}
        names: list[str] = []
        attributes: dict[str, dict[str, Any]] = {}
        for layer, branch in _outermost(self.root, self.tree):
            name = str(layer.own_name)
            if name == TOP_LEVEL or name in names:
                _refuse(layer, "another group of the HDF5 file has its name")
            names.append(name)
            group = f"{GROUP}/{name}"
            listed = self._named(layer, branch)
            tensors |= {f"{group}/{path}": source for path, source in listed.items()}
            attributes[group] = {"weight_names": list(listed)}
        said = {"layer_names": names, "backend": "tensorflow", "keras_version": release}
        attributes = {GROUP: said, **attributes, f"{GROUP}/{TOP_LEVEL}": {"weight_names": []}}
        plan = WeightPlan(tensors, dict.fromkeys(sorted(attributes)), attributes)
        return Enlisted(plan, tuple(self.reseeded))

    def _named(self, layer: Object, branch: Branch) -> dict[str, TensorSource]:
        """The weights of one outermost layer by the names that they get, which only have to differ."""
        found: dict[str, TensorSource] = {}
        for words, source in self._weights(layer, branch):
            path = "/".join((str(layer.own_name), *words))
            while path in found:
                path += "_1"
            found[path] = self._readable(source)
        return found

    def _weights(self, layer: Object, branch: Branch) -> Iterator[tuple[tuple[str, ...], TensorSource]]:
        try:
            slots, twice = asked(layer, branch, self.spelled, defaults=self.defaults)
        except UnknownVariables as unknown:
            yield from self._of_custom(layer, branch, unknown.obj)
            return
        self._finalized(layer)
        left = {id(source): place for place, source in _contents(branch)}
        for slot in slots:
            source = slot.branch.variables.get(slot.place)
            if source is None:
                _refuse(layer, f"an HDF5 file has to hold its {slot.variable.name}, and the archive does not")
            left.pop(id(source), None)
            yield (*slot.edges, slot.variable.name), source
        for slot in twice:
            left.pop(id(slot.branch.variables.get(slot.place)), None)
        if any("seed_generator" in place for place in left.values()):
            self.reseeded.append(layer)
        rest = sorted(place for place in left.values() if "seed_generator" not in place)
        if rest:
            _refuse(layer, f"an HDF5 file does not hold its {rest[0]}")

    def _of_custom(
        self, layer: Object, branch: Branch, custom: Object
    ) -> Iterator[tuple[tuple[str, ...], TensorSource]]:
        """Weights of a layer with a part that is not Keras's own: they have one order if one object holds all of them."""
        contents = list(_contents(branch))
        if len({place.rpartition("/")[0] for place, _ in contents}) > 1 or any(
            not place.rpartition("/")[2].isdigit() for place, _ in contents
        ):
            _refuse(layer, f"in which order {custom.title}, which is not Keras's own, lists its weights is not known")
        for place, source in contents:
            yield tuple(word for word in place.split("/") if word != "vars"), source

    def _finalized(self, layer: Object) -> None:
        for inner in descend(layer):
            if inner is not layer and inner.class_name in FINALIZED and inner.has_variables:
                _refuse(inner, "inside of another layer, what it has adapted to is not taken from an HDF5 file")

    def _readable(self, source: TensorSource) -> TensorSource:
        """Keras's loader of HDF5 files cannot read the two opaque bytes that it writes for a bfloat16."""
        if source.path is None or self.stored[source.path].dtype != "bfloat16":
            return source
        return source.then(_widened, what="widened")


def _widened(values: Any) -> Any:
    # float32 would be narrowed again by the writer of weights.
    return values.astype("float64")


def _tree(weights: WeightPlan) -> Branch:
    root = Branch("")
    for path, source in weights.tensors.items():
        *owner, key = path.split("/")
        if owner and owner[-1] == "vars":
            root.reach("/".join(owner[:-1])).variables[key] = source
        else:
            root.reach("/".join(owner)).variables[f"../{key}"] = source
    return root


def _contents(branch: Branch, path: str = "") -> Iterator[tuple[str, TensorSource]]:
    for key, source in branch.variables.items():
        yield f"{path}vars/{key}", source
    for name, child in branch.children.items():
        yield from _contents(child, f"{path}{name}/")


def _outermost(model: Object, tree: Branch) -> Iterator[tuple[Object, Branch]]:
    """The layers that ``model.layers`` has, in its order: a Sequential leaves its InputLayer out."""
    names = Names()
    for index, part in enumerate(parts(model)):
        branch = tree.reach(f"layers/{names.next(part.child.class_name)}")
        first = model.class_name == "Sequential" and not index and part.child.class_name == "InputLayer"
        if not is_operation(part.child) and not first:
            yield part.child, branch


def _no_shared_layers(root: Object) -> None:
    """The loader of HDF5 files makes each of them anew, where a `.keras` gives one object to all that share it."""
    layers = [
        obj for obj in descend(root) if "shared_object_id" in obj.extra and (is_model(obj) or "trainable" in _keys(obj))
    ]
    count = Counter(obj.extra["shared_object_id"] for obj in layers)
    for obj in layers:
        if count[obj.extra["shared_object_id"]] > 1:
            _refuse(obj, "it is shared by several objects, which an HDF5 file does not keep")


def _keys(obj: Object) -> Any:
    return obj.config if isinstance(obj.config, dict) else ()


def _refuse(obj: Object, reason: str) -> NoReturn:
    message = f"{obj.title}: {reason}"
    raise MigrationError(message, location=str(obj.at), hint=WRITE_KERAS)
