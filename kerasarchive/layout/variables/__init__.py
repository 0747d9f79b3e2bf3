"""The variables that each built-in Keras layer creates, from its config and input shape alone.

`own` says what a layer stores in its own ``vars`` group, in stored order; `children` which sublayers it makes or holds;
`tree` walks both. Sources: ``build``, ``save_own_variables`` and ``__init__`` of Keras 2.12 to 2.15 and 3.0 to 3.15.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from kerasarchive.layout.variables.builtin import MAKERS, WEIGHTLESS
from kerasarchive.layout.variables.children import PARENTS, children, implicit
from kerasarchive.layout.variables.variable import Child, Given, Variable, quantization, variable_dtype

__all__ = [
    "MAX_PARTS",
    "PARENTS",
    "WEIGHTLESS",
    "Child",
    "Part",
    "Variable",
    "children",
    "implicit",
    "is_builtin",
    "is_known",
    "own",
    "quantization",
    "tree",
    "variable_dtype",
]


def own(class_name: str, config: Any, *, input_shape: Any = None, major: int = 3) -> tuple[Variable, ...] | None:
    """The variables that a layer of that built-in class creates itself, in stored order; never-stored ones come last.

    `config` is what its `get_config` wrote, `input_shape` one shape, a list of them or a dict of named ones, `major` 2
    for tf.keras and 3 for Keras 3. None: the class is not a built-in layer, and nothing may be assumed. The caller
    makes sure that the name is not a custom class's, with `is_builtin`.
    """
    if class_name in WEIGHTLESS:
        return ()
    maker = MAKERS.get(class_name)
    if maker is None or not isinstance(config, Mapping):
        return None
    if class_name == "SpectralNormalization":
        return _spectral(config, input_shape, major)
    made, number = [], 0
    for variable in maker(Given(config, input_shape, major)):
        if variable.key == "":
            v = variable
            variable = Variable(v.name, v.shape, v.trainable, v.dtype, str(number), v.alias)
            number += 1
        made.append(variable)
    return tuple(made)


def _spectral(config: Mapping[str, Any], input_shape: Any, major: int) -> tuple[Variable, ...]:
    """The wrapped layer's kernel, stored a second time, and ``vector_u``, which is not trained."""
    wrapped = config.get("layer")
    name = wrapped.get("class_name") if isinstance(wrapped, dict) else None
    inside: tuple[Variable, ...] = ()
    if isinstance(wrapped, dict) and isinstance(name, str) and name != "SpectralNormalization":
        inside = own(name, wrapped.get("config"), input_shape=input_shape, major=major) or ()
    kernel = next((v for v in inside if v.name in ("kernel", "embeddings")), Variable("kernel"))
    last = kernel.shape[-1] if kernel.shape else None
    return (
        Variable(kernel.name, kernel.shape, True, kernel.dtype, "0", ("layer", kernel.name)),
        Variable("vector_u", (1, last), False, variable_dtype(config.get("dtype")), "1"),
    )


def is_known(class_name: str) -> bool:
    """Whether Keras has (or had) a layer or model of that name."""
    return class_name in WEIGHTLESS or class_name in MAKERS


def is_builtin(module: str | None, registered_name: str | None = None, class_name: str = "") -> bool:
    """Whether an object with that ``module`` and ``registered_name`` is Keras's own (legacy files record neither)."""
    if ">" in class_name or (registered_name is not None and ">" in registered_name):
        return False
    return module is None or module == "keras" or module.startswith(("keras.", "tf_keras.", "tensorflow.keras."))


MAX_PARTS = 10_000
"""A Bidirectional holds two copies of one object, so that forty of them in each other would be 2**40 layers."""


@dataclass(frozen=True, slots=True)
class Part:
    """A layer inside a layer: where it hangs, and its variables (None: unknown class)."""

    path: tuple[str, ...]
    class_name: str
    config: Mapping[str, Any]
    input_shape: Any
    variables: tuple[Variable, ...] | None


def tree(class_name: str, config: Any, *, input_shape: Any = None, major: int = 3) -> Iterator[Part]:
    """A built-in layer and every sublayer below it, parents first, in creation order. Models are not entered.

    A `Part`'s path is attribute names; the cells of a StackedRNNCells are ``cells/0``, ``cells/1``.
    """
    top = Child("", class_name, config if isinstance(config, Mapping) else {}, None, input_shape)
    stack: list[tuple[tuple[str, ...], Child]] = [((), top)]
    count = 0
    while stack:
        path, child = stack.pop()
        count += 1
        if count > MAX_PARTS:
            yield Part(path, child.class_name, child.config, child.input_shape, None)
            return
        known = is_builtin(child.module, child.registered_name, child.class_name)
        given = {"input_shape": child.input_shape, "major": major}
        yield Part(
            path,
            child.class_name,
            child.config,
            child.input_shape,
            own(child.class_name, child.config, **given) if known else None,
        )
        below = children(child.class_name, child.config, **given) if known else ()
        for index in range(len(below) - 1, -1, -1):
            name = below[index].attribute
            stack.append((path + ((name, str(index)) if name == "cells" else (name,)), below[index]))
