"""``Merge`` became a layer for each of its modes."""

from dataclasses import replace
from typing import Any

from kerasarchive.migration import Log, Migration, Object, Refuse, RewriteObject, new

LAYERS = {
    "sum": "Add",
    "mul": "Multiply",
    "concat": "Concatenate",
    "ave": "Average",
    "max": "Maximum",
    "dot": "Dot",
    "cos": "Dot",
}


def by_mode(obj: Object, log: Log) -> Object:
    """a Merge is the layer of its mode"""
    mode = obj.get("mode")
    if not isinstance(mode, str) or mode not in LAYERS:
        what = "a Python function, stored as bytecode" if isinstance(mode, list) else repr(mode)
        reason = f"its mode is {what}, which cannot be migrated"
        raise Refuse(reason, "rebuild the model with a layer that does the same")
    if mode == "cos":
        reason = "its mode is cos, which divides by the norms in another way than any layer of Keras 2"
        raise Refuse(reason, "rebuild it with Dot(normalize=True), which differs where a vector is nearly zero")
    given: dict[str, Any] = {"name": obj.get("name")}
    if mode == "concat":
        given["axis"] = obj.get("concat_axis", -1)
    if mode == "dot":
        axes = obj.get("dot_axes", -1)
        given |= {"axes": _axes(axes), "normalize": False}
    made = new(f"keras.layers.{LAYERS[mode]}", **given)
    return replace(made, name=obj.name, nodes=obj.nodes, states=obj.states, origin=obj.origin)


def _axes(axes: Any) -> Any:
    """Keras 1 wrote an axis, a pair of axes, or a pair of lists of one axis each."""
    if isinstance(axes, list) and all(isinstance(axis, list) and len(axis) == 1 for axis in axes):
        return [axis[0] for axis in axes]
    return axes


migration = Migration(
    library="keras",
    release="2.0.0",
    evidence="keras/engine/topology.py of 1.2.2 (Merge.call) and keras/layers/merge.py of 2.0.0",
    operations=(RewriteObject("keras.layers.Merge", by_mode),),
)
