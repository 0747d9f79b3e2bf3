"""What an archive holds, as facts: plain JSON, in a fixed order, the same for the same bytes.

The keys of `summarize` (absent or null where nothing is known; shapes are lists with null for a free dimension):

- ``model``: ``name``, ``class``, ``saved`` (date), ``keras_version`` as recorded; of a SavedModel ``tensorflow_version``.
- ``inputs``, ``outputs``: rows of ``name shape dtype``; of a SavedModel without layers those of its serving signature.
- ``totals``: ``layers``, ``parameters``, ``trainable``, ``non_trainable`` and ``from`` (``config`` or ``file``: where
  these three come from), ``unknown_layers`` (those whose variables no config tells), ``weights_bytes`` (the weights
  member's size), ``archive_bytes``.
- ``layers``: a row for each layer, in the config's order, a nested model's layers after it under ``model/layer``:
  ``name class output_shape parameters trainable connected_to location``. A model's row counts its members' too.
- ``dtype_policies``: how many layers have which.
- ``compile``: ``optimizer learning_rate hyperparameters loss loss_weights metrics weighted_metrics steps_taken
  optimizer_variables``; null if the model was not compiled. ``steps_taken`` 0 means no optimizer state to lose.
- ``custom_objects``: rows of ``kind name module count locations``; ``custom_objects_skeleton``: name -> what to import.
- ``lambdas``: rows of ``name function location``.
- ``assets``: rows of ``layer name size``; ``members``: rows of ``name size stored method``.
- ``weights``: ``tensors bytes model_tensors model_parameters dtypes`` of the file, and with `weights` its ``tree``.
- ``notes``: where config and file disagree, and what was not looked at.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kerasarchive.inspection import stored
from kerasarchive.inspection.brief import class_name
from kerasarchive.inspection.custom import custom_objects, skeleton
from kerasarchive.inspection.layers import Path, Row, layers_of, policy_name, tabulate
from kerasarchive.inspection.training import training
from kerasarchive.layout import shapes
from kerasarchive.layout.shapes import Flow
from kerasarchive.model.archive import Archive
from kerasarchive.model.release import Provenance
from kerasarchive.schema import ReleaseSchema

__all__ = ["summarize"]

FEW_TENSORS = 2_000
"""Listing an HDF5 file costs about 12 us a tensor, so a larger one is only listed where the config does not suffice."""


def summarize(
    archive: Archive, written_by: Sequence[Provenance], schema: ReleaseSchema | None = None, *, weights: bool = False
) -> dict[str, Any]:
    """The facts of one archive; see the module's text for their structure.

    Parameters are counted from the config. The weights are listed only with `weights`, where the config leaves
    something open, or where they are few; no tensor but the optimizer's step counter is read.
    """
    config, notes = archive.config, []
    rows, flows = tabulate(config, major_of(written_by, config), schema)
    total, trainable, unknown = add(rows)
    if not rows:
        total = trainable = None
    expected = sum(row.tensors for row in rows)
    listed = archive.weights is not None and (
        weights or total is None or expected + 4 * sum(row.trained for row in rows) <= FEW_TENSORS
    )
    kept = stored.weights(archive.weights.tensors(), listed=weights) if listed and archive.weights else None
    should = expected_values(rows, archive.format)
    if kept is not None and should is not None and kept["model_parameters"] != should:
        notes.append(f"the config makes {should:,} stored values, the file has {kept['model_parameters']:,}")
    if archive.weights is not None and not listed:
        notes.append(f"the weights were not listed ({expected:,} tensors by the config); --weights lists them")
    source = "config"
    if total is None and kept is not None:
        total, source = kept["model_parameters"], "file"
    base = str(archive.config_at.at())
    roots = [(config, archive.config_at)]
    if archive.training is not None:
        roots.append((archive.training, archive.training_at))
    custom, lambdas = custom_objects(roots, schema)
    return {
        "model": model(archive),
        "inputs": inputs(config, flows) or served(archive, "inputs"),
        "outputs": outputs(config, flows) or served(archive, "outputs"),
        "totals": {
            "layers": len(rows),
            "parameters": total,
            "trainable": trainable,
            "non_trainable": None if trainable is None or total is None else total - trainable,
            "from": source,
            "unknown_layers": unknown,
            "weights_bytes": weights_bytes(archive),
            "archive_bytes": sum(member.stored for member in archive.members) or None,
        },
        "layers": [row.facts(base) for row in rows],
        "dtype_policies": policies(rows),
        "compile": training(archive, listed=listed),
        "custom_objects": custom,
        "custom_objects_skeleton": skeleton(custom),
        "lambdas": lambdas,
        "assets": stored.assets(archive),
        "members": stored.members(archive),
        "weights": kept,
        "notes": notes,
    }


def major_of(written_by: Sequence[Provenance], config: Any) -> int:
    """2 for Keras 1 and 2 (they share their layers' variables), 3 for Keras 3."""
    known = next((p.release for p in written_by if p.library == "keras" and p.release is not None), None)
    if known is not None:
        return 3 if known.major >= 3 else 2
    module = config.get("module") if isinstance(config, dict) else None
    return 3 if isinstance(module, str) and ("models" in module or module == "keras") else 2


def model(archive: Archive) -> dict[str, Any]:
    """What stands about the model as a whole."""
    config = archive.config
    inner = config.get("config") if isinstance(config, dict) else None
    name = inner.get("name") if isinstance(inner, dict) else None
    saved = archive.metadata.get("date_saved")
    version = archive.metadata.get("keras_version")
    facts = {
        "name": name if isinstance(name, str) else None,
        "class": class_name(config) if isinstance(config, dict) else None,
        "saved": saved if isinstance(saved, str) else None,
        "keras_version": version if isinstance(version, str) else None,
    }
    tensorflow = archive.metadata.get("tensorflow_version")
    return facts | {"tensorflow_version": tensorflow} if isinstance(tensorflow, str) else facts


def weights_bytes(archive: Archive) -> int | None:
    """The size of the members that hold the weights."""
    found = [m.size for m in archive.members if "weights" in m.name.rpartition("/")[2]][:1]
    found = found or [m.size for m in archive.members if m.name.startswith("variables/variables.data-")]
    return sum(found) if found else None


def add(rows: Sequence[Row]) -> tuple[int | None, int | None, list[str]]:
    """(parameters, trainable ones, layers of unknown content) of the outermost rows."""
    top = [row for row in rows if row.parent is None]
    total = None if any(row.own is None for row in top) else sum(row.own or 0 for row in top)
    trainable = None if any(row.trainable is None for row in top) else sum(row.trainable or 0 for row in top)
    return total, trainable, [row.name for row in rows if row.own is None and not row.members][:100]


def expected_values(rows: Sequence[Row], form: str) -> int | None:
    """How many values a file should hold by the config; None where that is not known.

    A `.keras` file stores some variables twice (`SpectralNormalization`'s kernel), a legacy HDF5 file none.
    """
    legacy = form.startswith("h5") or form == "saved-model"
    counts = [row.unique if legacy else row.stored for row in rows if not row.members or row.tensors]
    return None if not rows or None in counts else sum(count or 0 for count in counts)


def policies(rows: Sequence[Row]) -> dict[str, int]:
    """How many layers have which dtype policy."""
    found: dict[str, int] = {}
    for row in rows:
        if row.policy:
            found[row.policy] = found.get(row.policy, 0) + 1
    return dict(sorted(found.items()))


def inputs(config: Any, flows: dict[Path, Flow]) -> list[dict[str, Any]]:
    """The model's inputs, in its order."""
    members = layers_of(config)
    named = {shapes.layer_name(layer): (index, layer) for index, layer in enumerate(members) if isinstance(layer, dict)}
    inner = config.get("config") if isinstance(config, dict) else None
    wanted = (
        [source.layer for source in shapes.sources_of(inner.get("input_layers"))] if isinstance(inner, dict) else []
    )
    if not wanted and members and isinstance(members[0], dict):
        wanted = [name for name in [shapes.layer_name(members[0])] if name]
    found = []
    for name in wanted:
        index, layer = named.get(name, (-1, {}))
        own = layer.get("config")
        flow = flows.get(("config", "layers", index)) or flows.get(("config", index))
        is_input = layer.get("class_name") == "InputLayer"
        shape = None if flow is None else flow.outputs[0] if is_input or not flow.inputs else flow.inputs[0]
        dtype = policy_name(own.get("dtype")) if isinstance(own, dict) and is_input else ""
        found.append({"name": name, "shape": None if shape is None else list(shape), "dtype": dtype or None})
    return found


def served(archive: Archive, end: str) -> list[dict[str, Any]]:
    """What a SavedModel that says nothing of layers takes or gives when it is served."""
    signatures = archive.objects.signatures if archive.objects else ()
    default = next((one for one in signatures if one.name == "serving_default"), None)
    if default is None or archive.config is not None:
        return []
    return [
        {"name": name, "shape": None if shape is None else list(shape), "dtype": dtype}
        for name, dtype, shape in getattr(default, end)
    ]


def outputs(config: Any, flows: dict[Path, Flow]) -> list[dict[str, Any]]:
    """The model's outputs, in its order, each named by the layer that gives it."""
    flow = flows.get(())
    members = layers_of(config)
    if flow is None or not members:
        return []
    inner = config.get("config")
    names = (
        [source.layer for source in shapes.sources_of(inner.get("output_layers"))] if isinstance(inner, dict) else []
    )
    named = {shapes.layer_name(layer): layer for layer in members if isinstance(layer, dict)}
    names = (
        names or [name for name in [shapes.layer_name(members[-1])] if name] if isinstance(members[-1], dict) else names
    )
    found = []
    for name, shape in zip(names, flow.outputs, strict=False):
        own = named.get(name, {}).get("config")
        policy = policy_name(own.get("dtype")) if isinstance(own, dict) else ""
        dtype = policy.removeprefix("mixed_") or None
        found.append({"name": name, "shape": None if shape is None else list(shape), "dtype": dtype})
    return found
