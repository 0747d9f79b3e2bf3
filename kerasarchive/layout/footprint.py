"""The datasets that a config's built-in layers will look for, straight from its JSON: the quick way to a yes.

Layers are numbered in the order of the config, which is Keras's own in every archive that Keras wrote. Where the weights
on disk are not just these, `lift`, `bind` and `accounts` tell why.
"""

from __future__ import annotations

import marshal
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from kerasarchive.layout.parts import MODELS, Names
from kerasarchive.layout.shapes import Flow
from kerasarchive.layout.shapes.inference import is_custom, is_model, is_operation
from kerasarchive.layout.variables import PARENTS, WEIGHTLESS, Variable, tree

Path = tuple[str | int, ...]
DEEPEST = 72
"""Steps of a path to a model that is followed: 24 models in each other."""

Flows = Mapping[Path, Flow]
Defaults = Callable[[str, str], Mapping[str, Any]]
"""What the constructor of a class (module and name) takes for the keys that a config does not have."""


@dataclass(slots=True)
class Footprint:
    """Every dataset by its path; below the `opaque` paths nothing is known. `trained` are variables that have slots."""

    wanted: dict[str, Variable] = field(default_factory=dict)
    opaque: list[str] = field(default_factory=list)
    trained: list[Variable] = field(default_factory=list)


class Unclear(Exception):  # noqa: N818 - not an error: the slow way is taken
    """It takes more than the JSON and the order of its layers to tell."""


def footprint(config: Any, flows: Flows, defaults: Defaults, *, keras3: bool) -> Footprint:
    """The footprint of a whole model. Raises Unclear."""
    found = _Walk(flows, defaults, keras3)
    found.model(config, "", ())
    return found.result


class _Walk:
    def __init__(self, flows: Flows, defaults: Defaults, keras3: bool) -> None:
        self.flows, self.defaults, self.keras3 = flows, defaults, keras3
        self.result = Footprint()
        self.known: dict[bytes, list[tuple[str, Variable]]] = {}

    def model(self, data: Any, prefix: str, path: Path) -> None:
        config = data.get("config") if isinstance(data, dict) else None
        if not isinstance(config, dict) or is_custom(data) or not is_model(data) or len(path) > DEEPEST:
            raise Unclear
        layers = config.get("layers")
        if not isinstance(layers, list) or config.get("trainable") is False:
            raise Unclear
        names = Names()
        for index, layer in enumerate(layers):
            if not isinstance(layer, dict) or not isinstance(layer.get("class_name"), str):
                raise Unclear
            if is_operation(layer):
                continue
            self.layer(layer, f"{prefix}layers/{names.next(layer['class_name'])}/", (*path, "config", "layers", index))

    def layer(self, data: dict[str, Any], place: str, path: Path) -> None:
        name, config = data["class_name"], data.get("config")
        if is_custom(data):
            self.result.opaque.append(place)
        elif name in MODELS:
            self.model(data, place, path)
        elif not isinstance(config, dict):
            raise Unclear
        elif name not in WEIGHTLESS or name in PARENTS:
            for below, variable in self.variables(data, config, path):
                self.result.wanted[place + below] = variable
                if variable.trainable:
                    self.result.trained.append(variable)

    def variables(self, data: dict[str, Any], config: dict[str, Any], path: Path) -> list[tuple[str, Variable]]:
        flow = self.flows.get(path)
        fed = flow.input_shape if flow is not None else None
        build = data.get("build_config") if self.keras3 else None
        shape = fed
        if build:
            shape = build.get("input_shape") or build.get("shapes_dict") if isinstance(build, dict) else None
            if shape is None or (fed is not None and not _alike(shape, fed)):
                raise Unclear
        own = {key: value for key, value in config.items() if key != "name"}
        try:
            key = marshal.dumps((data["class_name"], own, shape), 2)
        except ValueError:
            raise Unclear from None
        found = self.known.get(key)
        if found is None:
            complete = {**self.defaults(data.get("module") or "", data["class_name"]), **own}
            found = self.known[key] = list(self.parts(data["class_name"], complete, shape))
        return found

    def parts(self, name: str, config: dict[str, Any], shape: Any) -> Iterator[tuple[str, Variable]]:
        if config.get("trainable") is False or config.get("lora_rank") or name in ("StackedRNNCells", "RNN"):
            raise Unclear
        for part in tree(name, config, input_shape=shape, major=3 if self.keras3 else 2):
            if part.variables is None or part.class_name in MODELS or part.config.get("trainable") is False:
                raise Unclear
            if "seed_generator" in part.path:
                continue
            below = "".join(f"{step}/" for step in part.path)
            for variable in part.variables:
                if variable.key is not None:
                    yield f"{below}vars/{variable.key}", variable


def _alike(recorded: Any, fed: Any) -> bool:
    """Whether a recorded input shape is the one that the model feeds the layer, where both are one shape and known."""
    if not isinstance(recorded, list) or not isinstance(fed, tuple) or len(recorded) != len(fed):
        return False
    return all(one is None or two is None or one == two for one, two in zip(recorded[1:], fed[1:], strict=True))
