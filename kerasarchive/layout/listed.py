"""Attach weights that a file lists for each outermost layer (HDF5 of Keras 1 to 3, SavedModels) to their objects.

Keras lists ``trainable_weights + non_trainable_weights`` of a layer, everything inside it included
(``legacy_h5_format.py::_legacy_weights`` of Keras 3, ``hdf5_format.py`` of tf.keras, ``topology.py`` of Keras 1 and 2).
Which variables these are follows from the config; where the names in the file say otherwise, the names are believed. Where
the file says which attribute holds which weight, as SavedModels do, there is nothing to believe.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from kerasarchive.errors import MigrationError
from kerasarchive.layout import keras1, lora, theano, variables
from kerasarchive.layout.account import Built, Defaults, plain
from kerasarchive.layout.bind import NAMINGS, Bound, claim
from kerasarchive.layout.branch import Branch
from kerasarchive.layout.dialect import Dialect
from kerasarchive.layout.lift import lift_value
from kerasarchive.layout.listed_slots import with_slots
from kerasarchive.layout.listing import Listing, Weight
from kerasarchive.layout.parts import Names, is_model, is_operation, parts
from kerasarchive.layout.variables import Variable
from kerasarchive.model.objects import Object, descend
from kerasarchive.model.weights import TensorSource

WRITE_KERAS = "name the output .keras"
ADVICE = "load it in the release that wrote it and save it as .keras"


@dataclass(frozen=True, slots=True)
class Slot:
    """One variable that a layer asks for: the branch that holds it, and whether the layer trains it."""

    branch: Branch
    variable: Variable
    trained: bool
    edges: tuple[str, ...]
    """The attributes that lead from the outermost layer to what holds it."""
    alone: bool = True
    """Whether what holds it trains it, whatever the objects around that say."""

    @property
    def place(self) -> str:
        """The variable's key in its branch."""
        return self.variable.key if self.variable.key is not None else self.variable.name


class UnknownVariables(Exception):  # noqa: N818 - not an error: a layer is not Keras's own
    """There is an object whose variables nobody here knows."""

    def __init__(self, obj: Object, branch: Branch) -> None:
        super().__init__(obj.title)
        self.obj = obj
        self.branch = branch


def bind_listed(
    root: Object,
    listing: Listing,
    spelled: Dialect,
    *,
    defaults: Defaults,
    backend: object = None,
    built: Built = lambda layer: None,
) -> Bound:
    """`root` with every listed weight bound to the object that owns it. Raises MigrationError where that is not sure.

    `backend` is what the file says of the one that computed with the weights.
    """
    return _Binder(listing, spelled, defaults, built).bind(root, backend)


def asked(
    layer: Object, branch: Branch, spelled: Dialect, *, defaults: Defaults
) -> tuple[list[Slot], list[Slot]]:
    """The variables of an outermost layer at `branch`, in the order in which an HDF5 file lists them; those met twice.

    Raises UnknownVariables, and MigrationError where the order is not sure.
    """
    binder = _Binder(Listing({}), spelled, defaults, lambda layer: None)
    every = list(binder.slots(layer, branch, (), trained=True))
    slots = [slot for slot in every if not slot.variable.alias]
    found = sorted(slots, key=lambda slot: not slot.trained)
    # What is frozen as a whole is rebuilt from its config part by part, and not every part is told so.
    frozen = layer.get("trainable") is False
    if [id(slot) for slot in (slots if frozen else sorted(slots, key=lambda slot: not slot.alone))] != list(map(id, found)):
        message = f"{layer.title}: which of its weights Keras trains, and so lists first, its config does not say surely"
        raise MigrationError(message, location=str(layer.at), hint=WRITE_KERAS)
    return found, [slot for slot in every if slot.variable.alias]


class _Binder:
    def __init__(self, listing: Listing, spelled: Dialect, defaults: Defaults, built: Built) -> None:
        self.listing = listing
        self.spelled = spelled
        self.major = spelled.major
        self.rebuilt = self.major > 2 and listing.find is None
        self.defaults = defaults
        self.built = built
        self.tree = Branch(None, stored=True)
        self.layer = ""
        """The outermost layer whose weights are being bound; empty for the model itself."""
        self.own: list[Weight] = []
        """Weights that custom objects in it hold themselves."""
        self.old: list[tuple[Object, Branch]] = []
        """The layers of Keras 1 with their weights, to be brought into the form of Keras 2."""
        self.trained: list[Weight] | None = []
        """What the config trains; None where there are weights of which that is not known."""

    def bind(self, root: Object, backend: object) -> Bound:
        unclaimed: list[str] = []
        rest = dict(self.listing.layers)
        if not is_model(root) and self.listing.inside is not None:
            self._fill(root, self.tree, list(rest.pop("", ())))
        for layer, branch in self._outermost(root, self.tree, self.listing.layers):
            self._fill(layer, branch, list(rest.pop(str(layer.own_name), ())))
        for listed in rest.values():
            unclaimed += [weight.path for weight in listed]
        self._renew()
        unclaimed += sorted(self.listing.whole.difference(self.tree.contents()))
        bound = claim(root, self.tree, NAMINGS[0], unclaimed)
        weights = (weight for listed in self.listing.layers.values() for weight in listed)
        if self.major < 3 and theano.wrote(backend, weights):
            bound = replace(bound, root=theano.correlated(bound.root))
        bound = replace(bound, root=lora.merged(bound.root))
        state = self.listing.optimizer if self.listing.state is None else self.listing.state(self.trained)
        return with_slots(bound, state, self.trained, self.spelled)

    def _outermost(self, model: Object, branch: Branch, names: Mapping[str, Any]) -> Iterator[tuple[Object, Branch]]:
        """The layers that the file lists on their own: Keras 1 lists those inside of a Sequential, not the Sequential."""
        for _, layer, inner in _members(model, branch, rebuilt=self.rebuilt):
            if self.major == 1 and is_model(layer) and _lists_one_inside(layer, names):
                yield from self._outermost(layer, inner, names)
            else:
                yield layer, inner

    def _fill(self, layer: Object, branch: Branch, listed: list[Weight]) -> None:
        self.layer, self.own = "" if branch is self.tree else str(layer.own_name), []
        try:
            slots = list(self.slots(layer, branch, (), trained=True))
        except UnknownVariables as unknown:
            self._custom(layer, branch, listed, unknown)
            return
        aliases = [slot for slot in slots if slot.variable.alias]
        slots = [slot for slot in slots if not slot.variable.alias]
        wanted = [slot for slot in slots if slot.trained] + [slot for slot in slots if not slot.trained]
        found = self._found(wanted)
        if found is None or {weight.path for weight in (*found, *self.own)} < {weight.path for weight in listed}:
            if len(wanted) != len(listed):
                self._other_number(layer, wanted, listed)
            if is_model(layer) and self.listing.find is not None:
                message = f"{layer.title}: which of its weights is whose the archive does not say"
                raise MigrationError(message, location=str(layer.at), hint=ADVICE)
            found = _in_order(wanted, listed, layer)
        for slot, tensor in zip(wanted, found, strict=True):
            if slot.trained and self.trained is not None:
                self.trained.append(tensor)
            slot.branch.variables[slot.place] = TensorSource(tensor.path, shape=tensor.shape)
        for slot in aliases:
            # A SpectralNormalization holds its layer's kernel, which a `.keras` stores a second time.
            owner = slot.branch.reach("/".join(slot.variable.alias[:-1]))
            twin = next(
                each for each in slots if each.branch is owner and each.variable.name == slot.variable.alias[-1]
            )
            slot.branch.variables[slot.place] = owner.variables[twin.place]
        for slot in slots if self.major > 1 else ():
            slot.branch.sort()

    def _found(self, wanted: list[Slot]) -> list[Weight] | None:
        """The weights that the attributes of the layer lead to; None where the file does not say, or not of every one."""
        if self.listing.find is None:
            return None
        found = [self.listing.find(self.layer, (*slot.edges, slot.variable.name)) for slot in wanted]
        return None if None in found else [weight for weight in found if weight is not None]

    def _other_number(self, layer: Object, wanted: list[Slot], listed: list[Weight]) -> None:
        asked = ", ".join(slot.variable.name for slot in wanted[:6]) or "none"
        message = f"{layer.title} asks for {len(wanted)} weights ({asked}), and {len(listed)} are stored"
        raise MigrationError(message, location=str(layer.at), hint="see `kav validate`")

    def _custom(self, layer: Object, branch: Branch, listed: list[Weight], unknown: UnknownVariables) -> None:
        """The weights of a layer that is not Keras's own: sure if it holds them itself, or if there are none.

        Keras calls a weight by the names of the objects that it lies in: ``rnn/my_cell/kernel:0``.
        """
        if not listed and self.listing.find is None:
            return
        self.trained = None
        wraps = layer.class_name != "Bidirectional" and unknown.obj in (layer.get("cell"), layer.get("layer"))
        alone = unknown.obj is layer or wraps
        around = {layer.own_name, unknown.obj.own_name}
        if self.listing.find is None and alone and all(around >= set(tensor.name.split("/")[:-1]) for tensor in listed):
            branch = unknown.branch
            branch.stored = True
            branch.variables = {
                str(i): TensorSource(tensor.path, shape=tensor.shape) for i, tensor in enumerate(listed)
            }
            return
        count = f"holds {len(listed)} weights, and" if listed else "may hold weights;"
        message = (
            f"{layer.title} {count} which of them lie in which attribute of {unknown.obj.title}, "
            "which is not Keras's own, the file does not say"
        )
        raise MigrationError(message, location=str(unknown.obj.at), hint=ADVICE)

    def slots(self, obj: Object, branch: Branch, edges: tuple[str, ...], *, trained: bool) -> Iterator[Slot]:
        """Every variable of `obj` and of what it holds, in the order of ``weights``."""
        trained = trained and obj.get("trainable") is not False
        if is_model(obj):
            for index, member, inner in _members(obj, branch, rebuilt=self.rebuilt):
                yield from self.slots(member, inner, (*edges, f"layer-{index}"), trained=trained)
            return
        if not variables.is_builtin(obj.module, obj.registered_name, obj.class_name):
            yield from self._custom_slots(obj, branch, edges, trained)
            return
        config = plain(obj, self.defaults)["config"]
        if self.major == 1:
            yield from self._of_keras_1(obj, config, branch, edges, trained)
            return
        shape = self.built(obj)
        own = variables.own(obj.class_name, config, input_shape=shape, major=self.major)
        if own is None:
            raise UnknownVariables(obj, branch)
        yield from _own(own, branch, trained, edges, obj.get("trainable") is not False)
        names, cells = Names(), 0
        for child in variables.children(obj.class_name, config, input_shape=shape, major=self.major):
            place, below = child.attribute, (*edges, child.attribute)
            if place == "cells":
                place, below = f"cells/{names.next(child.class_name)}", (*below, str(cells))
                cells += 1
            inner = branch.reach(place)
            held = _held(obj, child.key)
            if held is not None:
                yield from self.slots(held, inner, below, trained=trained)
                continue
            given = {"input_shape": child.input_shape, "major": self.major}
            for part in variables.tree(child.class_name, child.config, **given):
                reached = inner.reach("/".join(part.path))
                alone = part.config.get("trainable") is not False
                yield from _own(part.variables or (), reached, trained, (*below, *part.path), alone)

    def _custom_slots(self, obj: Object, branch: Branch, edges: tuple[str, ...], trained: bool) -> Iterator[Slot]:
        """Those of the layers that an object which is not Keras's own holds; its own weights are bound at once."""
        inside = self.listing.inside(self.layer, edges) if self.listing.inside is not None else None
        if inside is None:
            raise UnknownVariables(obj, branch)
        self.trained = None
        self.own += inside.own
        branch.stored = True
        branch.variables = {str(i): TensorSource(each.path, shape=each.shape) for i, each in enumerate(inside.own)}
        for part in inside.sublayers:
            child = lift_value(part.config, obj.at, "layer", self.spelled)
            if not isinstance(child, Object):
                raise UnknownVariables(obj, branch)
            # No step will rename what lies in it, so that it goes by the names of Keras 3 from the start.
            before, self.major = self.major, 3
            yield from self.slots(child, branch.reach(part.place), (*edges, *part.edges), trained=trained)
            self.major = before

    def _of_keras_1(
        self, obj: Object, config: Mapping[str, Any], branch: Branch, edges: tuple[str, ...], trained: bool
    ) -> Iterator[Slot]:
        if obj.class_name in ("Bidirectional", "TimeDistributed"):
            inner = obj.get("layer")
            names = ("forward_layer", "backward_layer") if obj.class_name == "Bidirectional" else ("layer",)
            for name in names if isinstance(inner, Object) else ():
                yield from self.slots(inner, branch.reach(name), (*edges, name), trained=trained)
            return
        if variables.own(obj.class_name, config) is None and obj.class_name not in (*keras1.WEIGHTS, "Merge"):
            raise UnknownVariables(obj, branch)
        self.old.append((obj, branch))
        yield from _own(keras1.own(obj.class_name, config), branch, trained, edges)

    def _renew(self) -> None:
        """Every layer of Keras 1 with its weights where Keras 2 keeps them."""
        for obj, branch in self.old:
            stored, branch.variables = branch.variables, {}
            found = keras1.converted(obj.class_name, plain(obj, self.defaults)["config"], stored)
            for (name, key), source in found.items():
                place = branch.reach(name)
                place.stored = True
                place.variables[key] = source


def _lists_one_inside(model: Object, names: Mapping[str, Any]) -> bool:
    return any(each.own_name in names for each in descend(model) if each.own_name != model.own_name)


def _members(model: Object, branch: Branch, *, rebuilt: bool) -> Iterator[tuple[int, Object, Branch]]:
    """The layers of a model in the order of its config, numbered as TensorFlow does, with the branches `claim` looks for.

    A Sequential's InputLayer takes no number. Keras 3 lists them in the order in which it finds them in the graph
    (`rebuilt`), whatever the config's.
    """
    names = Names()
    found: list[tuple[int, Object, Branch]] = []
    for part in parts(model):
        place = f"layers/{names.next(part.child.class_name)}"
        found.append((int(part.path[-1]), part.child, branch.reach(place)))
    ordered = found if rebuilt else sorted(found, key=lambda each: each[0])
    found.sort(key=lambda each: each[0])
    first = 1 if model.class_name == "Sequential" and found and found[0][1].class_name == "InputLayer" else 0
    for index, child, inner in ordered:
        if not is_operation(child):
            yield index - first, child, inner


def _own(
    own: tuple[Variable, ...], branch: Branch, trained: bool, edges: tuple[str, ...], alone: bool = True
) -> Iterator[Slot]:
    for variable in sorted(own, key=lambda each: not each.trainable):
        branch.stored = True
        yield Slot(branch, variable, trained and variable.trainable, edges, alone and variable.trainable)


def _held(obj: Object, key: tuple[str | int, ...] | None) -> Object | None:
    value: Any = obj.config if key is not None else None
    for part in key or ():
        value = value[part]
    return value if isinstance(value, Object) else None


def base(path: str) -> str:
    """A variable's own name in the path that the file gives it: ``kernel`` of ``dense_1/kernel_2:0``."""
    name = path.rpartition("/")[2].partition(":")[0]
    return re.sub(r"_\d+$", "", name)


def _in_order(wanted: list[Slot], listed: list[Weight], layer: Object) -> list[Weight]:
    """`listed` in the order of `wanted`: as it is, unless the variables' names say that it is another."""
    names, asked = [base(weight.name) for weight in listed], [slot.variable.name for slot in wanted]
    if names == asked or Counter(names) != Counter(asked):
        return listed
    if len(set(names)) == len(names):
        return [listed[names.index(name)] for name in asked]
    message = f"{layer.title}: its weights are listed in another order ({', '.join(names[:6])}) than its config implies"
    raise MigrationError(message, location=str(layer.at), hint=ADVICE)
