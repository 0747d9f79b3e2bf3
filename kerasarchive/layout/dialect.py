"""In what form a release spells a config: which node format, how models name their inputs, where weights hang.

One row per change of spelling, each with its source in the release. A spelling is not a migration: it says nothing
about what a model computes.
"""

from __future__ import annotations

from dataclasses import dataclass

from packaging.version import Version

from kerasarchive.model.release import Release


@dataclass(frozen=True, slots=True)
class Dialect:
    """How one release of Keras spells a `.keras` archive.

    `built_in_call`: a nested model with inputs of its own has a call 0 that the config never spells; ``everywhere``
    (Keras 2) counts it in every reference, ``outputs`` (Keras 3) in a model's ``input_layers`` and ``output_layers``.
    `flat_outputs`: a model's inputs and outputs are one flat list or dict, never nested further.
    `slices_in_graphs`: an operation GetItem can be rebuilt with several slices at once.
    `major`: 1 and 2 for the Keras of those releases, 3 for Keras 3.
    `legacy_optimizers`: ``Adam`` without a module is tf.keras's legacy optimizer (the new one is ``Custom>Adam``).
    `counted_ends`: it is read back as it is written: a model's ``input_layers`` and ``output_layers`` count that call 0.
    `slots_by_slot`: an optimizer lists one slot for all variables, then the next for all; `slots_by_name`: the variables
    in the order of their names, not of the layers.
    `single_outputs`: a model that is loaded gives a single output as a tensor, not as a list of one.
    `single_in_list`: a model's single input or output is a list of one, and a list of one means a single tensor.
    """

    built_in_call: str
    flat_outputs: bool
    single_in_list: bool
    slices_in_graphs: bool = True
    major: int = 3
    legacy_optimizers: bool = False
    counted_ends: bool = True
    single_outputs: bool = True
    slots_by_slot: bool = False
    slots_by_name: bool = False


def dialect(release: Release) -> Dialect:
    """The spelling of one release.

    Sources: ``keras/src/engine/functional.py`` (2.12 to 2.15: ``get_network_config``, ``_should_skip_first_node``),
    ``keras/src/models/functional.py`` (3.0.0: ``get_config`` writes flat lists and loading unwraps a list of one; 3.3.0:
    ``get_tensor`` subtracts the built-in call, which all releases write, and ``map_tensors`` unwraps a list of one;
    3.4.0: any structure, a list of one stays a list; 3.2.0: measured, ``GetItem`` with a list of slices is
    rebuilt), ``keras/engine/training.py`` of 1.0.5 to 2.0.5 (sorts the trained weights by name).
    """
    version = Version(release.version)
    if version.major < 3:
        return Dialect(
            built_in_call="everywhere",
            flat_outputs=False,
            single_in_list=True,
            major=version.major,
            legacy_optimizers=version >= Version("2.11"),
            slots_by_slot=version < Version("2.11"),
            slots_by_name=Version("1.0.5") <= version < Version("2.0.6"),
        )
    early = version < Version("3.4.0")
    return Dialect(
        built_in_call="outputs",
        flat_outputs=early,
        single_in_list=early,
        slices_in_graphs=version >= Version("3.2.0"),
        counted_ends=version >= Version("3.3.0"),
        single_outputs=version >= Version("3.3.0"),
    )
