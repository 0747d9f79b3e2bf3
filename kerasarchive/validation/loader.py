"""How a release goes about reading a saved model: what it looks at, what it takes on trust, where it stops.

One row per change of the reading code, each with its source. What the classes themselves accept is the schema's.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from packaging.version import Version

from kerasarchive.model.release import Release


@dataclass(frozen=True, slots=True)
class Loader:
    """The reading code of one release.

    `keras3`: the reader of Keras 3 (``keras/src/saving/serialization_lib.py``), else that of Keras 2.
    `layers_by_name`: a layer inside a model or wrapper is found by its class name alone, its ``module`` and
    ``build_config`` are not looked at (``keras/src/layers/serialization.py::deserialize``).
    `checks_registered_names`: a ``registered_name`` beside a built-in class must be that class's name.
    `checks_configs`: a class's ``config`` must be an object; before, whatever is false (``[]``, ``0``) passed for ``{}``.
    `activation_objects`: an activation's object is looked up by its module; before, by its name alone.
    `sequential_lists`: a Sequential's config may be the bare list of its layers.
    `ignores_model_keys`: a Functional config may have keys that nothing reads.
    `registered_names_stand_in`: a class that its module does not have is looked for there by its ``registered_name``.
    `needs_order`: every layer must be listed after those that feed it.
    `truth_is_a_size`: true and false are sizes of a shape (1 and 0); else they are refused there.
    `nested_ends`: ``input_layers`` and ``output_layers`` may be any structure of references, not just one list or dict.
    """

    keras3: bool
    layers_by_name: bool
    checks_registered_names: bool
    checks_configs: bool
    activation_objects: bool
    sequential_lists: bool
    ignores_model_keys: bool
    registered_names_stand_in: bool
    needs_order: bool
    truth_is_a_size: bool
    nested_ends: bool


@lru_cache(maxsize=64)
def loader(release: Release) -> Loader:
    """The reading code of a release of Keras."""
    version = Version(release.version)
    return Loader(
        keras3=version.major >= 3,
        layers_by_name=version.major < 3,
        checks_registered_names=version >= Version("3.15"),
        checks_configs=version >= Version("3.15"),
        activation_objects=version >= Version("3.10"),
        sequential_lists=version < Version("3.15"),
        ignores_model_keys=version < Version("3.7"),
        registered_names_stand_in=version < Version("3.9"),
        needs_order=Version("3") <= version < Version("3.7"),
        truth_is_a_size=version.major < 3 or version >= Version("3.13"),
        nested_ends=version.major < 3 or version >= Version("3.4"),
    )
