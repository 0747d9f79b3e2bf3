"""Whether a layer can be built with the shapes that are recorded beside it (``build_config``)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from kerasarchive.layout.variables import PARENTS, own
from kerasarchive.model.finding import Finding
from kerasarchive.model.location import Location
from kerasarchive.schema import ClassSchema
from kerasarchive.validation import rule
from kerasarchive.validation.loader import Loader

ODD = 1_000_003
"""Stands for a size that is none: a variable whose shape it gets into cannot be made."""


NEED_SHAPES = PARENTS | {"Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum", "Concatenate", "Dot"}
"""Layers without variables of their own that look at the shapes all the same when they are built."""


def check_build(build: Any, config: Mapping[str, Any], cls: ClassSchema, at: Location, loader: Loader) -> Iterator[Finding]:
    """Findings about a ``build_config`` that is not empty, for a layer of the built-in class `cls`."""
    if cls.role == "model":
        # Keras 3 does not build a model that its layers have built already.
        if not loader.keras3 and not (isinstance(build, dict) and "input_shape" in build):
            yield rule.MALFORMED_OBJECT.finding("the build_config of a model must be an object with input_shape", at)
        return
    if not isinstance(build, (dict, list, str)):
        yield rule.MALFORMED_OBJECT.finding(f"the build_config of {cls.name} must be an object", at)
    elif isinstance(build, dict) and "input_shape" in build:
        yield from _shape(build["input_shape"], config, cls, at / "input_shape", loader)
    elif isinstance(build, dict) and "shapes_dict" in build:
        yield from _shapes(build["shapes_dict"], cls, at / "shapes_dict")


def _shape(shape: Any, config: Mapping[str, Any], cls: ClassSchema, at: Location, loader: Loader) -> Iterator[Finding]:
    if not isinstance(shape, (list, dict)) or not shape:
        if cls.class_name not in NEED_SHAPES and not own(cls.class_name, config, major=3 if loader.keras3 else 2):
            return
        yield rule.WRONG_VALUE.finding(f"{cls.name} cannot be built without an input_shape", at)
        return
    if not isinstance(shape, list) or all(isinstance(size, list) for size in shape):
        return
    wrong = [index for index, size in enumerate(shape) if size is not None and not is_size(size, loader)]
    if not wrong:
        return
    marked = [ODD if index in wrong else size for index, size in enumerate(shape)]
    for variable in own(cls.class_name, config, input_shape=marked, major=3 if loader.keras3 else 2) or ():
        if any(size is not None and size and size % ODD == 0 for size in variable.shape or ()):
            message = f"{cls.name} cannot be built with this input_shape: its {variable.name} needs another size here"
            yield rule.WRONG_VALUE.finding(message, at / wrong[-1])
            return


def is_size(size: Any, loader: Loader) -> bool:
    """Whether a variable can have an axis of that size; null leaves it open."""
    if isinstance(size, bool):
        return loader.truth_is_a_size
    return isinstance(size, int) and size >= 0


def _shapes(shapes: Any, cls: ClassSchema, at: Location) -> Iterator[Finding]:
    if not isinstance(shapes, dict):
        yield rule.MALFORMED_OBJECT.finding(f"the shapes_dict of {cls.name} must be an object", at)
        return
    if cls.build is None or cls.build.more:
        return
    for key in cls.build.required:
        if key not in shapes:
            yield rule.MISSING_ARGUMENT.finding(f"{cls.name} cannot be built without {key!r}", at)
    for key in shapes:
        if key not in cls.build.arguments:
            yield rule.UNKNOWN_ARGUMENT.finding(f"{cls.name} is not built with {key!r}", at / key)
