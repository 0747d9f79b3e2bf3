"""Approximators standardize what they are given by default, and are built with named shapes: neither was so before."""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from kerasarchive.migration import Log, Migration, Object, Refuse, RewriteObject

APPROXIMATORS = tuple(
    f"bayesflow.approximators>{name}Approximator" for name in ("Continuous", "Point", "ModelComparison")
)


def width(network: Object) -> int | None:
    """How many summaries a summary network gives, by its config or by its last projection."""
    said = network.get("summary_dim")
    if isinstance(said, int):
        return said
    state = network.states.get("")
    projector = state.children.get("output_projector") if state else None
    bias = projector.variables.get("1") if projector else None
    return bias.shape[0] if bias and bias.shape else None


def shapes(obj: Object) -> dict[str, Any]:
    """What the approximator was built with, by what its networks were."""
    inner = obj.get("inference_network")
    built = inner.extra.get("build_config") if isinstance(inner, Object) else None
    known = built.get("shapes_dict", built) if isinstance(built, Mapping) else None
    if not isinstance(known, Mapping) or "xz_shape" not in known:
        reason = "it does not say with which shapes its inference network was built"
        raise Refuse(reason)
    found: dict[str, Any] = {"inference_variables": known["xz_shape"]}
    conditions = known.get("conditions_shape")
    left = conditions[-1] if conditions else 0
    summary = obj.get("summary_network")
    if isinstance(summary, Object):
        inside = summary.extra.get("build_config") or {}
        shape = inside.get("input_shape") or inside.get("shapes_dict")
        count = width(summary)
        if count is None and "inference_conditions" not in json.dumps(spelled(obj.get("adapter"))):
            count = left
        if shape is None or count is None:
            reason = "it does not say with which shapes its summary network was built"
            raise Refuse(reason)
        found["summary_variables"] = shape
        left -= count
    if left > 0:
        found["inference_conditions"] = [*conditions[:-1], left]
    return found


def spelled(value: Any) -> Any:
    """JSON of what may hold objects."""
    if isinstance(value, Object):
        return {"class": value.class_name, "config": spelled(value.config)}
    if isinstance(value, Mapping):
        return {str(key): spelled(item) for key, item in value.items()}
    return [spelled(item) for item in value] if isinstance(value, (list, tuple)) else str(value)


def pin(obj: Object, log: Log) -> Object:
    """nothing is standardized, as before, and the shapes are named"""
    if "standardize" in obj.config or obj.class_name == "ModelComparisonApproximator":
        return obj
    said = "`log_prob` includes the adapter's Jacobian from 2.0.3 on (there of `Standardize` with the wrong sign)"
    if "NumpyTransform" in json.dumps(spelled(obj.get("adapter"))):
        said += "; with an adapter that applies functions of numpy it is not implemented"
    log.announce(obj, "inference_only", said)
    extra = obj.extra if obj.extra.get("build_config") else {**obj.extra, "build_config": {"input_shape": shapes(obj)}}
    return replace(obj, config={**obj.config, "standardize": None}, extra=extra)


migration = Migration(
    library="bayesflow",
    release="2.0.4",
    evidence="bayesflow/approximators/continuous_approximator.py of 2.0.3 and 2.0.4",
    operations=(RewriteObject(APPROXIMATORS, pin),),
    tells=True,
)
